// The identity host: POST /api/login with JSON, three shapes of failure, and a lock after too many wrong passwords.
import { authCookie, balancerCookies, pageCookie } from './cookies.ts';
import { ok, type Reply, type Visit } from './reply.ts';
import type { Session } from './sessions.ts';
import { boxNamed, type Member, type World } from './world.ts';

const LOCKED = 'Has introducido mal la contraseña demasiadas veces';

export function login(visit: Visit): Reply {
  const { world, member, json } = visit;
  if (!member || member.locked || json['password'] !== member.plan.password) return refuse(visit);
  const fingerprint = String(json['fingerprint'] ?? '');
  const session = openFor(world, member, fingerprint, visit.atMs);
  return {
    ...ok(success(world, member, session), { what: 'login', sessionId: session.id, fingerprint }),
    headers: { 'content-type': 'application/json; charset=utf-8' },
    setCookies: loginCookies(world, session),
  };
}

/** Opens the session of a login that was right; ends its twin where a fingerprint may hold one only. */
export function openFor(world: World, member: Member, fingerprint: string, atMs: number): Session {
  const { id, email } = member.plan;
  member.logins++;
  member.wrongPasswords = 0;
  const rotation = world.knobs.take('rotation', { op: 'login', memberId: id, email, fingerprint });
  if (rotation?.mode === 'one-per-fingerprint') endTwin(world, member, fingerprint);
  return world.sessions.open(id, fingerprint, atMs);
}

export const loginCookies = (world: World, session: Session): string[] => [
  authCookie(session.authCookie, session.createdAtMs, world.options.cookieDomain),
  ...balancerCookies(),
  pageCookie(),
];

function endTwin(world: World, member: Member, fingerprint: string): void {
  for (const other of world.sessions.all())
    if (other.memberId === member.plan.id && other.fingerprint === fingerprint) world.sessions.end(other, 'replaced');
}

function success(world: World, member: Member, session: Session) {
  const { id, name, boxes } = member.plan;
  const roles = boxes.map((slug) => {
    const { plan } = boxNamed(world, slug);
    const centreUrl = plan.centreUrl ?? world.options.centreUrlTemplate.replaceAll('{box}', slug);
    return { role: 'Athlete', gym: plan.name, boid: plan.boid, centre_url: centreUrl };
  });
  return { data: { userData: { id, name, roles }, auth: { authOK: true, refreshToken: session.token } } };
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
  const shape = world.knobs.take('login-failure', call)?.shape ?? 'error-200';
  const body = shape === 'auth-not-ok' ? { data: { auth: { authOK: false, info: message } } } : { error: { message } };
  const headers = { 'content-type': 'application/json; charset=utf-8' };
  return { status: shape === 'error-401' ? 401 : 200, json: body, headers, ...extra };
}
