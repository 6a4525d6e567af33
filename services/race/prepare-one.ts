// While a race is prepared, reads the gym's list for the day of one wish, with the background session of the wish's member. Only a session of that
// member shows the member's places. The gym's list is read during the preparation because classes may have got other ids overnight. A class absent
// from one read of the gym's list proves nothing; prepare.ts decides when to read again.
import pLimit, { type LimitFunction } from 'p-limit';
import type { Logger } from 'pino';
import { type Clock, within } from '../clock.ts';
import { asFailure, type FailureCode } from '../failures.ts';
import type { Gym, GymBox, Slot } from '../gym/gym.ts';
import { choicesOf, missingOf } from '../prebooking/class-choice.ts';
import type { Missing } from '../prebooking/outcome.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Freshener } from '../renewal/freshen.ts';
import { BACKGROUND_STALE_MS } from '../session/freshness.ts';
import type { BackgroundSession } from '../session/session.ts';
import { createEntrant, type Decided, type Entrant } from './entrant.ts';

export interface LookServices {
  readonly clock: Clock;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/**
 * Why a read has decided nothing yet:
 * - `unseen`: the gym, or something of puntual's own, such as the database, did not answer;
 * - `unpublished`: the gym lists no class for the day;
 * - `unlisted`: the gym lists classes, and none of the wished classes may be booked; `missing` says why;
 * - `session-dead`: the gym does not know the login, or the session's cookies cannot be read;
 * - `unknown-key`: this process lacks the key of the member's session, so reading again does not help; another process may have the key.
 */
export interface Undecided {
  readonly why: 'unseen' | 'unpublished' | 'unlisted' | 'session-dead' | 'unknown-key';
  readonly missing?: Missing | undefined;
}

/**
 * What the reads for one prebooking have tried already (renewals, and opening the pages of the gym's own app), so that the gym is not asked again and
 * again.
 */
export interface Renewals {
  hasTried: boolean;
  hasTriedAgain: boolean;
  hasWarmedUp?: boolean;
  /** The result of `isKnown`, which is called at most once for each prebooking. */
  known?: Promise<boolean>;
}

/** What all members of a race share while it is prepared. */
export interface Shared {
  /** Calls `work`, which reads the gym's list, once the limit of reads at one time allows it; settles as `work` does. */
  readonly turn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly whoami: Whoami;
}

/** The `whoami` calls of one race. Once one of them got no clear answer, `isAnswered` is false, and the race begins no further `whoami` call. */
export interface Whoami {
  readonly limit: LimitFunction;
  isAnswered: boolean;
}

const WHOAMI_CONCURRENCY = 16;
export const createWhoami = (): Whoami => ({ limit: pLimit(WHOAMI_CONCURRENCY), isAnswered: true });

/** Within this time before the opening, in ms, a session is renewed only if its last renewal is more than an hour (`OLD_MS`) ago. */
const LAST_RENEWAL_MS = 12_000;
const OLD_MS = 60 * 60_000;
const NEVER = new Date(0);
/**
 * The failures that show that the member's background session cannot be used. Each of these failures ends the prebooking with the outcome
 * `session-dead`, because reading the day again would not help. A failure that is not in `NO_SESSION` decides nothing, because another read of the
 * day, or another process, may succeed.
 */
const NO_SESSION: readonly FailureCode[] = ['session/missing', 'seal/unreadable'];

/** Reads the gym's list for the day of one prebooking, and says what the read decides. Never throws. */
export async function look(
  services: LookServices,
  box: GymBox,
  prebooking: Prebooking,
  renewals: Renewals,
  { turn, whoami }: Shared,
): Promise<Entrant | Decided | Undecided> {
  const read = (with_: BackgroundSession) => services.gym.readDay(with_.key, box, prebooking.day, prebooking.familyId);
  try {
    const [session, day] = await turn(async () => {
      const own = await sessionOf(services, prebooking, renewals);
      return [own, await read(own)] as const;
    });
    const warm = warmUp(services, box, prebooking, session, renewals);
    const isEntered = async (slots: readonly Slot[]) => {
      if (renewals.hasTriedAgain || hasPlace(slots)) return true;
      renewals.known ??= isKnown(services, prebooking, session, whoami);
      return renewals.known;
    };
    if (day.kind === 'day' && (await isEntered(day.slots)))
      return entered(services.gym, { prebooking, box, session }, day.slots);
    await warm;
    if (renewals.hasTriedAgain) return { why: 'session-dead' };
    // The gym does not know the background session, which is renewed, at most once for each prebooking. A renewal during preparation delays nothing
    // at the opening.
    renewals.hasTriedAgain = true;
    const want = { staleAt: session.lastSuccessAt, throughHold: true };
    return await turn(async () => {
      const renewed = (await services.freshener.background(prebooking.userId, want)).session;
      const second = await read(renewed);
      if (second.kind !== 'day') return { why: 'session-dead' };
      return entered(services.gym, { prebooking, box, session: renewed }, second.slots);
    });
  } catch (error) {
    const { code } = asFailure(error);
    warn(services, prebooking, code);
    if (code === 'seal/unknown-key') return { why: 'unknown-key' };
    if (NO_SESSION.includes(code)) return { prebooking, outcome: 'session-dead', why: code };
    return { why: code === 'session/jar-incomplete' ? 'session-dead' : 'unseen' };
  }
}

const hasPlace = (slots: readonly Slot[]): boolean => slots.some(({ mine }) => mine !== undefined);

/** A `whoami` call that takes longer than this many ms tells nothing. */
const WHOAMI_MS = 3_000;

/**
 * False only if the gym answers in time that it does not know the session. The gym is not asked if the opening is near, or if an earlier `whoami` of
 * this race got no clear answer. The gym gives the list of a day to a session that it does not know, too, but without the member's places, and such a
 * session would be refused at the opening. `whoami` calls have a limit of their own, so they delay no other member's read of the
 * gym's list.
 */
const isKnown = (
  { clock, gym }: LookServices,
  { opensAt }: Prebooking,
  { key }: BackgroundSession,
  whoami: Whoami,
): Promise<boolean> =>
  whoami.limit(async () => {
    if (!whoami.isAnswered || opensAt.getTime() - clock.now().getTime() < LAST_RENEWAL_MS) return true;
    const isAlive = await within(clock, WHOAMI_MS, gym.isAlive(key));
    if (isAlive === undefined) whoami.isAnswered = false;
    return isAlive !== false;
  });

/** With less time than this left before the opening, the pages that the gym's own app opens after a login are not opened. */
const WARM_UP_LEFT_MS = 5_000;

/**
 * Opens the pages that the gym's own app opens after a login, at most once for each prebooking. `warmUp` never fails; `look` waits for its end only
 * if the gym did not know the session.
 */
async function warmUp(
  { clock, gym }: LookServices,
  box: GymBox,
  { opensAt }: Prebooking,
  { key }: BackgroundSession,
  renewals: Renewals,
): Promise<void> {
  if (renewals.hasWarmedUp || opensAt.getTime() - clock.now().getTime() < WARM_UP_LEFT_MS) return;
  renewals.hasWarmedUp = true;
  await gym.warmUp(key, [box]);
}

async function sessionOf(
  services: LookServices,
  prebooking: Prebooking,
  renewals: Renewals,
): Promise<BackgroundSession> {
  const now = services.clock.now();
  const leftMs = prebooking.opensAt.getTime() - now.getTime();
  const oldMs = leftMs > LAST_RENEWAL_MS ? BACKGROUND_STALE_MS : OLD_MS;
  const staleAt = renewals.hasTried ? NEVER : new Date(now.getTime() - oldMs);
  const { session, trouble } = await services.freshener.background(prebooking.userId, { staleAt, throughHold: true });
  renewals.hasTried = true;
  if (trouble) warn(services, prebooking, trouble.code);
  return session;
}

const warn = ({ logger }: LookServices, { id }: Prebooking, code: FailureCode): void =>
  logger.warn({ prebookingId: id, code }, 'race: a preparation failed');

function entered(
  gym: Gym,
  who: Pick<Entrant, 'prebooking' | 'box' | 'session'>,
  slots: readonly Slot[],
): Entrant | Decided | Undecided {
  const { prebooking } = who;
  const choices = choicesOf(prebooking, slots);
  const mine = choices.find((slot) => slot.mine === 'booked') ?? choices.find((slot) => slot.mine === 'waitlisted');
  if (mine) return { prebooking, outcome: mine.mine === 'booked' ? 'already-booked' : 'waitlisted', mine };
  if (choices.length > 0) return createEntrant(gym, { ...who, choices });
  return slots.length > 0 ? { why: 'unlisted', missing: missingOf(prebooking, slots) } : { why: 'unpublished' };
}
