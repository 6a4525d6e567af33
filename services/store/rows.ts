// What the database answers, parsed once where it enters. Null stays in SQL and JSON: here it becomes undefined.
import { z } from 'zod';
import { alternativeShape, type Prebooking, STATUSES } from '../prebooking/prebooking.ts';
import { readinessShape } from '../prebooking/readiness.ts';
import type { SessionCard, SessionType } from '../session/session.ts';

export const text = z
  .string()
  .nullish()
  .transform((v) => v ?? undefined);
export const instant = z.string().transform((v) => new Date(v));
export const maybeInstant = z
  .string()
  .nullish()
  .transform((v) => (v == null ? undefined : new Date(v)));
const optionalNumber = z
  .number()
  .nullish()
  .transform((v) => v ?? undefined);

export const memberRow = z.object({ id: z.string(), email: text, name: z.string() });
export type Member = z.infer<typeof memberRow>;

const boxShape = z.object({
  id: z.string(),
  // The two columns under which the contract names a box of this gym.
  aimharderBoxId: z.string(),
  subdomain: z.string(),
  name: z.string(),
  timeZone: z.string(),
  openingRule: z.unknown().transform((v) => v ?? undefined),
  openingRuleSource: z.enum(['unknown', 'announced', 'observed', 'declared']),
  ruleAgreed: z.number(),
  ruleContradicted: z.number(),
  clock: z.object({
    /** What earlier races taught: see `KnownClock` in services/gym/aim.ts. */
    evidence: z.number(),
    marginMs: z.number(),
    refusedMarginMs: optionalNumber,
    refusedAt: maybeInstant,
    /** The address at which the gym's clock is looked at, what an answer from there cost the gym, and when that was found out. */
    address: text,
    addressThinkingMs: optionalNumber,
    addressAt: maybeInstant,
  }),
});
/** A box, with `at` as the gym's port wants it. */
export const boxRow = boxShape.transform(({ aimharderBoxId, subdomain, ...box }) => ({
  ...box,
  at: { slug: subdomain, platformBoxId: aimharderBoxId },
}));
export type Box = z.infer<typeof boxRow>;

const cardShape = {
  id: z.string(),
  userId: z.string(),
  sessionType: z.enum(['background', 'device']),
  fingerprint: z.string(),
  status: z.enum(['live', 'uncertain', 'suspect', 'needs-login', 'revoked']),
  chain: z.string(),
  generation: z.number(),
  tokenDigest: z.string(),
  previousTokenDigest: text,
  tokenUpdateCount: z.number(),
  tokenSuccessCount: z.number(),
  failureStreak: z.number(),
  lastAttemptAt: maybeInstant,
  lastSuccessAt: instant,
  lastError: text,
  heldUntil: maybeInstant,
  quarantinedAt: maybeInstant,
};
export const sessionCardRow = z.object(cardShape) satisfies z.ZodType<SessionCard>;
const sealedShape = {
  ...cardShape,
  attemptId: z.string(),
  tokenSealed: z.string(),
  cookiesSealed: z.string(),
  sealedGeneration: z.number(),
  wrapped: z.string(),
};
export const sealedSessionRow = z.object(sealedShape);
/** A session with its pair still sealed. `open-session.ts` opens it. */
export type SealedSession<T extends SessionType = SessionType> = z.infer<typeof sealedSessionRow> & { sessionType: T };

export const leasedSessionRow = z.object({
  ...sealedShape,
  leaseEpoch: z.number(),
  renewalId: z.string(),
  nextGeneration: z.number(),
  boxes: z.array(z.string()),
});
/** The right to renew one session, with its intent row already written. */
export type LeasedSession = z.infer<typeof leasedSessionRow>;

export const leaseAnswerRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('leased'), ...leasedSessionRow.shape }),
  z.object({ state: z.literal('fresh'), ...sealedShape }),
  z.object({ state: z.literal('resting'), retryAfterMs: z.number() }),
  z.object({ state: z.enum(['missing', 'dead', 'held', 'busy']) }),
]);
export type LeaseAnswer = z.infer<typeof leaseAnswerRow>;

export const commitRow = z.object({ moved: z.boolean(), exists: z.boolean() });
/** One line of a batch. `refused` is the SQL state of a line that could not be written. */
export const commitLineRow = z.object({ ...commitRow.shape, renewalId: z.string(), refused: text });
export const settledAttemptRow = z.object({
  settled: z.boolean(),
  exists: z.boolean(),
  died: z.boolean().optional(),
  status: z.string().optional(),
});

