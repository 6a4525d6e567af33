// The calls on the main host: `tokenUpdate`, which replaces a token and on which all renewing depends, `whoami` and `setrefresh`.

import { cookieDomain } from './cookie-domain.ts';
import { authCookie, balancerCookies, pageCookie } from './cookies.ts';
import type { Call } from './knobs.ts';
import { setrefreshPage } from './pages.ts';
import { htmlReply, loggedOut, ok, type Reply, type Visit } from './reply.ts';
import { rolesOf } from './roles.ts';
import { type Session, type TokenShape, tokenHash } from './sessions.ts';
import type { World } from './world.ts';

export function tokenUpdate(visit: Visit): Reply {
  const { world, call, atMs } = visit;
  const token = visit.form.get('token') ?? '';
  const session = world.sessions.byToken(token);
  if (session) session.tokenUpdateCalls++;
  if (!session || !acceptsToken(world, call, session, token, atMs, visit.form.get('fingerprint'))) return loggedOut();
  if (!world.knobs.take('token-without-cookie', call) && visit.session !== session) return loggedOut();
  const reply = rotated(world, session, atMs, world.knobs.take('token', call)?.shape);
  return { ...reply, setCookies: [...reissued(visit, session), ...balancerCookies()] };
}

/** Gives the session new cookies if the `reissue` knob says so, and returns their Set-Cookie lines; the knob also says whether the old ones die. */
function reissued({ world, call, atMs }: Visit, session: Session): string[] {
  const knob = world.knobs.take('reissue', call);
  if (!knob || knob.mode === 'none') return [];
  const { auth, session: page, mode } = knob;
  world.sessions.reissue(session, { auth, page, kill: mode === 'kill' });
  const login = auth ? [authCookie(session.authCookie, atMs, cookieDomain(world, call, session))] : [];
  return page ? [...login, pageCookie(session.pageCookie)] : login;
}

function rotated(world: World, session: Session, atMs: number, shape: TokenShape | undefined): Reply {
  const from = tokenHash(session.token);
  const newToken = world.sessions.rotate(session, atMs, shape);
  return ok({ newToken }, { what: 'rotated', sessionId: session.id, from, to: tokenHash(newToken) });
}

/**
 * Whether tokenUpdate accepts this token at the instant `atMs`. Each call of `acceptsToken` uses up one of the calls (`times`) for which a `rotation`
 * or `session-life` knob was set. A call of `acceptsToken` also ends the session if its life is over, or if the token is stale and the rotation knob
 * says `onStale: kill`.
 */
export function acceptsToken(
  world: World,
  call: Call,
  session: Session,
  token: string,
  atMs: number,
  fingerprint: string | null,
): boolean {
  const rotation = world.knobs.take('rotation', call);
  if (!isAlive(world, call, session, atMs) || atMs >= session.tokenExpiresAtMs) return false;
  if (rotation?.mode === 'one-per-fingerprint' && fingerprint !== session.fingerprint) return false;
  if (token === session.token || rotation?.mode === 'lax') return true;
  const retiredAtMs = session.retired.find((old) => old.token === token)?.atMs ?? Number.NEGATIVE_INFINITY;
  if (rotation?.mode === 'grace' && atMs - retiredAtMs <= rotation.graceMs) return true;
  if (rotation?.onStale === 'kill') world.sessions.end(session, 'stale-token');
  return false;
}

/** Whether the session is alive at this instant; ends the session if its life, counted from its last renewal, has run out. */
export function isAlive(world: World, call: Call, session: Session | undefined, atMs: number): session is Session {
  if (!session?.alive) return false;
  const life = world.knobs.take('session-life', call);
  if (life && atMs - session.lastUpdateAtMs > life.lifeMs) world.sessions.end(session, 'expired');
  return session.alive;
}

/** Answers `whoami`: says which member the session belongs to; a dead session gets an empty list. */
export function whoami({ world, call, session, member, atMs }: Visit): Reply {
  if (!isAlive(world, call, session, atMs) || !member) return ok({ data: [] });
  const { id, name, email } = member.plan;
  const who = { id, name, email, roles: rolesOf(world, member, call, 'client') };
  return ok({ data: world.knobs.take('whoami-as', call)?.as === 'object' ? who : [who] });
}

/**
 * Answers `setrefresh`: notes, for the knob `warm-up`, that the session of the call's cookie, or of the token in the address, has visited this page.
 * Without a living session `setrefresh` records no visit, and only answers with its page.
 */
export function setrefresh(visit: Visit): Reply {
  const { world, call, session, atMs, address } = visit;
  const owner = session ?? world.sessions.byToken(address.query.get('token') ?? undefined);
  const page = onward(visit, address.query.get('redirect'));
  if (owner?.suffix !== address.suffix || !isAlive(world, call, owner, atMs)) return page;
  owner.warmedBy.add('setrefresh');
  return { ...page, setCookies: [pageCookie(owner.pageCookie)] };
}

function onward({ world, call }: Visit, redirect: string | null): Reply {
  if (redirect && world.knobs.take('setrefresh-as', call)?.as === 'redirect')
    return { ...htmlReply(302, ''), headers: { location: redirect } };
  return htmlReply(200, setrefreshPage(redirect ?? '/'));
}
