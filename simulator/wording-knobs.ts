// Knobs for how a fact is written down: ids and limits as text or number, other spellings of one answer. Shapes only.
import { z } from 'zod';
import { knob } from './knob-scope.ts';
import { languageShape } from './language.ts';

/** The shapes of these kinds. */
export const wordingKnobs = [
  /** Under which name tokenUpdate hands out the new token. */
  knob('token-field', { name: z.string() }),
  /** Absent: the reservation's id in book's answer is text, every other id a number. */
  knob('id-as', { as: z.enum(['number', 'string']) }),
  knob('limit-as', { as: z.enum(['number', 'string', 'text', 'slashed']) }),
  /** The state of a row that is not the member's: null, or 0 without an `idres`. */
  knob('free-row', { state: z.union([z.null(), z.literal(0)]) }),
  /** whoami's `data`: a list with one entry, or the entry itself. */
  knob('whoami-as', { as: z.enum(['list', 'object']) }),
  /** Where setrefresh sends its caller on: by a page of 200 with a script, or by a 302. */
  knob('setrefresh-as', { as: z.enum(['page', 'redirect']) }),
  /** The bytes of the answer; undeclared, the head says UTF-8 all the same. */
  knob('charset', { as: z.literal('iso-8859-1'), declare: z.boolean().default(true) }),
  /** What a role says of the address of the box named by `box`; null: nothing. */
  knob('role-address', { says: z.string().nullable() }),
  /** The whole list of a member's roles in login and whoami, of any shape; null and texts too. */
  knob('roles', { says: z.unknown() }),
  /** The gym's own words beside codes that stand alone, in this language; absent: the box's. */
  knob('gym-words', { language: languageShape.optional() }),
] as const;
