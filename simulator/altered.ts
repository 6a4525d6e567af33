// The route's answer, or what a knob puts in its place: spellings of logout, odd codes, odd cookies, bodies of any kind.
// It changes what is said; whether truth changes too is each knob's own word.
import { oddCookies } from './cookies.ts';
import { statusPage } from './pages.ts';
import { htmlReply, ok, type Reply, type Take, type Visit } from './reply.ts';
import { routes } from './routes.ts';

/** Runs the call and answers what the client is to be told. */
export function answerOf(visit: Visit, take: Take): Reply {
  if (visit.reservations !== visit.world.reservations) return htmlReply(503, statusPage(503));
  const reply = bodyOf(visit, take);
  const cookies = take('set-cookie');
  return cookies ? { ...reply, setCookies: oddCookies(cookies) } : reply;
}

function bodyOf(visit: Visit, take: Take): Reply {
  const run = () => routes[visit.call.op](visit);
  const answer = take('answer');
  if (answer) return { ...(answer.effect ? run() : ok(null)), json: answer.body };
  const state = take('book-state');
  if (state) return spoken(state.effect ? run() : ok({}), { bookState: state.value });
  const logout = take('logout');
  if (!logout) return run();
  const spelling = { logout: logout.spelling };
  return saysLogout(logout.spelling) ? ok(spelling) : spoken(run(), spelling);
}

const spoken = (reply: Reply, words: object): Reply => ({
  ...reply,
  json: { ...(typeof reply.json === 'object' ? reply.json : {}), ...words },
});

const saysLogout = (spelling: unknown): boolean => ![0, '0', false, 'false', '', null].some((no) => no === spelling);
