// The sentences with which the gym refuses a member, in its three languages. A program can read only the number in a sentence of the gym, such as
// how many hours before a class the booking opens.
import type { Language } from './language.ts';
import type { RefusalReason } from './rules.ts';

type Plain = Exclude<RefusalReason, 'too-early'>;

const TEXTS: Record<Language, Record<Plain, string>> = {
  es: {
    full: 'La clase está completa',
    'no-credit': 'No te quedan sesiones en tu bono',
    unpaid: 'Tienes un recibo pendiente de pago',
    'too-late': 'Ya no se puede reservar esta clase',
    'daily-limit': 'Has alcanzado el máximo de reservas de esta clase por día',
    'booking-limit': 'Has alcanzado el máximo de reservas',
    'same-hour': 'No puedes reservar dos clases a la misma hora',
    quota: 'Has superado el límite de clases de tu contrato',
    'not-in-plan': 'Tu tarifa no incluye esta clase',
    'called-off': 'La clase ha sido cancelada',
    'staff-only': 'Solo el centro puede reservar esta clase',
    'not-enabled': 'La clase no está disponible',
    'unknown-class': 'La clase no existe',
    'not-allowed': 'No tienes permiso para reservar en este centro',
  },
  ca: {
    full: 'La classe està plena',
    'no-credit': 'No et queden sessions al teu abonament',
    unpaid: 'Tens un rebut pendent de pagament',
    'too-late': 'Ja no es pot reservar aquesta classe',
    'daily-limit': 'Has arribat al màxim de reserves d’aquesta classe per dia',
    'booking-limit': 'Has arribat al màxim de reserves',
    'same-hour': 'No pots reservar dues classes a la mateixa hora',
    quota: 'Has superat el límit de classes del teu contracte',
    'not-in-plan': 'La teva tarifa no inclou aquesta classe',
    'called-off': 'La classe ha estat cancel·lada',
    'staff-only': 'Només el centre pot reservar aquesta classe',
    'not-enabled': 'La classe no està disponible',
    'unknown-class': 'La classe no existeix',
    'not-allowed': 'No tens permís per reservar en aquest centre',
  },
  en: {
    full: 'This class is full',
    'no-credit': 'You have no sessions left',
    unpaid: 'You have an unpaid receipt',
    'too-late': 'This class can no longer be booked',
    'daily-limit': 'You have reached the daily limit of this class',
    'booking-limit': 'You have reached your limit of bookings',
    'same-hour': 'You cannot book two classes at the same time',
    quota: 'You have used up the classes of your contract',
    'not-in-plan': 'Your plan does not include this class',
    'called-off': 'This class has been cancelled',
    'staff-only': 'Only the staff can book this class',
    'not-enabled': 'This class is not available',
    'unknown-class': 'This class does not exist',
    'not-allowed': 'You may not book at this centre',
  },
};

const UNITS = {
  es: { hours: 'horas', days: 'días' },
  ca: { hours: 'hores', days: 'dies' },
  en: { hours: 'hours', days: 'days' },
};

/** The gym's sentence for a refusal with any reason but "too early". */
export const refusalText = (reason: Plain, language: Language): string => TEXTS[language][reason];

/** The sentence of a "too early" refusal: it says how long before a class its booking opens. */
export function earlyText(number: number, unit: 'hours' | 'days', language: Language): string {
  const word = UNITS[language][unit];
  if (language === 'ca') return `No pots reservar amb més de ${number} ${word} d'antelació`;
  if (language === 'en') return `You cannot book more than ${number} ${word} in advance`;
  return `No puedes reservar con más de ${number} ${word} de antelación`;
}
