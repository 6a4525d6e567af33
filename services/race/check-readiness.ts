// Checks each waiting prebooking three times before its opening (a day, an hour and five minutes before), and stores how ready it is. The check
// changes nothing at the gym and renews no session. One read of a box's day serves all prebookings of that box and day; one whoami request per
// prebooking checks whether the gym knows the member's session.
import pLimit from 'p-limit';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import type { Gym, GymBox, GymKey, Slot } from '../gym/gym.ts';
import { choicesOf, missingOf } from '../prebooking/class-choice.ts';
import type { Missing } from '../prebooking/outcome.ts';
import { isAssumed } from '../prebooking/possible-openings.ts';
import { judgeReadiness, MARKS_MS, type Readiness } from '../prebooking/readiness.ts';
import type { Freshener } from '../renewal/freshen.ts';
import type { Box } from '../store/box-store.ts';
import type { ReadinessDue } from '../store/prebooking-store.ts';
import type { Store } from '../store/store.ts';
import { confidenceIn, isOpeningByRule } from './learn-opening.ts';

export interface ReadinessServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

const CONCURRENCY = 4;
/** An instant before every session's last successful renewal: with this instant as `staleAt`, no session is renewed. */
const NEVER_RENEW = new Date(0);
const SECOND_MS = 1_000;

/**
 * Checks the prebookings that are due for a check, and returns for how many the readiness was stored. No check begins after `until`; the next pass
 * checks the remaining prebookings. Throws database/….
 */
export async function checkReadiness(services: ReadinessServices, until: Date): Promise<number> {
  const { store, clock, logger } = services;
  const due = await store.readinessDue(MARKS_MS, clock.now());
  const limit = pLimit(CONCURRENCY);
  const looks: Looks = { days: new Map(), down: new Set() };
  const boxes = new Map<string, Promise<BoxSight | undefined>>();
  const looked = due.map((one) =>
    limit(async () => {
      if (clock.now() >= until) return 0;
      const seen = boxes.get(one.boxId) ?? lookAtBox(services, one.boxId);
      boxes.set(one.boxId, seen);
      const readiness = await lookAt(services, one, await seen, looks);
      if (readiness.level !== 'green')
        logger.warn(
          { prebookingId: one.id, level: readiness.level, findings: readiness.findings.map(({ kind }) => kind) },
          'survey: not ready',
        );
      return store.noteReadiness(one.id, readiness, clock.now());
    }),
  );
  return (await Promise.all(looked)).filter((rows) => rows === 1).length;
}

interface Looks {
  readonly days: Map<string, Promise<readonly Slot[] | undefined>>;
  /** The slugs of boxes for which the reading of some day's classes failed in this pass; the pass reads no more days of these boxes. */
  readonly down: Set<string>;
}

interface BoxSight {
  readonly box: Box;
  readonly skewMs: number | undefined;
}

async function lookAtBox(services: ReadinessServices, boxId: string): Promise<BoxSight | undefined> {
  const box = await services.store.readBox(boxId);
  if (!box) return undefined;
  return { box, skewMs: await skewOf(services, box.at).catch(() => undefined) };
}

/**
 * One `Date` header and its round trip show to within a second how far the gym's clock is from ours, which is exact enough for the readiness check.
 */
async function skewOf({ clock, gym }: ReadinessServices, at: GymBox): Promise<number> {
  const before = clock.now().getTime();
  const { dateMs } = await gym.probeClock(at);
  const after = clock.now().getTime();
  if (dateMs > after) return dateMs - after;
  return dateMs + SECOND_MS < before ? dateMs + SECOND_MS - before : 0;
}

async function lookAt(
  services: ReadinessServices,
  one: ReadinessDue,
  sight: BoxSight | undefined,
  looks: Looks,
): Promise<Readiness> {
  const key = await keyOf(services, one);
  const day = key && sight && readDayOnce(services, looks, one, sight.box.at, key);
  const [isAlive, slots] = await Promise.all([key && services.gym.isAlive(key), day]);
  const isByRule = sight !== undefined && isOpeningByRule(sight.box, one);
  return judgeReadiness(
    {
      backgroundStatus: one.backgroundStatus,
      isAlive,
      couldReadDay: slots !== undefined,
      missing: slots && missingFrom(one, slots),
      hasWakeUp: one.status === 'scheduled' && one.messageId !== undefined,
      openingConfidence: sight && confidenceIn(sight.box, one),
      isZoneAssumed: isByRule && isAssumed(sight.box),
      skewMs: sight?.skewMs,
    },
    services.clock.now(),
  );
}

/**
 * A day that lists no classes counts as not published yet, so no wished class counts as missing from it. A wished class that is gone from the gym's
 * list counts as missing only if none of the prebooking's alternatives is listed. A wished class that the gym has changed counts as missing even if
 * an alternative is listed, because the member is asked about the change.
 */
function missingFrom(one: ReadinessDue, slots: readonly Slot[]): Missing | undefined {
  const missing = slots.length > 0 ? missingOf(one, slots) : undefined;
  return missing === 'class-changed' || choicesOf(one, slots).length === 0 ? missing : undefined;
}

async function keyOf({ freshener, logger }: ReadinessServices, one: ReadinessDue): Promise<GymKey | undefined> {
  try {
    return (await freshener.background(one.userId, { staleAt: NEVER_RENEW })).session.key;
  } catch (error) {
    logger.warn({ prebookingId: one.id, code: asFailure(error).code }, 'survey: no session to look with');
    return undefined;
  }
}

/**
 * All members see the same classes, so a day that the gym does not show to one member's dead session is read again with the next member's session. If
 * reading a box's day throws, the pass reads no more days of that box.
 */
async function readDayOnce(
  { gym }: ReadinessServices,
  { days, down }: Looks,
  one: ReadinessDue,
  at: GymBox,
  key: GymKey,
): Promise<readonly Slot[] | undefined> {
  const which = `${at.slug} ${one.day}`;
  const known = await days.get(which);
  if (known || down.has(at.slug)) return known;
  const reading = gym.readDay(key, at, one.day).then(
    (day) => (day.kind === 'day' ? day.slots : undefined),
    () => {
      down.add(at.slug);
      return undefined;
    },
  );
  days.set(which, reading);
  return reading;
}
