// Works out when a race fires, so that its first requests reach the gym at the opening. The gym's clock is read while the entrants get ready.
import type { Logger } from 'pino';
import { type Clock, within } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { againFrom, aim, type KnownClock } from '../gym/aim.ts';
import { findClockAddress, MAX_ALONE_MS } from '../gym/clock-address.ts';
import type { ClockEstimate } from '../gym/clock-estimate.ts';
import { estimateGymClock, FULL_PLAN, probeTimer, SECOND_PLAN } from '../gym/clock-offset.ts';
import type { ClockProbe, Gym } from '../gym/gym.ts';
import type { Box } from '../store/box-store.ts';
import type { Store } from '../store/store.ts';

export interface InstantServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly store: Pick<Store, 'noteClock'>;
  readonly logger: Logger;
}

/** Entrants are armed this long before the firing instant; until they are armed, a member can withdraw. */
export const ARM_LEAD_MS = 1_500;
/**
 * The time that is set aside for warming the connections. An entrant that is not ready when the warming of the connections begins shoots later, when
 * it is ready and its turn has come.
 */
export const WARMING_MS = 1_000;
/** The time for reading the gym's clock: a second for each of six rounds of probes, and one second for the waits between the rounds. */
const PROBING_MS = 7_000;
/**
 * The longest time, ms, for finding out which of the box's addresses costs the gym the least work. The address with the least work for the gym is
 * looked for before the first race at a box, and again when a month has passed.
 */
const ADDRESS_MS = 2_000;
const ADDRESS_AGE_MS = 30 * 86_400_000;
/** The longest time that reading the gym's clock may take; the last two seconds are for answers still on their way. */
export const MAX_LOOK_MS = ADDRESS_MS + PROBING_MS + 2_000;
/** If the gym's clock is ahead of ours by no more than this, the race is still armed before the gym opens the class. */
const SKEW_ROOM_MS = 2_500;
/**
 * The gym's clock is read only if at least this much time is left for the probes: one round takes that long. One round of probes shows, to within
 * some tens of ms, when the gym's second begins; our own clock alone is less exact.
 */
const MIN_PROBING_MS = 1_100;
/**
 * The clock of a working server is at most this far off, so a larger offset is not believed. The limit of 30 s is also roughly as long as the time
 * from a race's wake-up to its opening.
 */
export const PLAUSIBLE_MS = 30_000;

type Looked = Pick<Box['clock'], 'address' | 'addressThinkingMs' | 'addressAt'>;

/**
 * Estimates the gym's clock, if there is time, by probes of the address that costs the gym the least work. If even the cheapest address costs the gym
 * time, that address and the box's page are asked alternately: the difference tells at what point of its work the gym writes the `Date` header. Never
 * throws.
 */
export async function lookAtGymClock(
  services: InstantServices,
  { box, opensAt, anchorMs }: { box: Box; opensAt: Date; anchorMs: number },
): Promise<ClockEstimate | undefined> {
  const { clock, gym } = services;
  const leftMs = () => opensAt.getTime() - clock.now().getTime() - ARM_LEAD_MS - SKEW_ROOM_MS;
  if (leftMs() < MIN_PROBING_MS) return undefined;
  const shiftMs = anchorMs - performance.timeOrigin;
  const probe = async (address: string): Promise<ClockProbe> => {
    const seen = await gym.probeClock(box.at, address);
    return { ...seen, sentAtMs: seen.sentAtMs + shiftMs, receivedAtMs: seen.receivedAtMs + shiftMs };
  };
  const isNew = isUnknown(box.clock, clock.now()) && leftMs() > ADDRESS_MS + PROBING_MS;
  const looked = isNew ? await findAddress(services, box, probe) : box.clock;
  const addresses = addressesOf(gym, looked);
  let turn = 0;
  const inTurn = () => {
    turn += 1;
    return probe(addresses[turn % addresses.length] ?? gym.clockAddresses[0]);
  };
  const budgetMs = Math.min(PROBING_MS, leftMs());
  return estimateGymClock(inTurn, probeTimer(clock, anchorMs), { budgetMs, plan: isNew ? FULL_PLAN : SECOND_PLAN });
}

const isUnknown = ({ address, addressAt }: Looked, now: Date): boolean =>
  address === undefined || addressAt === undefined || now.getTime() - addressAt.getTime() > ADDRESS_AGE_MS;

/**
 * The one or two addresses at which the gym's clock is read; if there are two, the probes alternate between them. A stored address that the gym's
 * platform does not list in `clockAddresses` is never called.
 */
function addressesOf({ clockAddresses }: Gym, { address, addressThinkingMs }: Looked): readonly string[] {
  const [page] = clockAddresses;
  if (address === undefined || !clockAddresses.includes(address)) return [page];
  return addressThinkingMs !== undefined && addressThinkingMs <= MAX_ALONE_MS ? [address] : [address, page];
}

/**
 * Finds the address at which to read the gym's clock, and stores it with the box. If the cheap address that was found cannot be stored, the next race
 * at the box looks for one again.
 */
async function findAddress(
  { clock, gym, store, logger }: InstantServices,
  box: Box,
  probe: (address: string) => Promise<ClockProbe>,
): Promise<Looked> {
  const found = await within(clock, ADDRESS_MS, findClockAddress(probe, gym.clockAddresses));
  if (!found) return box.clock;
  const looked = { address: found.address, addressThinkingMs: found.thinkingMs, addressAt: clock.now() };
  logger.info({ box: box.at.slug, ...looked }, 'box: where its clock is looked at');
  await store.noteClock(box.id, looked).catch((error: unknown) => {
    logger.warn({ box: box.at.slug, code: asFailure(error).code }, 'box: nothing could be learned');
  });
  return looked;
}

/**
 * The firing instant, and the earliest instant for a shot after one that was refused as too early. `atMs` and `againFromMs` are epoch ms by the
 * race's clock: our system clock, read once per race and carried on by the monotonic clock.
 */
interface Instants {
  readonly atMs: number;
  readonly againFromMs: number;
}

/**
 * The estimate of the gym's clock, or undefined if its offset is larger than `PLAUSIBLE_MS`. Without an estimate of the gym's clock the race goes by
 * our own clock and the gym's answers.
 */
export const believedOf = (estimate: ClockEstimate | undefined): ClockEstimate | undefined =>
  estimate !== undefined && Math.abs(estimate.offsetMs) <= PLAUSIBLE_MS ? estimate : undefined;

/**
 * From the estimate of the gym's clock, works out when to fire, and from when to shoot again after a refusal as too early. An estimate with an offset
 * too large to be believed (`believedOf`) is logged and not used.
 */
export function instantsOf(
  { logger }: Pick<InstantServices, 'logger'>,
  opensAt: Date,
  estimate: ClockEstimate | undefined,
  known: KnownClock,
): Instants {
  const believed = believedOf(estimate);
  if (estimate && !believed)
    logger.warn({ offsetMs: estimate.offsetMs }, 'race: the gym’s clock is not to be believed');
  return { atMs: aim(opensAt, believed, known), againFromMs: againFrom(opensAt, believed, known) };
}
