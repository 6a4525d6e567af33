// Reads one watched day once, with the background session of one member that watches the day, and stores what the read found. Reads of the gym are
// limited: each counts against the rate limit of its box, a 429 halves that limit, and a session that the gym does not know is not used for a while.
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { placesIn } from '../calendar/sync-calendars.ts';
import { asFailure } from '../failures.ts';
import type { GymKey, Slot } from '../gym/gym.ts';
import type { RaceServices } from '../race/race-context.ts';
import type { WatchTurn } from '../store/watch-store.ts';
import { isNoNews, judgeDay } from './judge-day.ts';
import { type TakeCall, takePlaces } from './take-places.ts';

/** No session's last success is older than this instant, so a session is used without being renewed. */
const NEVER_RENEW = new Date(0);
/**
 * How long, in ms, no watched day is read with a background session that could not be used. A refresh run that may renew the session comes within
 * this time.
 */
const REST_MS = 20 * 60_000;
/** How many times services/retry.ts has repeated a read that failed in the end: these repetitions count towards the box's hourly limit of reads. */
const FURTHER_TRIES = 2;
/** For how long, ms, a box is not read after a 429 that has no Retry-After. */
const BUSY_MS = 60_000;
/** How many watched days this process reads at a time; races do not wait for these reads. */
const CONCURRENCY = 16;
const limit = pLimit(CONCURRENCY);

/** Reads one watched day, and returns for how many free places it began a prebooking. An error of the gym is not thrown; throws database/…. */
export async function readTurn(services: RaceServices, turn: WatchTurn, call: TakeCall = {}): Promise<number> {
  const { store, clock, gym, logger } = services;
  const familyId = familyOf(turn, clock.now());
  const seen = await limit(() => look(services, turn, familyId)).catch((error: unknown) =>
    giveUp(services, turn, error),
  );
  if (!seen) return 0;
  const { slots, key } = seen;
  const found = judgeDay(turn, { slots, familyId, now: clock.now(), newId: randomUUID });
  // Anonymous callers, too, get the gym's list of a day, without any member's places: only a list read with a session that the gym knows proves that
  // the member's place is gone.
  if (found.left.length > 0) await store.chargeWatchReads(turn.box.id, turn.reader, 1, clock.now());
  const left = found.left.length > 0 && (await gym.isAlive(key)) === true ? found.left : [];
  const news = { ...found, left };
  if (isNoNews(news)) return 0;
  const begun = await store.noteWatchDay(news, clock.now());
  logger.info({ box: turn.box.at.slug, day: turn.day, begun: begun.length }, 'watch: a look found news');
  if (news.movedUp.length + left.length > 0) await noteCalendar(services, turn, { slots, familyId });
  const [first] = begun;
  if (first !== undefined) await takePlaces(services, first, call);
  return begun.length;
}

/**
 * Returns the family member for whom the day is read with the session of the member `reader`; undefined if the day is read for `reader`. If `reader`
 * watches several waitlist places on the day, each minute the next of these places decides for whom the day is read.
 */
function familyOf({ reader, watches }: WatchTurn, now: Date): string | undefined {
  const waiting = watches.filter(({ kind, userId }) => kind === 'move-up' && userId === reader);
  return waiting[Math.floor(now.getTime() / 60_000) % waiting.length]?.familyId;
}

interface Seen {
  readonly slots: readonly Slot[];
  readonly key: GymKey;
}

/**
 * Reads the gym's list of the watched day. If the gym does not accept the cookies of the background session of the member `reader`, renews the
 * session and reads the list once more. Returns undefined if no read showed the list: the background session of `reader` is then not used for reads
 * for twenty minutes.
 */
async function look(
  { store, gym, freshener, clock }: RaceServices,
  { box, day, reader }: WatchTurn,
  familyId: string | undefined,
): Promise<Seen | undefined> {
  const { session } = await freshener.background(reader, { staleAt: NEVER_RENEW });
  const first = await gym.readDay(session.key, box.at, day, familyId);
  if (first.kind === 'day') return { slots: first.slots, key: session.key };
  await store.chargeWatchReads(box.id, reader, 1, clock.now());
  const renewed = await freshener.background(reader, { staleAt: session.lastSuccessAt });
  const second = renewed.trouble ? first : await gym.readDay(renewed.session.key, box.at, day, familyId);
  if (second.kind === 'day') return { slots: second.slots, key: renewed.session.key };
  await rest({ store, clock }, { box, day, reader });
  return undefined;
}

function rest(
  { store, clock }: Pick<RaceServices, 'store' | 'clock'>,
  { box, day, reader: userId }: Pick<WatchTurn, 'box' | 'day' | 'reader'>,
): Promise<number> {
  const now = clock.now();
  return store.restWatchReader({ boxId: box.id, day, userId, until: new Date(now.getTime() + REST_MS), now });
}

async function giveUp(services: RaceServices, turn: WatchTurn, error: unknown): Promise<undefined> {
  const { store, clock, logger } = services;
  const { box, day, reader } = turn;
  const { code, retryAfterMs = BUSY_MS } = asFailure(error);
  logger.info({ box: box.at.slug, day, code }, 'watch: the day could not be read');
  if (code.startsWith('database/')) throw error;
  const now = clock.now();
  if (code.startsWith('session/') || code.startsWith('seal/')) return void (await rest(services, turn));
  await store.chargeWatchReads(box.id, reader, FURTHER_TRIES, now);
  if (code !== 'gym/busy') return undefined;
  const perHour = await store.cutWatchBudget(box.id, new Date(now.getTime() + retryAfterMs), now);
  logger.warn({ box: box.at.slug, perHour }, 'watch: the gym is busy, the box is read half as often');
  return undefined;
}

/**
 * Updates the calendar feed of the member whose session read the day, from the gym's list. If the day was read for the family member `familyId`, only
 * that family member's places in the feed are updated.
 */
const noteCalendar = (
  { store, clock }: RaceServices,
  { box, day, reader: userId }: WatchTurn,
  { slots, familyId }: { readonly slots: readonly Slot[]; readonly familyId: string | undefined },
): Promise<number> => {
  const mine = placesIn(slots, box);
  return store.notePlaces({ userId, boxId: box.id, day, familyId, mine, now: clock.now() });
};
