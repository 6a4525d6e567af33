// Somebody ready to race: a claimed prebooking with its session, its box and the classes it may take.
// Made ready before the opening, so that nothing is left to do at it.
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { BookWish, Gym, GymBox, GymKey, Slot } from '../gym/gym.ts';
import type { Freshener } from '../session/freshen.ts';
import { BACKGROUND_STALE_MS } from '../session/freshness.ts';
import type { BackgroundSession } from '../session/session.ts';
import type { Outcome } from './ending.ts';
import type { Prebooking } from './prebooking.ts';
import type { Aim } from './race.ts';
import { choicesOf } from './slot.ts';

export interface Contender {
  readonly prebooking: Prebooking;
  readonly box: GymBox;
  readonly session: BackgroundSession;
  /** At least one. */
  readonly choices: readonly Slot[];
}

/** Decided before the race: there is nothing to shoot at, or the place is the member's already. */
export interface Decided {
  readonly prebooking: Prebooking;
  readonly outcome: Outcome;
  readonly mine?: Slot | undefined;
}

export interface PrepareServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/** Members prepared at a time. */
const ABREAST = 16;
/** So many look at the day with their own session, the longest waiting first; the others race by a companion's look, which shows the
 * same classes. One read serves many, and the gym is not asked hundreds of times for one page. */
const OWN_LOOKS = 40;
/** Nearer to the opening than this, a session is only renewed when it is old enough to be doubted. */
const LAST_RENEWAL_MS = 12_000;
const OLD_MS = 60 * 60_000;

/** Makes each ready, or says why it will not race. What one member lacks does not hold up another. */
export async function prepareContenders(
  services: PrepareServices,
  box: GymBox,
  prebookings: readonly Prebooking[],
): Promise<{ contenders: Contender[]; decided: Decided[] }> {
  const limit = pLimit(ABREAST);
  const seen = await Promise.all(prebookings.map((one, at) => limit(() => look(services, box, one, at < OWN_LOOKS))));
  const contenders: Contender[] = [];
  const decided: Decided[] = [];
  for (const one of seen) {
    if (!one.session) {
      decided.push({ prebooking: one.prebooking, outcome: 'session-dead' });
      continue;
    }
    const found = enter({ ...one, session: one.session }, box, one.slots ?? companionsSlots(one, seen));
    if ('choices' in found) contenders.push(found);
    else decided.push(found);
  }
  return { contenders, decided };
}

/** Classes are the same for all, but whose places they hold is not: what a companion sees as theirs is not ours. */
function companionsSlots({ prebooking }: Look, seen: readonly Look[]): Slot[] | undefined {
  const companion = seen.find((other) => other.slots && other.prebooking.day === prebooking.day);
  return companion?.slots?.map((slot) => ({ ...slot, mine: undefined, reservationId: undefined }));
}

interface Look {
  readonly prebooking: Prebooking;
  readonly session: BackgroundSession | undefined;
  readonly slots: readonly Slot[] | undefined;
}

async function look(
  services: PrepareServices,
  box: GymBox,
  prebooking: Prebooking,
  looksItself: boolean,
): Promise<Look> {
  const { clock, gym, freshener, logger } = services;
  const now = clock.now();
  const leftMs = prebooking.opensAt.getTime() - now.getTime();
  const staleAt = new Date(now.getTime() - (leftMs > LAST_RENEWAL_MS ? BACKGROUND_STALE_MS : OLD_MS));
  const warn = (error: unknown) => {
    logger.warn({ prebookingId: prebooking.id, code: asFailure(error).code }, 'race: a preparation failed');
    return undefined;
  };
  const fresh = await freshener.background(prebooking.userId, { staleAt, throughHold: true }).catch(warn);
  if (fresh?.trouble) warn(fresh.trouble);
  if (!fresh) return { prebooking, session: undefined, slots: undefined };
  if (!looksItself) return { prebooking, session: fresh.session, slots: undefined };
  const read = (key: GymKey) => gym.readDay(key, box, prebooking.day, prebooking.familyId).catch(warn);
  const day = await read(fresh.session.key);
  if (day?.kind !== 'session-dead') return { prebooking, session: fresh.session, slots: day?.slots };
  // Found out while there is still time: renewed now it costs nothing at the opening.
  const want = { staleAt: fresh.session.lastSuccessAt, throughHold: true };
  const again = await freshener.background(prebooking.userId, want).catch(warn);
  const session = again?.session ?? fresh.session;
  const second = await read(session.key);
  return { prebooking, session, slots: second?.kind === 'day' ? second.slots : undefined };
}

function enter(
  { prebooking, session }: { prebooking: Prebooking; session: BackgroundSession },
  box: GymBox,
  slots: readonly Slot[] | undefined,
): Contender | Decided {
  if (!slots) return byMemory(prebooking, session, box);
  const choices = choicesOf(prebooking, slots);
  const mine = choices.find((slot) => slot.mine === 'booked') ?? choices.find((slot) => slot.mine === 'waitlisted');
  if (mine) return { prebooking, outcome: mine.mine === 'booked' ? 'already-booked' : 'waitlisted', mine };
  if (choices.length === 0) return { prebooking, outcome: 'class-gone' };
  return { prebooking, box, session, choices };
}

/** Nobody could read the day: the id from when the wish was made is a fair try, and the read-back tells. */
function byMemory(prebooking: Prebooking, session: BackgroundSession, box: GymBox): Contender | Decided {
  if (prebooking.classId === undefined) return { prebooking, outcome: 'turned-away' };
  const slot: Slot = {
    id: prebooking.classId,
    day: prebooking.day,
    time: '',
    timeId: prebooking.timeId,
    classId: undefined,
    name: prebooking.className ?? '',
    coach: undefined,
    limit: undefined,
    occupied: undefined,
    waitlist: undefined,
    mine: undefined,
    reservationId: undefined,
  };
  return { prebooking, box, session, choices: [slot] };
}

/** What is asked of the gym for one aim. */
export function bookWishOf(contender: Contender, aim: Aim): BookWish {
  const slot = contender.choices[aim.choice] ?? contender.choices[0];
  if (!slot) throw new RangeError('Expected a contender to have a choice.');
  return { slotId: slot.id, day: slot.day, familyId: contender.prebooking.familyId, waitlist: aim.waitlist };
}
