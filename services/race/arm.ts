// Arms entrants: stores in the database that they are armed, before any booking request is sent; says until when requests may be sent. fire-all.ts
// sends the requests.
import { asFailure, Failure } from '../failures.ts';
import { patiently } from '../retry.ts';
import { CLAIM_MS, MIN_LEFT_MS, trustFrom } from './claim.ts';
import type { Entrant } from './entrant.ts';
import type { Race } from './race-context.ts';

/** No shot is sent more than this long after the firing instant, the opening or the arming, whichever comes last. */
const SEND_WINDOW_MS = 10_000;

export interface Armed {
  readonly ids: ReadonlySet<string>;
  /** When the arming call to the database began, on the clock's monotonic scale. */
  readonly beganAtMs: number;
  /**
   * Until when a request may be sent, epoch ms: the earlier of the send deadline and the instant until which this process may rely on its claim.
   * After the send deadline, reconcile.ts assumes that no further booking request is sent. Once this process can no longer rely on its claim, another
   * process may have taken the race over.
   */
  notAfterMs(): number;
}

/**
 * Stores that the entrants are armed; returns the ids of those that were armed, and until when requests may be sent. Throws database/…, and
 * prebooking/not-yet when this process has too little time left to race.
 */
export async function arm(race: Race, entrants: readonly Entrant[]): Promise<Armed> {
  const { clock, store, logger, owner, claims, opensAt, until, anchorMs, atMs } = race;
  const beganAtMs = clock.monotonicMs();
  // `now` is taken from the race's own clock, because the wall clock may have been changed since the race began.
  const now = new Date(race.nowMs());
  const firesMs = Math.max(now.getTime(), opensAt.getTime(), Math.ceil(atMs));
  const deadlineMs = firesMs + SEND_WINDOW_MS;
  // Arming renews the claims of the prebookings that it arms, as each heartbeat does. A heartbeat and this arming call each let the process rely on
  // the claims for a fixed time from the start of the call; the time that ends later counts.
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

/** How long `disarm` tries to take the armed mark back after the database's answer to arming was lost. */
const DISARM_MS = 30_000;

/**
 * Takes back the entrants' armed mark when the database's answer to arming was lost: while this process does not know whether the mark is stored, it
 * sends no request. A prebooking whose armed mark was taken back can be raced for by another process; the lost answer does not make the prebooking
 * `unknown`. Never throws: if the armed mark stays, reconcile.ts looks for the booking in the gym's list, as for every prebooking left armed by a
 * process that has died.
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
 * Arms an armed entrant once more for further requests, when none of its requests so far can have had an effect at the gym. Returns undefined when no
 * further request may be sent, else a function that says until when more requests may be sent. Throws database/….
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
