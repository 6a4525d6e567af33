// The shape of a race receipt in an answer. services/prebooking/receipt.ts explains each field.
import { z } from '@hono/zod-openapi';
import { DECIDED_BY } from '../services/prebooking/outcome.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { instant } from './router.ts';

const maybeInstant = instant.nullable();
const maybeMs = z.number().nullable();
const tryShape = z.looseObject({
  /** When the booking request was sent; null if it was never sent. */
  sentAt: maybeInstant,
  answeredAt: maybeInstant,
  latenessMs: maybeMs,
  answer: z.string(),
  why: z.string().optional(),
  said: z.string().optional(),
});

/** A race's receipt in an answer. Instants have milliseconds; null stands for what did not happen and for numbers that are not reliable. */
export const receiptShape = z
  .looseObject({
    opensAt: instant,
    wokenAt: maybeInstant,
    readyAt: maybeInstant,
    sentAt: maybeInstant,
    firstByteAt: maybeInstant,
    answeredAt: maybeInstant,
    readBackAt: maybeInstant,
    latenessMs: maybeMs,
    firstLatenessMs: maybeMs,
    clockOffsetMs: maybeMs,
    rttMs: maybeMs,
    shots: z.number().nullable(),
    tries: z.array(tryShape),
    decidedBy: z.enum(DECIDED_BY).nullable(),
    words: z.string().nullable(),
    why: z.string().optional(),
    gymSaid: z.string().optional(),
    movedTo: z.string().optional(),
  })
  .openapi('Receipt');

/** Values for the fields that a receipt of an older version lacks. */
const BLANK = {
  ...{ wokenAt: null, readyAt: null, sentAt: null, firstByteAt: null, answeredAt: null, readBackAt: null },
  ...{ latenessMs: null, firstLatenessMs: null, clockOffsetMs: null, rttMs: null, shots: null, tries: [] },
  ...{ decidedBy: null, words: null },
};

/** The receipt of a prebooking; undefined if it has none, or if the stored receipt does not fit the shape. */
export function receiptOf({ receipt, opensAt }: Prebooking): z.infer<typeof receiptShape> | undefined {
  if (receipt === undefined) return undefined;
  return receiptShape.safeParse({ ...BLANK, opensAt: opensAt.toISOString(), ...receipt }).data;
}
