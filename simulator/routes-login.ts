// The login call: POST /api/login with JSON, three shapes of the answer to a failed login, and a lock after too many wrong passwords.
import type { Suffix } from './address.ts';
import { cookieDomain } from './cookie-domain.ts';
import { authCookie, balancerCookies, pageCookie } from './cookies.ts';
import { ok, type Reply, type Visit } from './reply.ts';
import { rolesOf } from './roles.ts';
import type { Session } from './sessions.ts';
import { callOf, type Member, type World } from './world.ts';

const LOCKED = 'Has introducido mal la contraseña demasiadas veces';

export function login(visit: Visit): Reply {
  const { world, member, json } = visit;
  if (typeof json['username'] !== 'string' || typeof json['password'] !== 'string')
    return failure(visit, 'LOGIN_ERROR_MALFORMED_BODY', {});
  const refusal = world.knobs.take('login-error', visit.call);
  if (refusal) return failure(visit, refusal.key, {});
  if (!member || member.locked || json['password'] !== member.plan.password) return refuse(visit);
  const fingerprint = String(json['fingerprint'] ?? '');
  const session = openFor(world, member, fingerprint, visit.atMs, visit.address.suffix);
  return {
    ...ok(success(world, member, session), { what: 'login', sessionId: session.id, fingerprint }),
    headers: { 'content-type': 'application/json; charset=utf-8' },
    setCookies: loginCookies(world, session),
  };
}

/**
 * Opens the session of a successful login. When the `rotation` knob says `one-per-fingerprint`, the member's older session with the same fingerprint
 * ends.
 */
export function openFor(world: World, member: Member, fingerprint: string, atMs: number, suffix?: Suffix): Session {
  member.logins++;
  noteDevice(member, fingerprint, atMs);
  member.wrongPasswords = 0;
  const rotation = world.knobs.take('rotation', callOf(member, { op: 'login', fingerprint }));
  if (rotation?.mode === 'one-per-fingerprint') endTwin(world, member, fingerprint);
  return world.sessions.open(member.plan.id, fingerprint, atMs, suffix);
}

/** Counts the login in the list that the gym keeps of the devices with which the member signs in. */
function noteDevice({ devices }: Member, fingerprint: string, atMs: number): void {
  const known = devices.get(fingerprint);
  devices.set(fingerprint, { logins: (known?.logins ?? 0) + 1, firstAtMs: known?.firstAtMs ?? atMs, lastAtMs: atMs });
}

export function loginCookies(world: World, session: Session): string[] {
  const { memberId, fingerprint, authCookie: value, createdAtMs } = session;
  const call = callOf(world.members.get(memberId), { op: 'login', fingerprint });
  return [
    authCookie(value, createdAtMs, cookieDomain(world, call, session)),
    ...balancerCookies(),
    pageCookie(session.pageCookie),
  ];
}

function endTwin(world: World, member: Member, fingerprint: string): void {
  for (const other of world.sessions.all())
    if (other.memberId === member.plan.id && other.fingerprint === fingerprint) world.sessions.end(other, 'replaced');
}

function success(world: World, member: Member, session: Session) {
  const { id, name } = member.plan;
  const call = callOf(member, { op: 'login', fingerprint: session.fingerprint });
  return {
    data: {
      userData: { id, name, roles: rolesOf(world, member, call, 'Athlete') },
      auth: { authOK: true, refreshToken: session.token },
    },
  };
}

function refuse(visit: Visit): Reply {
  const { world, member, call } = visit;
  if (member && !member.locked) {
    member.wrongPasswords++;
    const after = world.knobs.take('lockout', call)?.after;
    member.locked = after !== undefined && member.wrongPasswords >= after;
    if (member.locked) return failure(visit, LOCKED, { effect: { what: 'locked' } });
  }
  return failure(visit, member?.locked ? LOCKED : 'LOGIN_ERROR_LOGIN', {});
}

function failure({ world, call }: Visit, message: string, extra: Pick<Reply, 'effect'>): Reply {
  const shape = world.knobs.take('login-failure', call)?.shape ?? 'error-401';
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  if (shape === 'auth-not-ok')
    return { status: 200, json: { data: { auth: { authOK: false, info: message } } }, headers, ...extra };
  if (shape === 'error-200') return { status: 200, json: { error: { message } }, headers, ...extra };
  const code = message === 'LOGIN_ERROR_MALFORMED_BODY' ? 400 : 401;
  return { status: code, json: { error: { code, message } }, headers, ...extra };
}
