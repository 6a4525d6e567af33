// What the database answers about puntual's own sessions and their refresh-token families.
import { z } from 'zod';
import { instant, maybeInstant, text } from './rows.ts';

export const userSessionRow = z.object({
  id: z.string(),
  userId: z.string(),
  deviceFingerprint: text,
  revokedAt: maybeInstant,
});
export const openedUserSessionRow = z.object({ id: z.string(), userId: z.string(), expiresAt: instant });
export const rotationRow = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.enum(['refused']) }),
  z.object({ verdict: z.literal('reused'), userId: z.string() }),
  z.object({
    verdict: z.enum(['rotated', 'replayed']),
    userId: z.string(),
    email: text,
    sessionId: z.string(),
    deviceFingerprint: text,
    expiresAt: instant,
  }),
]);
export const listedUserSessionRow = z.object({
  id: z.string(),
  userAgent: text,
  createdAt: instant,
  lastSeenAt: instant,
});
