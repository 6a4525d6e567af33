// Makes a request's `Visit`, which names the kind of call, the session, the member and the box, and opens the request's history entry.
import { type Address, addressOf } from './address.ts';
import { readCookie } from './cookies.ts';
import type { HistoryEntry } from './history.ts';
import type { Arrival } from './intake.ts';
import type { Visit } from './reply.ts';
import { type Session, tokenHash } from './sessions.ts';
import type { Box } from './slot.ts';
import { callOf, type World } from './world.ts';

/** Makes the `Visit` of any request (what the pretend gym's functions know of it), also of a request for an address that the gym does not know. */
export function visitOf(world: World, arrival: Arrival): Visit {
  const { request, body } = arrival;
  const address = addressOf(request.method ?? '', request.url ?? '/', request.headers.host);
  const json = address.op === 'login' ? parseObject(body) : {};
  const form = new URLSearchParams(address.op === 'login' ? '' : body);
  const cookies = world.sessions.byCookies(shownIn(request.headers.cookie));
  const session = underSuffix(cookies.session, address);
  const owner = session ?? underSuffix(world.sessions.byToken(form.get('token') ?? undefined), address);
  const member =
    address.op === 'login'
      ? world.byEmail.get(String(json['username'] ?? '').toLowerCase())
      : world.members.get(owner?.memberId ?? Number.NaN);
  return {
    world,
    reservations: world.reservations,
    address,
    call: callOf(member, {
      ...{ op: address.op, method: request.method, path: address.path, box: address.box },
      fingerprint: fingerprintOf(json, form) ?? owner?.fingerprint,
    }),
    form,
    json,
    session,
    cookies,
    member,
    box: boxAt(world, address),
    atMs: world.clock.fromSystemMs(arrival.bodyReadAtMs),
    tokenShown: form.get('token') ?? address.query.get('token'),
  };
}

const shownIn = (header: string | undefined) => ({
  auth: readCookie(header, 'amhrdrauth'),
  page: readCookie(header, 'PHPSESSID'),
});

/** Returns the session if it belongs to the address's domain ending: a cookie or token of `.com` opens no session under `.es`. */
const underSuffix = (session: Session | undefined, { suffix }: Address): Session | undefined =>
  session?.suffix === suffix ? session : undefined;

function boxAt(world: World, { box, suffix }: Address): Box | undefined {
  const found = box === undefined ? undefined : world.boxes.get(box);
  return found?.plan.suffix === suffix ? found : undefined;
}

function fingerprintOf(json: Record<string, unknown>, form: URLSearchParams): string | undefined {
  const fromLogin = json['fingerprint'];
  return typeof fromLogin === 'string' ? fromLogin : (form.get('fingerprint') ?? undefined);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

const ASKED = ['id', 'day', 'box', 'insist', 'late', 'familyId'];

/** Opens the history entry of a call. The history entry holds neither password nor token, unless the request's address held one. */
export function openEntry(world: World, arrival: Arrival, visit: Visit): HistoryEntry {
  const { request, arrivedAtMs, bodyReadAtMs } = arrival;
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const asked = ASKED.flatMap((key) => {
    const value = visit.form.get(key) ?? visit.address.query.get(key);
    return typeof value === 'string' ? [[key, value]] : [];
  });
  return world.history.open({
    op: visit.call.op,
    method: request.method ?? '',
    path,
    query: query.join('?'),
    host: visit.address.host,
    box: visit.address.box ?? null,
    suffix: visit.address.suffix,
    memberId: visit.member?.plan.id ?? null,
    sessionId: (visit.session ?? world.sessions.byToken(visit.tokenShown ?? undefined))?.id ?? null,
    fingerprint: visit.call.fingerprint ?? null,
    tokenHash: visit.tokenShown ? tokenHash(visit.tokenShown) : null,
    cookies: { auth: visit.cookies.auth, page: visit.cookies.page },
    asked: Object.fromEntries(asked),
    arrivedAtMs,
    bodyReadAtMs,
    simAtMs: world.clock.fromSystemMs(bodyReadAtMs),
    judgedAtMs: null,
    thoughtMs: 0,
    effect: null,
    effectAtMs: null,
    answeredAtMs: null,
    status: null,
    answer: null,
    struckBy: [],
    broke: null,
  });
}
