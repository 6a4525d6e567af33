// Knobs for how a fact is written down: ids and limits as text or number, other spellings of one answer. Shapes only.
import { z } from 'zod';
import { knob } from './knob-scope.ts';
import { languageShape } from './language.ts';

export const wordingKnobs = [
  knob('id-as', { as: z.enum(['number', 'string']) }),
  knob('limit-as', { as: z.enum(['number', 'string', 'text', 'slashed']) }),
  /** The state of a row that is not the member's: null, or 0 without an `idres`. */
  knob('free-row', { state: z.union([z.null(), z.literal(0)]) }),
  /** What a role says of the address of the box named by `box`; null: nothing. */
  knob('role-address', { says: z.string().nullable() }),
  /** The gym's own words beside codes that stand alone, in this language; absent: the box's. */
  knob('gym-words', { language: languageShape.optional() }),
] as const;
