// Finds a socket's member: by an access token of ours in the handshake's `auth`, or by our own cookie if a page of ours connects. A token of Supabase
// is refused; a client has to exchange it for one of ours first. The puntual session is read from the database at each connection, never from a
// cache.
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { Failure } from '../../services/failures.ts';
import { isAdmitted, notYetAdmitted } from '../../services/identity/admission.ts';
import { readOwnCookies } from '../../services/identity/cookies.ts';
import { Secret } from '../../services/secret.ts';
import type { AppContext } from '../app-context.ts';
import type { Services } from '../services.ts';
import { comesFromOurPage } from './gate.ts';

export interface Guest {
  readonly userId: string;
  readonly sessionId: string;
  /** When the access token ends; the socket is closed at that instant. */
  readonly expiresAt: Date;
}

interface Handshake {
  readonly auth: unknown;
  readonly request: Pick<IncomingMessage, 'headers'>;
}

const authShape = z.object({ token: z.string().min(1) });
const expiryShape = z.object({ exp: z.number() });
const refused = () => new Failure('auth/refused', 'Expected a valid access token of our own.');

/** Returns the member and the puntual session that a handshake proves, and when its access token expires. Throws auth/…, database/…. */
export async function admit(services: Services, context: AppContext, { auth, request }: Handshake): Promise<Guest> {
  const given = authShape.safeParse(auth);
  if (given.success) return identify(services, new Secret(given.data.token));
  const cookie = comesFromOurPage(request, context) ? readOwnCookies(request.headers.cookie).access : undefined;
  if (!cookie) throw new Failure('auth/missing', 'Expected a token in the handshake, or our cookie.');
  return identify(services, cookie);
}

async function identify({ access, clock, store, admission }: Services, token: Secret): Promise<Guest> {
  const who = await access.verify(token, clock.now());
  if (who.source !== 'puntual') throw refused();
  const session = await store.readUserSession(who.sessionId, clock.now());
  if (session?.userId !== who.userId || session.revokedAt !== undefined)
    throw new Failure('auth/session-revoked', 'This session has ended: sign in again.');
  if (!isAdmitted(session.admission, admission)) throw notYetAdmitted(session.admission, admission);
  return { userId: who.userId, sessionId: who.sessionId, expiresAt: expiryOf(token) };
}

/** Returns the instant at which a verified token ends. */
function expiryOf(token: Secret): Date {
  const payload = Buffer.from(token.reveal().split('.')[1] ?? '', 'base64url').toString('utf8');
  return new Date(expiryShape.parse(JSON.parse(payload)).exp * 1000);
}
