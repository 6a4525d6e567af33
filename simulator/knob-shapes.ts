// The shapes of all kinds of knobs: the faults, house rules and wordings that can be turned on while the pretend gym runs. This file applies no knob:
// knobs.ts picks the knob that matches a call, and exchange.ts and the routes do what the knob says.
import { z } from 'zod';
import { faultKnobs } from './fault-knobs.ts';
import { ruleKnobs } from './rule-knobs.ts';
import { wordingKnobs } from './wording-knobs.ts';

export type { Loss } from './fault-knobs.ts';
export type { Operation } from './knob-scope.ts';

/** The shape of any knob; parsing throws ZodError on an unknown kind or field. */
export const knobShape = z.discriminatedUnion('kind', [...faultKnobs, ...ruleKnobs, ...wordingKnobs]);
export type Knob = z.infer<typeof knobShape>;
export type KnobInput = z.input<typeof knobShape>;
export type KnobKind = Knob['kind'];
export type KnobOf<K extends KnobKind> = Extract<Knob, { kind: K }>;
