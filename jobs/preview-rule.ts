// What the coming weeks of a rule look like: when each class opens and begins, what the gym's list of its day shows, and what the rule will do. The
// preview changes nothing. The gym is asked with the member's device session, within the limits for requests by hand; days beyond these limits are
// shown as not asked.
import { keepPace } from '../services/booking/rate-limit.ts';
import {
  type ByHandServices,
  type Caller,
  ownBox,
  withDeviceSession,
} from '../services/booking/with-device-session.ts';
import { asFailure, Failure } from '../services/failures.ts';
import type { Gym } from '../services/gym/gym.ts';
import { localDay } from '../services/prebooking/opening-rule.ts';
import { confidenceOf } from '../services/race/learn-opening.ts';
import { type PreviewDay, previewDay, type SeenDay } from '../services/rule/preview.ts';
import { daysOfWeekday } from '../services/rule/rule-days.ts';
import type { OwnBox } from '../services/store/box-store.ts';
import type { Rule } from '../services/store/rule-store.ts';

export interface Preview {
  readonly rule: Rule;
  readonly box: OwnBox;
  readonly days: readonly PreviewDay[];
}

export type PreviewServices = ByHandServices & { readonly gym: Gym };

/** Throws rule/missing, box/missing, database/…. */
export async function previewRule(
  services: PreviewServices,
  { ruleId, weeks, ...caller }: Caller & { readonly ruleId: string; readonly weeks: number },
): Promise<Preview> {
  const { store, clock } = services;
  const rule = (await store.readRules(caller.userId)).find(({ id }) => id === ruleId);
  if (!rule) throw new Failure('rule/missing', 'Expected one of your own rules.');
  const box = await ownBox(services, caller.userId, rule.boxId);
  const now = clock.now();
  const listed = daysOfWeekday(rule.weekday, localDay(now, box.timeZone), weeks);
  const rows = await store.readRuleDays(ruleId, listed);
  const seen = await readDays(services, caller, { box, rule, days: listed });
  const confidence = box.openingRule === undefined ? 0 : confidenceOf(box);
  const days = rows.map((row, at) => previewDay({ rule, box, row, seen: seen[at], confidence, now }));
  return { rule, box, days };
}

/** After this many days in a row for which the gym lists nothing, the gym is not asked about later days, which count as not published yet. */
const MAX_EMPTY = 2;

/**
 * Reads the days one after another, so that a gym that refuses is not asked again. If the gym's list of one day cannot be read, the result holds only
 * the days before that day.
 */
async function readDays(
  services: PreviewServices,
  caller: Caller,
  { box, rule, days }: { box: OwnBox; rule: Rule; days: readonly string[] },
): Promise<(SeenDay | undefined)[]> {
  const seen: (SeenDay | undefined)[] = [];
  let empty = 0;
  for (const day of days) {
    if (empty >= MAX_EMPTY) {
      seen.push({ slots: [], notices: [] });
      continue;
    }
    const one = await readOne(services, caller, { box, day, familyId: rule.familyId });
    if (!one) break;
    seen.push(one);
    empty = one.slots.length === 0 && one.notices.length === 0 ? empty + 1 : 0;
  }
  return seen;
}

async function readOne(
  services: PreviewServices,
  caller: Caller,
  { box, day, familyId }: { box: OwnBox; day: string; familyId: string | undefined },
): Promise<SeenDay | undefined> {
  try {
    await keepPace(services, { userId: caller.userId, boxId: box.id });
    return await withDeviceSession(services, caller, (key) => services.gym.readDay(key, box.at, day, familyId));
  } catch (error) {
    const { code } = asFailure(error);
    if (/^(gym|session|request)\//.test(code)) return undefined;
    throw error;
  }
}
