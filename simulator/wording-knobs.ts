// Knobs for how a fact is written down: ids and limits as text or number, other spellings of one answer. Shapes only.
import { z } from 'zod';
import { knob } from './knob-scope.ts';

export const wordingKnobs = [
  knob('id-as', { as: z.enum(['number', 'string']) }),
  knob('limit-as', { as: z.enum(['number', 'string', 'text']) }),
  /** What a role says of the address of the box named by `box`; null: nothing. */
  knob('role-address', { says: z.string().nullable() }),
] as const;
