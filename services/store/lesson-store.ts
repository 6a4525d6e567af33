// What members' bookings taught about a box, shared by all who go there. A lesson has an id: asked again after a lost answer, it counts once.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { OpeningRule } from '../prebooking/opening-rule.ts';
import type { Call } from './call.ts';
import { boxRow, seenOpeningRow } from './rows.ts';

export const lessonStore = (call: Call) => ({
  /** Undefined as rule: the present one failed, and nobody knows a better. Answers the box as it now stands. */
  teachOpeningRule: (boxId: string, rule: OpeningRule | undefined, source: 'announced' | 'observed') =>
    call('teach_opening_rule', { box_id: boxId, rule, source, lesson: randomUUID() }, boxRow.nullable()),
  /** Moves an assumed zone only. `postponed`: the wish that was refused at the earlier instants; without one the opening was seen. */
  teachTimeZone: (boxId: string, timeZone: string, postponed: string | undefined) =>
    call('teach_time_zone', { box_id: boxId, time_zone: timeZone, postponed }, boxRow.nullable()),
  /** Answers the box's latest seen openings, this one first. */
  noteOpening: (a: { boxId: string; day: string; timeId: string; opensAt: Date; now: Date }) =>
    call(
      'note_opening',
      { box_id: a.boxId, day: a.day, time_id: a.timeId, opens_at: a.opensAt, now: a.now },
      z.array(seenOpeningRow),
    ),
  /** How many first shots came too early at a right opening, and how many did not. Answers the margin, ms. */
  teachMargin: (boxId: string, a: { early: number; fine: number; now: Date }) =>
    call(
      'teach_margin',
      { box_id: boxId, early: a.early, fine: a.fine, now: a.now, lesson: randomUUID() },
      z.number().nullable(),
    ),
});
