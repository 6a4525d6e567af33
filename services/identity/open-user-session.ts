// Begins a session of our own for a member who has just proved who they are, and gives its first pair of tokens.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../clock.ts';
import type { Secret } from '../secret.ts';
import type { Member } from '../store/rows.ts';
import type { Store } from '../store/store.ts';
import type { Access } from './access.ts';
import type { Family } from './family.ts';

const DAY_MS = 24 * 60 * 60_000;
/** A session nobody uses for this long ends; so does any session after the second span. */
export const IDLE_MS = 30 * DAY_MS;
const ABSOLUTE_MS = 90 * DAY_MS;

export interface OwnTokens {
  readonly sessionId: string;
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  /** The access token's end. */
  readonly expiresAt: Date;
}

export async function openUserSession(
  services: { clock: Clock; store: Store; access: Access; family: Family },
  who: {
    member: Pick<Member, 'id' | 'email'>;
    deviceFingerprint?: string | undefined;
    supabaseSessionId?: string | undefined;
    userAgent?: string | undefined;
    ip?: string | undefined;
  },
): Promise<OwnTokens> {
  const { clock, store, access, family } = services;
  const sessionId = randomUUID();
  const refreshToken = family.issue({ sessionId, counter: 0 });
  const now = clock.now();
  await store.openUserSession({
    id: sessionId,
    userId: who.member.id,
    deviceFingerprint: who.deviceFingerprint,
    supabaseSessionId: who.supabaseSessionId,
    userAgent: who.userAgent?.slice(0, 300),
    ip: who.ip,
    tokenHash: family.hash(refreshToken),
    idleMs: IDLE_MS,
    absoluteMs: ABSOLUTE_MS,
    now,
  });
  const signed = await access.sign({ userId: who.member.id, sessionId, email: who.member.email }, now);
  return { sessionId, refreshToken, accessToken: signed.token, expiresAt: signed.expiresAt };
}
