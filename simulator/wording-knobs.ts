// Shapes of the knobs for how an answer is written: ids and limits as text or number, other names of fields, other forms of the same values.
import { z } from 'zod';
import { knob } from './knob-scope.ts';
import { languageShape } from './language.ts';

/** The shapes of the knobs for how an answer is written. */
export const wordingKnobs = [
  /** The name of the field in which tokenUpdate hands out the new token. */
  knob('token-field', { name: z.string() }),
  /** How ids are written in answers. Without this knob the reservation's id in the answer of `book` is text, and every other id is a number. */
  knob('id-as', { as: z.enum(['number', 'string']) }),
  knob('limit-as', { as: z.enum(['number', 'string', 'text', 'slashed']) }),
  /**
   * The `bookState` of a class in which the member has no place, in the gym's list of a day. With null, the row's `idres` is null, too; with 0, the
   * row has no `idres`.
   */
  knob('free-row', { state: z.union([z.null(), z.literal(0)]) }),
  /** The form of whoami's `data`: a list with one entry, or the entry itself. */
  knob('whoami-as', { as: z.enum(['list', 'object']) }),
  /** How setrefresh sends its caller on: by a page with a script, or by a 302. */
  knob('setrefresh-as', { as: z.enum(['page', 'redirect']) }),
  /** The charset of the answer's bytes; with `declare: false` the answer's head says UTF-8 although the bytes are in this charset. */
  knob('charset', { as: z.literal('iso-8859-1'), declare: z.boolean().default(true) }),
  /**
   * The web address of one box, named by the knob's field `box`, in the list `roles` of the gym's answers to login and whoami. If the field `says` is
   * null, the gym's answers to login and whoami give no address for the knob's box.
   */
  knob('role-address', { says: z.string().nullable() }),
  /** The whole list of a member's roles in login and whoami, of any shape, also null or a text. */
  knob('roles', { says: z.unknown() }),
  /** Adds a sentence of the gym, in the language `language` or by default the box's, to refusals that otherwise hold only a code. */
  knob('gym-words', { language: languageShape.optional() }),
] as const;
