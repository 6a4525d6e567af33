// One turn: the day is read once, with the background login of one member that watches it, and its findings take effect. Reads are limited: their
// cost is counted, a 429 halves the box's limit, and a login that the gym does not know rests.
import { randomUUID } from 'node:crypto';
import pLimit from 'p-limit';
import { placesIn } from '../calendar/sync-calendars.ts';
import { asFailure } from '../failures.ts';
import type { GymKey, Slot } from '../gym/gym.ts';
import type { RaceServices } from '../race/race-context.ts';
import type { WatchTurn } from '../store/watch-store.ts';
import { isNoNews, judgeDay } from './judge-day.ts';
import { type TakeCall, takePlaces } from './take-places.ts';

/** No session is older than this, so the session is used without renewing it. */
const NEVER_RENEW = new Date(0);
/** How long a login that the gym does not know rests: the next refresh run renews it at the latest. */
const REST_MS = 20 * 60_000;
/** How many more times a failed read was tried (services/retry.ts). */
const FURTHER_TRIES = 2;
/** The pause after a 429 without a time. */
const BUSY_MS = 60_000;
/** How many days this process reads at a time; races do not wait for them. */
const CONCURRENCY = 16;
const limit = pLimit(CONCURRENCY);

/** Returns how many places were raced for. Never throws for an error of the gym's; throws database/…. */
export async function readTurn(services: RaceServices, turn: WatchTurn, call: TakeCall = {}): Promise<number> {
  const { store, clock, gym, logger } = services;
  const familyId = familyOf(turn, clock.now());
  const seen = await limit(() => look(services, turn, familyId)).catch((error: unknown) =>
    giveUp(services, turn, error),
  );
  if (!seen) return 0;
  const { slots, key } = seen;
  const found = judgeDay(turn, { slots, familyId, now: clock.now(), newId: randomUUID });
  // An anonymous caller is shown the list, too, without any places of the member's: only a login that the gym knows proves that a place is gone.
  if (found.left.length > 0) await store.chargeWatchReads(turn.box.id, turn.reader, 1, clock.now());
  const left = found.left.length > 0 && (await gym.isAlive(key)) === true ? found.left : [];
  const news = { ...found, left };
  if (isNoNews(news)) return 0;
  const begun = await store.noteWatchDay(news, clock.now());
  logger.info({ box: turn.box.at.slug, day: turn.day, begun: begun.length }, 'watch: a look found news');
  if (news.movedUp.length + left.length > 0) await noteCalendar(services, turn, slots);
  const [first] = begun;
  if (first !== undefined) await takePlaces(services, first, call);
  return begun.length;
}

/** A reader that waits for a place of a family member reads the day as that person; with several, as another one each minute. */
function familyOf({ reader, watches }: WatchTurn, now: Date): string | undefined {
  const waiting = watches.filter(({ kind, userId }) => kind === 'move-up' && userId === reader);
  return waiting[Math.floor(now.getTime() / 60_000) % waiting.length]?.familyId;
}

interface Seen {
  readonly slots: readonly Slot[];
  readonly key: GymKey;
}

/** A dead session is renewed and the read repeated once: the gym refused the first read. Undefined: the reader rests now. */
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

/** The reader's own places at present. */
const noteCalendar = (
  { store, clock }: RaceServices,
  { box, day, reader: userId }: WatchTurn,
  slots: readonly Slot[],
): Promise<number> => store.notePlaces({ userId, boxId: box.id, day, mine: placesIn(slots, box), now: clock.now() });
