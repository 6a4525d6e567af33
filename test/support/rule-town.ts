// A box with three members and with the same classes every Tuesday; each class opens three days before its start. The functions of this file make
// rules and read the prebookings made from rules.
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import type { RuleWish } from '../../services/rule/rule.ts';
import type { Rule } from '../../services/store/rule-store.ts';
import type { Store } from '../../services/store/store.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';

/**
 * Sunday 1 March 2026, noon in UTC. At `SUNDAY` the class of 3 March is open; the class of 10 March opens on 7 March, and the class of 17 March on 14
 * March.
 */
export const SUNDAY = new Date('2026-03-01T12:00:00Z');
export const [OPEN_DAY, NEXT_DAY, LATER_DAY] = ['20260303', '20260310', '20260317'] as const;
/** When the class of 10 March opens: 18:00 in Madrid on 7 March. */
export const NEXT_OPENS = new Date('2026-03-07T17:00:00Z');
export const THREE_DAYS = { kind: 'days-before', days: 3 } as const;

const tuesday = { weekday: 2, classId: 5, limit: 12 } as const;
export const ruleTown: ScenarioInput = {
  boxes: [
    {
      ...{ slug: 'norte', boid: 77, name: 'Box Norte', opening: THREE_DAYS },
      timetable: [
        { ...tuesday, time: '18:00 - 19:00', className: 'WOD' },
        { ...tuesday, time: '19:00 - 20:00', className: 'WOD' },
        { ...tuesday, time: '20:00 - 21:00', className: 'Yoga' },
      ],
    },
  ],
  members: ['Ana', 'Bea', 'Cleo'].map((name, at) => ({
    ...{ id: at + 1, name, email: `${name.toLowerCase()}@example.test`, password: 'right', boxes: ['norte'] },
  })),
};

/** Stores a rule, by default for the class WOD every Tuesday at 18:00; the fields given in `wish` replace the default ones. */
export async function ruleOf(
  store: Store,
  { userId, boxId, now, ...wish }: { userId: string; boxId: string; now: Date } & Partial<RuleWish>,
): Promise<Rule> {
  const asked = { boxId, weekday: 2, timeId: '1800_60', className: 'WOD', ...wish };
  const kept = await store.keepRule({ id: randomUUID(), userId, isNew: true, wish: asked, now });
  if (!kept) throw new Error('Expected the rule to be kept.');
  return kept.rule;
}

/**
 * The pairs of rule and day for which the rule made more than one prebooking, not counting prebookings that the rule itself withdrew. A correct
 * service makes at most one prebooking for a rule and a day.
 */
export async function askedTwice(pool: Pool): Promise<unknown[]> {
  const { rows } = await pool.query(
    `select rule_id, day, count(*)::integer as times from prebookings
     where rule_id is not null and reason is distinct from 'the rule' group by 1, 2 having count(*) > 1`,
  );
  return rows;
}