export const keptRenewalRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ready'), ...sealedShape, renewalId: z.string(), nextGeneration: z.number() }),
  z.object({ state: z.enum(['done', 'orphan', 'gone']), renewalId: z.string() }),
]);
export type KeptRenewal = z.infer<typeof keptRenewalRow>;

export const surveyRow = z.object({
  live: z.number(),
  due: z.number(),
  waiting: z.number(),
  overdue: z.array(z.string()),
  /** Their last success is in the future: some clock is wrong. */
  fromTheFuture: z.array(z.string()),
  /** In doubt for more than two cycles. */
  unsure: z.array(z.string()),
  quarantined: z.number(),
  /** News since the instant that was asked for. */
  quarantinedNow: z.array(z.string()),
  waitingWithoutSession: z.array(z.string()),
});
export type Survey = z.infer<typeof surveyRow>;

export const prebookingRow = z.object({
  id: z.string(),
  userId: z.string(),
  boxId: z.string(),
  day: z.string(),
  classId: text,
  timeId: z.string(),
  className: text,
  familyId: text,
  waitlist: z.boolean(),
  alternatives: z.array(alternativeShape),
  status: z.enum(STATUSES),
  opensAt: instant,
  startsAt: instant,
  scheduleVersion: z.number(),
  messageId: text,
  claimEpoch: z.number(),
  wokenAt: maybeInstant,
  armedAt: maybeInstant,
  sendDeadline: maybeInstant,
  negativeReads: z.number(),
  outcome: text,
  reason: text,
  reservationId: text,
  receipt: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((v) => v ?? undefined),
  readiness: readinessShape.nullish().transform((v) => v ?? undefined),
  settledAt: maybeInstant,
  createdAt: instant,
}) satisfies z.ZodType<Prebooking>;

/** A prebooking whose readiness is due for a look, and how its member's background session stands (absent: there is none). */
export const readinessDueRow = prebookingRow.extend({ backgroundStatus: text });
export type ReadinessDue = z.infer<typeof readinessDueRow>;

export const seenOpeningRow = z
  .object({ day: z.string(), timeId: z.string(), opensAt: instant })
  .transform(({ opensAt, ...slot }) => ({ opensAt, slot }));

export const deliveryRow = z.object({ replayed: z.boolean(), result: text });

export const noticeRow = z.object({
  id: z.number(),
  userId: z.string(),
  kind: z.string(),
  payload: z.record(z.string(), z.unknown()),
  createdAt: instant,
  attempts: z.number(),
  wrapped: text,
  channels: z.array(
    z.object({ id: z.string(), kind: z.literal('webhook'), addressSealed: z.string(), secretSealed: z.string() }),
  ),
  prebooking: prebookingRow.nullish().transform((v) => v ?? undefined),
  box: boxRow.nullish().transform((v) => v ?? undefined),
});
/** Something a member is to be told, leased to us. */
export type LeasedNotice = z.infer<typeof noticeRow>;
/** Where one member wants to be told, sealed, and the key that opens it. */
export const noticeChannelRow = z.object({
  id: z.string(),
  addressSealed: z.string(),
  secretSealed: z.string(),
  createdAt: instant,
  wrapped: z.string(),
});

export const claimRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  z.object({ state: z.enum(['settled', 'too-soon', 'in-progress']), prebooking: prebookingRow }),
  z.object({ state: z.literal('claimed'), prebookings: z.array(prebookingRow) }),
]);
export const withdrawRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('missing') }),
  z.object({ state: z.enum(['withdrawn', 'too-late']), prebooking: prebookingRow }),
]);
export const absenceRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('settled') }),
  z.object({ state: z.enum(['absent', 'unknown']), prebooking: prebookingRow }),
]);
export const sweepRow = z.object({
  missed: z.array(z.string()),
  lost: z.array(z.string()),
  toArm: z.array(prebookingRow),
  toExecute: z.array(prebookingRow),
  toReconcile: z.array(prebookingRow),
});

export const runRow = z.object({
  id: z.string(),
  job: z.string(),
  started_at: instant,
  finished_at: maybeInstant,
  failure_code: text,
  report: z.unknown(),
});
export const monitorRow = z.object({
  sessions: z.array(sessionCardRow),
  devices: z.number(),
  prebookings: z.record(z.string(), z.number()),
  races: z.array(z.record(z.string(), z.unknown())),
  upcoming: z.array(prebookingRow),
  runs: z.array(runRow),
  lastGoodRefreshAt: maybeInstant,
  unsentNotices: z.number(),
  skewedDeliveries: z.number(),
});
export type MonitorRows = z.infer<typeof monitorRow>;
