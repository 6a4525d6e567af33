// The volley: everybody of one opening is armed, fired at once, and followed to the end of their own series.
// `armed` is committed before anything is written; when to fire and what stands afterwards is run-opening.ts's business.
import { Failure } from '../failures.ts';
import type { Shot, Starter } from '../gym/starter.ts';
import { CLAIM_MS, type Claims } from './claim.ts';
import { bookWishOf, type Contender } from './contender.ts';
import type { OwnAims } from './own-aims.ts';
import type { OpeningServices } from './run-opening.ts';
import { firstState, followShots, type Series } from './shoot.ts';
import { classOf, type Turns } from './turn.ts';

/** Nothing is written later than this after the opening (or after arming, for a late start). */
const SEND_WINDOW_MS = 10_000;
/** Left after arming, at least: a race that the platform would cut off is one that nobody knows the end of. */
const LEAST_LEFT_MS = 3_000;
/** Who waits for a companion's answer waits no longer than this after the instant. */
const LONGEST_TURN_MS = 1_200;

/** What the volley must know of its opening. */
export interface Volley {
  readonly owner: string;
  readonly claims: Claims;
  readonly aims: OwnAims;
  readonly opensAt: Date;
  readonly until?: Date | undefined;
  readonly anchorMs: number;
}

export const firstRequest = ({ gym }: OpeningServices, contender: Contender) =>
  gym.prepareBook(contender.session.key, contender.box, bookWishOf(contender, firstState(contender).aim));

/**
 * Arms, fires, and follows each shot to its end; those whose turn is later shoot when the class's earlier ones have their answers.
 * `ended` hears each series as it ends, not when all have.
 */
export async function shootAll(
  services: OpeningServices,
  opening: Volley,
  starter: Starter,
  { first, behind }: Turns,
  atMs: number,
  ended: (series: Series) => void,
): Promise<Series[]> {
  const { aims, anchorMs, claims } = opening;
  const { armed, deadlineMs } = await arm(services, opening, [...first, ...behind]);
  const isArmed = ({ prebooking }: Contender) => armed.has(prebooking.id);
  for (const [index, contender] of first.entries()) if (!isArmed(contender)) starter.withdraw(index);
  const nowMs = () => anchorMs + services.clock.monotonicMs();
  // Past the deadline the reconciler believes that nothing more is written; past the trust others may have judged.
  const notAfterMs = () => Math.min(deadlineMs, anchorMs + claims.trustedUntilMs());
  const follow = async (contender: Contender, shot: Shot) => {
    const series = await followShots(services, starter, contender, shot, { nowMs, notAfterMs, aims });
    ended(series);
    return series;
  };
  const following: { readonly of: string; readonly series: Promise<Series> }[] = [];
  const onShot = (shot: Shot) => {
    const contender = first[shot.index];
    if (contender && isArmed(contender)) following.push({ of: classOf(contender), series: follow(contender, shot) });
  };
  const firing = starter.fireAt(atMs, onShot, notAfterMs());
  const later = behind.filter(isArmed).map(async (contender) => {
    // All of the volley have an answer, or the patience of those behind is over: a place may still be there.
    await Promise.race([firing, services.clock.sleep(atMs + LONGEST_TURN_MS - nowMs())]);
    const before = following.filter(({ of }) => of === classOf(contender)).map(({ series }) => series);
    await Promise.race([Promise.all(before), services.clock.sleep(atMs + LONGEST_TURN_MS - nowMs())]);
    return follow(contender, await starter.shootNow(firstRequest(services, contender), notAfterMs()));
  });
  await firing;
  return Promise.all([...following.map(({ series }) => series), ...later]);
}

async function arm(
  { clock, store, logger }: OpeningServices,
  opening: Volley,
  contenders: readonly Contender[],
): Promise<{ armed: Set<string>; deadlineMs: number }> {
  const now = clock.now();
  const deadlineMs = Math.max(now.getTime(), opening.opensAt.getTime()) + SEND_WINDOW_MS;
  if (opening.until && opening.until.getTime() - Math.max(now.getTime(), opening.opensAt.getTime()) < LEAST_LEFT_MS) {
    throw new Failure('prebooking/not-yet', 'Too little time is left here to race: deliver again.', {
      retryAfterMs: 1_000,
    });
  }
  const beganAtMs = clock.monotonicMs();
  const ids = await store.armPrebookings({
    claims: contenders.map(({ prebooking }) => ({ id: prebooking.id, epoch: prebooking.claimEpoch })),
    owner: opening.owner,
    sendDeadline: new Date(deadlineMs),
    claimMs: CLAIM_MS,
    now,
  });
  if (ids.length > 0) opening.claims.renewed(beganAtMs);
  if (ids.length < contenders.length)
    logger.info({ wanted: contenders.length, armed: ids.length }, 'race: some were withdrawn or taken over');
  return { armed: new Set(ids), deadlineMs };
}
