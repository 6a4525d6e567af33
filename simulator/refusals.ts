// How a refusal of book looks on the wire: code, key, text in the gym's language.
// The rules themselves are in rules.ts.
import type { KnobOf } from './knob-shapes.ts';
import type { RefusalReason } from './rules.ts';
import type { Slot } from './slot.ts';
import type { Member } from './world.ts';

type Language = KnobOf<'early-code'>['language'];
export interface RefusalBody {
  bookState: number;
  errorMssg?: string;
  errorMssgLang?: string;
  max?: number;
}

const PLAIN: Record<Exclude<RefusalReason, 'too-early'>, RefusalBody> = {
  full: { bookState: -1 },
  'no-credit': { bookState: -2 },
  unpaid: { bookState: -5 },
  'too-late': { bookState: -7 },
  'daily-limit': { bookState: -8 },
  'booking-limit': { bookState: -9 },
  'same-hour': keyed('NOPUEDESRESERVAMISMAHORA', 'No puedes reservar dos clases a la misma hora'),
  quota: keyed('HASSUPERADOLIMITCONTR', 'Has superado el límite de clases de tu contrato'),
  'unknown-class': keyed('ERROR_CLASE_NO_EXISTE', 'La clase no existe'),
  'not-allowed': keyed('ERROR_NO_PERMITIDO', 'No tienes permiso para reservar en este centro'),
};

function keyed(errorMssgLang: string, errorMssg: string): RefusalBody {
  return { bookState: -12, errorMssgLang, errorMssg };
}

/** The body of a refusal; `early` tells code and language of "too early". */
export function refusalBody(
  reason: RefusalReason,
  member: Member,
  slot: Slot | undefined,
  early: KnobOf<'early-code'> | undefined,
): RefusalBody {
  if (reason !== 'too-early') {
    const { dailyLimit } = member.plan;
    return reason === 'daily-limit' ? { ...PLAIN[reason], max: dailyLimit ?? 1 } : PLAIN[reason];
  }
  if (early?.code === -4 || !slot) return { bookState: -4 };
  const { number, unit } = notice(slot);
  const key = unit === 'hours' ? 'ERROR_ANTELACION_CLIENTE_HORAS' : 'ERROR_ANTELACION_CLIENTE';
  return keyed(key, earlyText(number, unit, early?.language ?? 'es'));
}

function notice(slot: Slot): { number: number; unit: 'hours' | 'days' } {
  const rule = slot.box.plan.opening;
  if (rule.kind === 'hours-before') return { number: rule.hours, unit: 'hours' };
  if (rule.kind !== 'always') return { number: rule.days, unit: 'days' };
  return { number: Math.ceil((slot.startsAtMs - slot.opensAtMs) / 86_400_000), unit: 'days' };
}

function earlyText(number: number, unit: 'hours' | 'days', language: Language): string {
  const words = {
    es: { hours: 'horas', days: 'días' },
    ca: { hours: 'hores', days: 'dies' },
    en: { hours: 'hours', days: 'days' },
  };
  const word = words[language][unit];
  if (language === 'ca') return `No pots reservar amb més de ${number} ${word} d'antelació`;
  if (language === 'en') return `You cannot book more than ${number} ${word} in advance`;
  return `No puedes reservar con más de ${number} ${word} de antelación`;
}
