// Arming: the durable mark before anything is sent, and until when something may then be sent. fire-all.ts does the sending.
import { asFailure, Failure } from '../failures.ts';
import { patiently } from '../retry.ts';
import { CLAIM_MS, MIN_LEFT_MS, trustFrom } from './claim.ts';
import type { Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';

/** No shot is sent later than this after the instant (or after arming, for a late start). */
const SEND_WINDOW_MS = 10_000;

export interface Armed {
  readonly ids: ReadonlySet<string>;
  /** When the call began, on the clock's monotonic scale. */
  readonly beganAtMs: number;
  /** After the deadline the reconciler assumes that nothing more is sent; after the trust ends, another process may have acted. */
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
  // Arming renews the claims of the prebookings it arms, whatever is known of the others.
  const notAfterMs = () => Math.min(deadlineMs, anchorMs + Math.max(claims.trustedUntilMs(), trustFrom(beganAtMs)));
  if (entrants.length === 0) return { ids: new Set(), beganAtMs, notAfterMs };
  if (until && until.getTime() - firesMs < MIN_LEFT_MS) {
    throw new Failure('prebooking/not-yet', 'Too little time is left here to race: deliver again.', {
      retryAfterMs: 1_000,
    });
  }
  const ids = await store
    .armPrebookings({
      claims: claimsOf(entrants),
      owner,
      sendDeadline: new Date(deadlineMs),
      firesAt: new Date(Math.floor(race.databaseAnchorMs + Math.max(race.nowMs(), atMs) - anchorMs)),
      claimMs: CLAIM_MS,
      now,
    })
    .catch(async (error: unknown) => {
      await disarm(race, entrants);
      throw error;
    });
  if (ids.length < entrants.length)
    logger.info({ wanted: entrants.length, armed: ids.length }, 'race: some were withdrawn or taken over');
  return { ids: new Set(ids), beganAtMs, notAfterMs };
}

const claimsOf = (entrants: readonly Entrant[]) =>
  entrants.map(({ prebooking }) => ({ id: prebooking.id, epoch: prebooking.claimEpoch }));

/** How long the database may take to come back and learn that a mark with a lost answer does not stand. */
const DISARM_MS = 30_000;

/**
 * The mark may stand without our knowing, and nothing is sent without knowing. Once it is taken back, the next process races, and no member is
 * told that a request may have been sent. Never throws: a mark that stays is looked for in the gym's list, like any armed row of a dead process.
 */
async function disarm({ clock, store, logger, owner, until }: Race, entrants: readonly Entrant[]): Promise<void> {
  const leftMs = until ? until.getTime() - clock.now().getTime() - MIN_LEFT_MS : DISARM_MS;
  const taking = patiently(clock, Math.min(DISARM_MS, leftMs), () =>
    store.disarmPrebookings(claimsOf(entrants), owner, clock.now()),
  );
  await taking.then(
    (free) => logger.warn({ wanted: entrants.length, free }, 'race: arming got no answer, nothing was sent'),
    (error: unknown) => logger.error({ code: asFailure(error).code }, 'race: an arming could not be taken back'),
  );
}

/**
 * Arms again an entrant that is armed already, when none of its requests can have had an effect. Returns until when it may send more; undefined
 * when it may not. Throws database/….
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
