// How a refusal of the call `book` looks on the wire: code, key, and text in the box's language. The house rules by which the gym refuses a booking
// are in rules.ts.
import type { Language } from './language.ts';
import { earlyText, refusalText } from './refusal-texts.ts';
import type { Visit } from './reply.ts';
import type { Refused } from './rules.ts';
import type { Slot } from './slot.ts';

export interface RefusalBody {
  bookState: number;
  errorMssg?: string;
  errorMssgLang?: string;
  max?: number;
}

type Plain = Exclude<Refused['reason'], 'too-early'>;

/** How the gym tells each reason for a refusal: by a code (here a number), or by code -12 with a key (here a text). */
const SAID: Record<Plain, number | string> = {
  full: -1,
  'no-credit': -2,
  'not-in-plan': -2,
  unpaid: -5,
  'too-late': -7,
  'daily-limit': -8,
  'booking-limit': -9,
  'same-hour': 'NOPUEDESRESERVAMISMAHORA',
  quota: 'HASSUPERADOLIMITCONTR',
  'called-off': 'ERROR_CLASE_CANCELADA',
  'staff-only': 'ERROR_SOLO_STAFF',
  'not-enabled': 'ERROR_CLASE_NO_DISPONIBLE',
  'unknown-class': 'ERROR_CLASE_NO_EXISTE',
  'not-allowed': 'ERROR_NO_PERMITIDO',
};

/** The body of the answer that refuses a booking. A refusal with a code other than -12 has no text unless the knob `gym-words` adds one. */
export function refusalBody(visit: Visit, { reason, max }: Refused, slot: Slot | undefined): RefusalBody {
  const { world, call, member, box } = visit;
  const words = world.knobs.take('gym-words', call);
  const language = words?.language ?? box?.plan.language ?? 'es';
  if (reason === 'too-early') return early(visit, slot, language);
  const said = SAID[reason];
  const errorMssg = refusalText(reason, language);
  if (typeof said === 'string') return { bookState: -12, errorMssgLang: said, errorMssg };
  const limit = reason === 'daily-limit' ? { max: max ?? member?.plan.dailyLimit ?? 1 } : {};
  return { bookState: said, ...limit, ...(words && { errorMssg }) };
}

function early({ world, call }: Visit, slot: Slot | undefined, language: Language): RefusalBody {
  const knob = world.knobs.take('early-code', call);
  if (knob?.code === -4 || !slot) return { bookState: -4 };
  const { number, unit } = notice(slot);
  const errorMssgLang = unit === 'hours' ? 'ERROR_ANTELACION_CLIENTE_HORAS' : 'ERROR_ANTELACION_CLIENTE';
  return { bookState: -12, errorMssgLang, errorMssg: earlyText(number, unit, knob?.language ?? language) };
}

function notice(slot: Slot): { number: number; unit: 'hours' | 'days' } {
  const rule = slot.box.plan.opening;
  if (rule.kind === 'hours-before') return { number: rule.hours, unit: 'hours' };
  if (rule.kind !== 'always') return { number: rule.days, unit: 'days' };
  return { number: Math.ceil((slot.startsAtMs - slot.opensAtMs) / 86_400_000), unit: 'days' };
}
