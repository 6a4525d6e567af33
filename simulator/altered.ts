// Gives the answer of the call's route (its function in routes.ts), or what a knob puts in its place: another spelling of `logout`, unusual codes or
// cookies, any body. If a knob replaces the answer of a call, the call takes effect only if the knob has the field `effect` and this field is true.
import { oddCookies } from './cookies.ts';
import type { KnobOf } from './knob-shapes.ts';
import { phpNotice, statusPage } from './pages.ts';
import { htmlReply, loggedOut, ok, type Reply, type Take, type Visit } from './reply.ts';
import { routes } from './routes.ts';

/** Runs the call, unless a knob forbids it, and returns the answer that is to be sent to the client. */
export function answerOf(visit: Visit, take: Take): Reply {
  if (visit.reservations !== visit.world.reservations) return htmlReply(503, statusPage(503));
  const reply = bodyOf(visit, take);
  const cookies = take('set-cookie');
  const notice = take('notice');
  const field = visit.call.op === 'tokenUpdate' ? take('token-field') : undefined;
  return {
    ...reply,
    ...(field && { json: renamed(reply.json, field.name) }),
    ...(cookies && { setCookies: oddCookies(cookies) }),
    ...(notice && { around: aroundOf(notice) }),
  };
}

/** Returns the body of a tokenUpdate answer with its new token in the field `name`. */
function renamed(json: unknown, name: string): unknown {
  if (typeof json !== 'object' || json === null || !('newToken' in json)) return json;
  const { newToken, ...rest } = json;
  return { ...rest, [name]: newToken };
}

function aroundOf({ before, after }: KnobOf<'notice'>) {
  return { before: before ?? (after === undefined ? phpNotice : ''), after: after ?? '' };
}

/** Whether a box's host must answer this call with `logout`, because the session has not opened the page that the `warm-up` knob demands first. */
function isCold({ session, address, call }: Visit, take: Take): boolean {
  if (!session || address.host !== 'box' || ['page', 'unknown', 'schedule'].includes(call.op)) return false;
  const knob = take('warm-up');
  const isWarmBy = {
    setrefresh: session.warmedBy.has('setrefresh'),
    schedule: session.warmedBy.has(address.box ?? ''),
  };
  return knob !== undefined && !(knob.by === 'either' ? isWarmBy.setrefresh || isWarmBy.schedule : isWarmBy[knob.by]);
}

function bodyOf(visit: Visit, take: Take): Reply {
  const run = () => (isCold(visit, take) ? loggedOut() : routes[visit.call.op](visit));
  const answer = take('answer');
  if (answer) return { ...(answer.effect ? run() : ok(null)), json: answer.body };
  const words = visit.call.op === 'book' ? take('refuse-in-words') : undefined;
  if (words) return { ...(words.effect ? run() : ok(null)), json: wordsOf(words) };
  const state = take('book-state');
  if (state) return spoken(state.effect ? run() : ok({}), { bookState: state.value });
  const logout = take('logout');
  if (!logout) return run();
  const spelling = { logout: logout.spelling };
  return saysLogout(logout.spelling) ? ok(spelling) : spoken(run(), spelling);
}

const wordsOf = ({ text, field, state, key }: KnobOf<'refuse-in-words'>) => ({
  ...(state !== undefined && { bookState: state }),
  ...(key !== undefined && { errorMssgLang: key }),
  ...(text !== null && { [field]: text }),
});

const spoken = (reply: Reply, words: object): Reply => ({
  ...reply,
  json: { ...(typeof reply.json === 'object' ? reply.json : {}), ...words },
});

const saysLogout = (spelling: unknown): boolean => ![0, '0', false, 'false', '', null].some((no) => no === spelling);
