// The durable mark before anything is sent, and until when something may then be written. What is written is fire-all.ts's business.
import { Failure } from '../failures.ts';
import { CLAIM_MS, MIN_LEFT_MS, trustFrom } from './claim.ts';
import type { Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';

/** Nothing is written later than this after the instant (or after arming, for a late start). */
const SEND_WINDOW_MS = 10_000;

export interface Armed {
  readonly ids: ReadonlySet<string>;
  /** When the call began, on the clock's monotonic scale. */
  readonly beganAtMs: number;
  /** Past the deadline the reconciler believes that nothing more is written; past the trust others may have judged. */
  notAfterMs(): number;
}

/** Throws prebooking/not-yet when too little time is left here, database/…. */
export async function arm(race: Race, entrants: readonly Entrant[]): Promise<Armed> {
  const { clock, store, logger, owner, claims, opensAt, until, anchorMs, atMs } = race;
  const beganAtMs = clock.monotonicMs();
  // The race's own clock: the wall clock may have been set since.
  const now = new Date(race.nowMs());
  const firesMs = Math.max(now.getTime(), opensAt.getTime(), Math.ceil(atMs));
  const deadlineMs = firesMs + SEND_WINDOW_MS;
  // Arming renews the claims of those it arms, whatever is known of the others.
  const notAfterMs = () => Math.min(deadlineMs, anchorMs + Math.max(claims.trustedUntilMs(), trustFrom(beganAtMs)));
  if (entrants.length === 0) return { ids: new Set(), beganAtMs, notAfterMs };
  if (until && until.getTime() - firesMs < MIN_LEFT_MS) {
    throw new Failure('prebooking/not-yet', 'Too little time is left here to race: deliver again.', {
      retryAfterMs: 1_000,
    });
  }
  const ids = await store.armPrebookings({
    claims: entrants.map(({ prebooking }) => ({ id: prebooking.id, epoch: prebooking.claimEpoch })),
    owner,
    sendDeadline: new Date(deadlineMs),
    firesAt: new Date(Math.floor(race.databaseAnchorMs + Math.max(race.nowMs(), atMs) - anchorMs)),
    claimMs: CLAIM_MS,
    now,
  });
  if (ids.length < entrants.length)
    logger.info({ wanted: entrants.length, armed: ids.length }, 'race: some were withdrawn or taken over');
  return { ids: new Set(ids), beganAtMs, notAfterMs };
}

/**
 * Arms one that is armed already, when nothing it has sent can have done anything: answers until when it may send more, or undefined when
 * it may not. Throws database/….
 */
export async function armAgain(race: Race, { prebooking }: Entrant): Promise<(() => number) | undefined> {
  const { clock, store, owner, claims, anchorMs } = race;
  const beganAtMs = clock.monotonicMs();
  const now = new Date(race.nowMs());
  const deadlineMs = now.getTime() + SEND_WINDOW_MS;
  const isArmed = await store.armAgain({
    id: prebooking.id,
    epoch: prebooking.claimEpoch,
    owner,
    sendDeadline: new Date(deadlineMs),
    claimMs: CLAIM_MS,
    now,
  });
  if (!isArmed) return undefined;
  return () => Math.min(deadlineMs, anchorMs + Math.max(claims.trustedUntilMs(), trustFrom(beganAtMs)));
}
