// Makes a visit out of an arrival: which call, whose session, which member, which box; and opens its history entry.
import { addressOf } from './address.ts';
import { readCookie } from './cookies.ts';
import type { HistoryEntry } from './history.ts';
import type { Arrival } from './intake.ts';
import type { AnyCall } from './knobs.ts';
import type { Visit } from './reply.ts';
import { tokenHash } from './sessions.ts';
import type { World } from './world.ts';

/** What the knobs of its server can be matched against where the gym does not know the call: a Date is wrong on every answer. */
export function strangeCall({ request }: Arrival): AnyCall {
  const { box } = addressOf(request.method ?? '', request.url ?? '/', request.headers.host);
  return { box };
}

/** Undefined for a call the gym does not know. */
export function visitOf(world: World, arrival: Arrival): Visit | undefined {
  const { request, body } = arrival;
  const address = addressOf(request.method ?? '', request.url ?? '/', request.headers.host);
  if (address.op === 'unknown') return undefined;
  const json = address.op === 'login' ? parseObject(body) : {};
  const form = new URLSearchParams(address.op === 'login' ? '' : body);
  const session = world.sessions.byCookie(readCookie(request.headers.cookie, 'amhrdrauth'));
  const owner = session ?? world.sessions.byToken(form.get('token') ?? undefined);
  const member =
    address.op === 'login'
      ? world.byEmail.get(String(json['username'] ?? '').toLowerCase())
      : world.members.get(owner?.memberId ?? Number.NaN);
  const call = {
    op: address.op,
    memberId: member?.plan.id,
    email: member?.plan.email,
    box: address.box,
    fingerprint: fingerprintOf(json, form) ?? owner?.fingerprint,
  };
  const box = address.box === undefined ? undefined : world.boxes.get(address.box);
  const atMs = world.clock.fromSystemMs(arrival.bodyReadAtMs);
  return {
    world,
    reservations: world.reservations,
    address,
    call,
    form,
    json,
    session,
    member,
    box,
    atMs,
    tokenShown: form.get('token') ?? address.query.get('token'),
  };
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

/** Opens the history entry; neither password nor token goes in, but by an address that held it. */
export function openEntry(world: World, arrival: Arrival, visit: Visit | undefined): HistoryEntry {
  const { request, arrivedAtMs, bodyReadAtMs } = arrival;
  const [path = '/', ...query] = (request.url ?? '/').split('?');
  const asked = ASKED.flatMap((key) => {
    const value = visit?.form.get(key) ?? visit?.address.query.get(key);
    return typeof value === 'string' ? [[key, value]] : [];
  });
  return world.history.open({
    op: visit?.call.op ?? 'unknown',
    method: request.method ?? '',
    path,
    query: query.join('?'),
    host: visit?.address.host ?? 'unknown',
    box: visit?.address.box ?? null,
    memberId: visit?.member?.plan.id ?? null,
    sessionId: (visit?.session ?? world.sessions.byToken(visit?.tokenShown ?? undefined))?.id ?? null,
    fingerprint: visit?.call.fingerprint ?? null,
    tokenHash: visit?.tokenShown ? tokenHash(visit.tokenShown) : null,
    asked: Object.fromEntries(asked),
    arrivedAtMs,
    bodyReadAtMs,
    simAtMs: world.clock.fromSystemMs(bodyReadAtMs),
    effect: null,
    effectAtMs: null,
    answeredAtMs: null,
    status: null,
    answer: null,
    struckBy: [],
    broke: null,
  });
}
