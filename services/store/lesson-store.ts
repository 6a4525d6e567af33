// What members' bookings taught about a box, shared by all who go there. A lesson has an id: asked again after a lost answer, it counts once.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { OpeningRule } from '../prebooking/opening-rule.ts';
import type { Call } from './call.ts';
import { type Box, boxRow, seenOpeningRow } from './rows.ts';

export const lessonStore = (call: Call) => ({
  /** Undefined as rule: the present one failed, and nobody knows a better. Answers the box as it now stands. */
  teachOpeningRule: (boxId: string, rule: OpeningRule | undefined, source: 'announced' | 'observed') =>
    call('teach_opening_rule', { box_id: boxId, rule, source, lesson: randomUUID() }, boxRow.nullable()),
  /** Answers the box's latest seen openings, this one first. */
  noteOpening: (a: { boxId: string; day: string; timeId: string; opensAt: Date; now: Date }) =>
    call(
      'note_opening',
      { box_id: a.boxId, day: a.day, time_id: a.timeId, opens_at: a.opensAt, now: a.now },
      z.array(seenOpeningRow),
    ),
  /** Keeps what is known of the gym's clock: whole values, so that the same lesson may be kept twice. Absent fields stay as they are. */
  noteClock: (boxId: string, clock: Partial<Box['clock']>) =>
    call('note_clock', { box_id: boxId, clock }, boxRow.nullable()),
});
