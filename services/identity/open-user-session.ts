// Begins a puntual session (a row of user_sessions) for a member with fresh proof of identity, and returns the session's first tokens.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Secret } from '../secret.ts';
import type { AdmissionMode } from '../store/admission-store.ts';
import type { Member } from '../store/member-store.ts';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';
import { notAdmitted } from './admission.ts';
import type { Family } from './family.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A puntual session that is not used for `IDLE_MS` ends. Every puntual session ends `ABSOLUTE_MS` after its start, used or not. */
export const IDLE_MS = 30 * DAY_MS;
const ABSOLUTE_MS = 90 * DAY_MS;

export interface OwnTokens {
  readonly sessionId: string;
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  /** When the access token expires. */
  readonly expiresAt: Date;
  /** When the puntual session ends if it is not used before then. */
  readonly sessionExpiresAt: Date;
}

interface Services {
  readonly clock: Clock;
  readonly store: Store;
  readonly access: Access;
  readonly family: Family;
}
/** The browser and the network address from which a person signs in. */
export interface Origin {
  readonly userAgent?: string | undefined;
  readonly ip?: string | undefined;
}

/** Opens a puntual session for a member after a sign-in at the gym. */
export function openUserSession(
  services: Services,
  who: Origin & {
    member: Pick<Member, 'id' | 'email'>;
    deviceFingerprint: string;
    /**
     * The Supabase session of the same person, if any. Requests with the given Supabase session use the gym session of the device
     * `deviceFingerprint`; when the Supabase session ends, the opened puntual session ends, too.
     */
    supabaseSessionId?: string | undefined;
  },
): Promise<OwnTokens> {
  const { member, deviceFingerprint, supabaseSessionId } = who;
  return open(services, { ...who, userId: member.id, email: member.email }, (row) =>
    services.store.openUserSession({ ...row, deviceFingerprint, supabaseSessionId }),
  );
}

/**
 * Opens a puntual session for the member that a Supabase token identifies. The member, the puntual session and its refresh token are stored in one
 * database transaction.
 * Throws auth/not-admitted, auth/session-revoked, request/limited.
 */
export function bridgeUserSession(
  services: Services,
  who: Origin & {
    userId: string;
    email: string | undefined;
    supabaseSessionId: string | undefined;
    /** When the Supabase token was issued. */
    issuedAt: Date | undefined;
    mode: AdmissionMode;
  },
): Promise<OwnTokens> {
  const { email, supabaseSessionId, issuedAt, mode } = who;
  return open(services, who, async (row) => {
    const bridged = await services.store.bridgeMember({ ...row, mode, email, supabaseSessionId, issuedAt });
    if (bridged.verdict !== 'admitted') throw notAdmitted(bridged.verdict);
    return bridged.session;
  });
}

interface SessionRow {
  readonly id: string;
  readonly userId: string;
  readonly userAgent: string | undefined;
  readonly ip: string | undefined;
  readonly tokenHash: string;
  readonly idleMs: number;
  readonly absoluteMs: number;
  readonly now: Date;
}

async function open(
  { clock, access, family }: Services,
  who: Origin & { userId: string; email: string | undefined },
  write: (row: SessionRow) => Promise<{ expiresAt: Date }>,
): Promise<OwnTokens> {
  const sessionId = randomUUID();
  const refreshToken = family.issue({ sessionId, counter: 0 });
  const now = clock.now();
  const { expiresAt: sessionExpiresAt } = await write({
    id: sessionId,
    userId: who.userId,
    userAgent: who.userAgent?.slice(0, 300),
    ip: who.ip,
    tokenHash: family.hash(refreshToken),
    idleMs: IDLE_MS,
    absoluteMs: ABSOLUTE_MS,
    now,
  });
  const signed = await access.sign({ userId: who.userId, sessionId, email: who.email }, now);
  return { sessionId, refreshToken, accessToken: signed.token, expiresAt: signed.expiresAt, sessionExpiresAt };
}
