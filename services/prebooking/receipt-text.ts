// What a receipt says in words, in the member's language: short, true, without blaming anyone who is not to blame.
// It decides nothing: outcome and lateness come from receipt.ts.
import type { DecidedBy, Outcome } from './outcome.ts';

export type Language = 'en' | 'es';

export interface Told {
  readonly outcome: Outcome;
  readonly decidedBy: DecidedBy;
  readonly latenessMs: number | undefined;
  /** When the gym opens the class as it says itself, in wall time; only with `too-early`. */
  readonly gymOpensAt?: string | undefined;
}

type Sentence = (told: Told) => string;

const EN: Record<Outcome, Sentence> = {
  booked: ({ latenessMs }) => `You have the place. ${arrivedEn(latenessMs)}`,
  waitlisted: ({ latenessMs }) => `The class was full, so you are on the waitlist. ${arrivedEn(latenessMs)}`,
  'already-booked': () => 'You already had a place in this class, so nothing was changed.',
  full: ({ decidedBy, latenessMs }) =>
    decidedBy === 'late'
      ? `The class was full. ${lateEn(latenessMs)}`
      : `The class was full: others were faster. ${arrivedEn(latenessMs)}`,
  'too-early': ({ gymOpensAt }) =>
    gymOpensAt === undefined
      ? 'The gym kept saying that booking was not open yet. We had the opening time wrong.'
      : `The gym kept saying that booking was not open yet. By its own words it opens at ${gymOpensAt}: ask again for it.`,
  'too-late': () => 'The gym says it is too late to book this class.',
  'quota-reached': () => 'The gym says you have reached your number of bookings.',
  'no-credit': () => 'The gym says your plan has no credit for this class.',
  unpaid: () => 'The gym says a payment is due, so it did not take the booking.',
  'same-hour': () => 'You already have another booking at this hour, so the gym refused a second one.',
  'wished-twice': () => 'Another wish of yours is for this very class, so this one was not sent.',
  'class-gone': () => 'The class is no longer on the timetable, so there was nothing to book.',
  refused: () => 'The gym refused the booking for a reason of its own.',
  'session-dead': () => 'The gym no longer accepted your login, so we could not book. Please sign in again.',
  'not-sent': () => 'We could not reach the gym, so no booking was sent.',
  'turned-away': () => 'The gym turned our request away without looking at it, so nothing was booked.',
  unconfirmed: () => 'We sent the booking but the gym never confirmed it. Please check in the gym’s own app.',
  checking: () => 'We sent the booking and got no clear answer. We are checking with the gym.',
  missed: () => 'The class began before we could book it. That was our fault, not yours.',
  withdrawn: () => 'You withdrew this wish before it was sent, so nothing was booked.',
};

const ES: Record<Outcome, Sentence> = {
  booked: ({ latenessMs }) => `Tienes la plaza. ${arrivedEs(latenessMs)}`,
  waitlisted: ({ latenessMs }) => `La clase estaba llena y estás en la lista de espera. ${arrivedEs(latenessMs)}`,
  'already-booked': () => 'Ya tenías plaza en esta clase, así que no se ha cambiado nada.',
  full: ({ decidedBy, latenessMs }) =>
    decidedBy === 'late'
      ? `La clase estaba llena. ${lateEs(latenessMs)}`
      : `La clase estaba llena: otros fueron más rápidos. ${arrivedEs(latenessMs)}`,
  'too-early': ({ gymOpensAt }) =>
    gymOpensAt === undefined
      ? 'El gimnasio siguió diciendo que la reserva aún no estaba abierta. Teníamos mal la hora de apertura.'
      : `El gimnasio siguió diciendo que la reserva aún no estaba abierta. Según él mismo se abre el ${gymOpensAt}: vuelve a pedirla.`,
  'too-late': () => 'El gimnasio dice que ya es tarde para reservar esta clase.',
  'quota-reached': () => 'El gimnasio dice que has llegado a tu límite de reservas.',
  'no-credit': () => 'El gimnasio dice que tu tarifa no tiene crédito para esta clase.',
  unpaid: () => 'El gimnasio dice que hay un pago pendiente y no ha aceptado la reserva.',
  'same-hour': () => 'Ya tienes otra reserva a esta hora y el gimnasio no admite una segunda.',
  'wished-twice': () => 'Otro deseo tuyo es para esta misma clase, así que este no se ha enviado.',
  'class-gone': () => 'La clase ya no está en el horario, así que no había nada que reservar.',
  refused: () => 'El gimnasio ha rechazado la reserva por un motivo propio.',
  'session-dead': () =>
    'El gimnasio ya no aceptaba tu acceso y no pudimos reservar. Por favor, vuelve a iniciar sesión.',
  'not-sent': () => 'No pudimos conectar con el gimnasio, así que no se envió ninguna reserva.',
  'turned-away': () => 'El gimnasio rechazó nuestra petición sin mirarla, así que no se ha reservado nada.',
  unconfirmed: () =>
    'Enviamos la reserva pero el gimnasio no la ha confirmado. Por favor, compruébalo en la aplicación del gimnasio.',
  checking: () => 'Enviamos la reserva y no llegó una respuesta clara. Lo estamos comprobando con el gimnasio.',
  missed: () => 'La clase empezó antes de que pudiéramos reservarla. Fue culpa nuestra, no tuya.',
  withdrawn: () => 'Retiraste este deseo antes de enviarlo, así que no se ha reservado nada.',
};

/** The sentences for one ending. */
export const wordsFor = (language: Language, told: Told): string =>
  (language === 'es' ? ES : EN)[told.outcome](told).trim();

const arrivedEn = (ms: number | undefined): string =>
  ms === undefined ? '' : `Our request reached the gym ${lengthEn(ms)} after booking opened.`;

const lateEn = (ms: number | undefined): string =>
  ms === undefined
    ? 'Our request never left in time; that was our fault.'
    : `Our request came ${lengthEn(ms)} after booking opened; that was too late, and our fault.`;

const arrivedEs = (ms: number | undefined): string =>
  ms === undefined ? '' : `Nuestra petición llegó al gimnasio ${lengthEs(ms)} después de abrirse la reserva.`;

const lateEs = (ms: number | undefined): string =>
  ms === undefined
    ? 'Nuestra petición no salió a tiempo; fue culpa nuestra.'
    : `Nuestra petición llegó ${lengthEs(ms)} después de abrirse la reserva; fue tarde, y culpa nuestra.`;

// An estimate a little below zero is an arrival at the opening, not before it: nobody is booked early.
const lengthEn = (ms: number): string =>
  ms < 1
    ? 'less than a millisecond'
    : ms < 1_000
      ? plural(Math.round(ms), 'millisecond')
      : `${(ms / 1_000).toFixed(1)} seconds`;

const lengthEs = (ms: number): string =>
  ms < 1
    ? 'menos de un milisegundo'
    : ms < 1_000
      ? plural(Math.round(ms), 'milisegundo')
      : `${(ms / 1_000).toFixed(1).replace('.', ',')} segundos`;

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
