// Turns the days of rules into prebookings, once a minute. A pass stores the coming days of the rules, reads a day of a box at most once for all
// rules, and makes at most one prebooking for each rule and day. The numbers of rules, of rules' days, of days read of one box, and of prebookings in
// one pass are limited; the next pass does what was left.
import pLimit from 'p-limit';
import type { WriteServices } from '../booking/write-wish.ts';
import { asFailure } from '../failures.ts';
import type { Box } from '../store/box-store.ts';
import type { DueRuleDay, RuleDayLine } from '../store/rule-day-store.ts';
import { askForDay, type DayAsked } from './ask-for-day.ts';
import { type ReadServices, readSharedDay } from './shared-day.ts';

export type ExpandServices = WriteServices & ReadServices;

const DAY_MS = 24 * 60 * 60_000;
/** A rule's class that opens within this many ms becomes a prebooking. */
export const AHEAD_MS = 8 * DAY_MS;
/** For how many coming days a rule asks for a class at a box with an unknown opening rule. */
const LISTED_DAYS = 14;
/** A rule's coming days are written into the table `rule_days` once in this time, ms. */
const PLAN_EVERY_MS = 12 * 60 * 60_000;
const MAX_PLANNED = 500;
const MAX_DUE = 600;
/** In one pass at most this many days of one box are read at the gym. `MAX_READS_A_BOX` spares the gym, however many members the box has. */
const MAX_READS_A_BOX = 2;
/** In one pass at most this many prebookings are made: making one takes some milliseconds of this process, and races come first. */
const MAX_WISHES = 100;
const CONCURRENCY = 6;

export interface Expanded {
  /** How many prebookings the pass made. */
  readonly asked: number;
  /** How many of the gym's lists the pass read, each for one box and one day. */
  readonly read: number;
}

export interface ExpandRequest {
  /** From this instant on, the pass takes up no further day on which a rule asks for a class. */
  readonly until: Date;
  /** The id of the one member whose rules become prebookings in this pass. Without this field the pass handles the rules of all members. */
  readonly userId?: string | undefined;
  /** If set, the pass takes up only days whose class opens by this instant; the other days are left to a later pass. */
  readonly opensBefore?: Date | undefined;
}

/**
 * Runs one pass: plans the rules that are due, and turns the rule days that are due into prebookings. Throws database/…. An error in the work for one
 * day is logged, and the pass goes on with the other days.
 */
export async function expandRules(services: ExpandServices, request: ExpandRequest): Promise<Expanded> {
  const { store, clock } = services;
  const { until, userId, opensBefore } = request;
  const now = clock.now();
  const times = { aheadMs: AHEAD_MS, listedDays: LISTED_DAYS, againMs: PLAN_EVERY_MS, limit: MAX_PLANNED };
  await store.planRules({ userId, ...times, now });
  const { days, boxes } = await store.ruleDaysDue({ userId, opensBefore, limit: MAX_DUE, now });
  const pass: Pass = { asked: 0, read: 0, lines: [] };
  // `ruleDaysDue` returns the days in the order of their openings, and the days of each box stay in that order.
  const byBox = Map.groupBy(days, ({ boxId }) => boxId);
  const groups = [...byBox].flatMap(([boxId, rows]) => {
    const box = boxes.find(({ id }) => id === boxId);
    return box ? [{ box, days: rows }] : [];
  });
  // A box that does not answer counts among the `CONCURRENCY` boxes under way until its calls time out; all other boxes go on.
  const limit = pLimit(CONCURRENCY);
  await Promise.all(groups.map((group) => limit(() => expandBox(services, pass, group, until))));
  if (pass.lines.length > 0) await store.noteRuleDays(pass.lines, clock.now());
  return { asked: pass.asked, read: pass.read };
}

interface Pass {
  asked: number;
  read: number;
  readonly lines: RuleDayLine[];
}

interface BoxDays {
  readonly box: Box;
  readonly days: readonly DueRuleDay[];
}

async function expandBox(services: ExpandServices, pass: Pass, { box, days }: BoxDays, until: Date): Promise<void> {
  const byDay = Map.groupBy(days, ({ day }) => day);
  let reads = 0;
  for (const [day, rows] of byDay) {
    if (pass.asked >= MAX_WISHES || services.clock.now() >= until) return;
    const readers = rows.filter(({ wish, hasLogin }) => wish && hasLogin).map(({ userId }) => userId);
    if (readers.length > 0 && reads >= MAX_READS_A_BOX) continue;
    reads += readers.length > 0 ? 1 : 0;
    const turn = Math.floor(services.clock.now().getTime() / 60_000);
    const listed = await readSharedDay(services, { box, day, userIds: [...new Set(readers)], turn });
    pass.read += readers.length > 0 ? 1 : 0;
    for (const row of rows) {
      if (pass.asked >= MAX_WISHES) return;
      const { prebooking, line } = await quietly(services, row, () => askForDay(services, row, box, listed));
      if (prebooking) pass.asked += 1;
      if (line) pass.lines.push(line);
    }
  }
}

/** Runs the work for one day and logs its error; a day with an error is due again at the next pass. */
async function quietly(
  { logger }: ExpandServices,
  { ruleId, day }: DueRuleDay,
  work: () => Promise<DayAsked>,
): Promise<DayAsked> {
  try {
    return await work();
  } catch (error) {
    logger.error({ ruleId, day, code: asFailure(error).code, err: error }, 'rules: one day failed');
    return {};
  }
}
