// What a receipt says in words, in the member's language: short, true, without blaming anyone who is not to blame.
// It decides nothing: outcome, lateness and who decided come from receipt.ts. A sentence claims only what was recorded.
import type { DecidedBy, Deciding, Outcome, Sent } from './outcome.ts';

export type Language = 'en' | 'es';

/** As in receipt.ts. */
interface Offer {
  readonly classId: string;
  readonly timeId: string;
}

export interface Told {
  readonly outcome: Outcome;
  readonly decidedBy: DecidedBy;
  readonly sent: Sent;
  /** Of the request that decided; undefined where nobody can vouch for a number. */
  readonly latenessMs: number | undefined;
  /** When the gym opens the class as it says itself, in wall time; only with `too-early`. */
  readonly gymOpensAt?: string | undefined;
  /** The gym's own words, where it refused with any. */
  readonly gymSaid?: string | undefined;
  /** The hour at which the place stands now, where the gym has moved the class. */
  readonly movedTo?: string | undefined;
  /** A code: why nothing was sent. */
  readonly why?: string | undefined;
  readonly hindrance: Deciding['hindrance'];
  readonly isBehind: boolean;
  /** A class with a place, for the member to take by hand. */
  readonly offer?: Offer | undefined;
  /** False when no process was woken for the race. */
  readonly wasWoken: boolean;
}

type Sentence = (told: Told) => string;

const EN: Record<Outcome, Sentence> = {
  booked: ({ latenessMs }) => `You have the place. ${arrivedEn(latenessMs)}`,
  waitlisted: ({ latenessMs, sent }) =>
    sent === 'no'
      ? 'You were already on the waitlist of this class, so nothing was changed.'
      : `The class was full, so you are on the waitlist. ${arrivedEn(latenessMs)}`,
  'already-booked': () => 'You already had a place in this class, so nothing was changed.',
  full: ({ decidedBy, latenessMs, isBehind }) => {
    if (decidedBy === 'gym')
      return 'The class was full when our request came. Before that the gym could not be reached, or turned us away.';
    if (decidedBy === 'late') return `The class was full. ${lateEn(latenessMs)}`;
    if (isBehind)
      return 'The class was full when our request came. Members of ours who had asked for it before went first.';
    if (decidedBy === 'crowd') return `The class was full when our request came. ${arrivedEn(latenessMs)}`;
    return 'The class was full. We do not know when exactly the gym opened it, so we cannot say how late our request was.';
  },
  'too-early': ({ gymOpensAt }) =>
    gymOpensAt === undefined
      ? 'The gym said that booking was not open yet for as long as we asked. We may have had the opening time wrong.'
      : `The gym said that booking was not open yet. By its own words it opens at ${gymOpensAt}: ask again for it.`,
  'too-late': () => 'The gym says it is too late to book this class.',
  'quota-reached': () => 'The gym says you have reached your number of bookings.',
  'no-credit': () => 'The gym says your plan has no credit for this class.',
  unpaid: () => 'The gym says a payment is due, so it did not take the booking.',
  'same-hour': () => 'The gym says you already have a booking at this hour, so it refused a second one.',
  'wished-twice': () => 'Another wish of yours is for this very class, so this one was not sent.',
  'class-gone': () => 'The class is no longer on the timetable, so there was nothing to book.',
  'class-cancelled': () => 'The gym called this class off, so there was nothing to book.',
  'class-closed': () => 'The gym does not let members book this class, so nothing was sent.',
  'class-changed': () =>
    'The gym changed this class: another kind of class, or another hour. We booked nothing without asking you.',
  refused: () => 'The gym refused the booking for a reason of its own.',
  'session-dead': ({ why }) =>
    why !== undefined && OWN_LOGIN_TROUBLE.includes(why)
      ? 'We no longer had a login of yours that we could use, so we could not book. Please sign in again.'
      : 'The gym no longer accepted your login, so we could not book. Please sign in again.',
  'not-sent': ({ hindrance, sent }) => {
    const no = sent === 'no';
    if (hindrance === 'gym')
      return no
        ? 'We could not reach the gym, so no booking was sent.'
        : 'After an answer that was no booking we could not reach the gym again.';
    if (hindrance === 'unclear')
      return no
        ? 'No connection to the gym came about in time, so no booking was sent.'
        : 'After an answer that was no booking no other connection to the gym came about in time.';
    return no
      ? 'Our request never left in time, so no booking was sent. That was our fault.'
      : 'After an answer that was no booking our next request did not leave in time. That was our fault.';
  },
  'turned-away': () => 'The gym turned our request away without looking at it, so nothing was booked.',
  unconfirmed: ({ sent, offer }) => {
    const what = offer
      ? 'The class still has places: you can book it now with one tap.'
      : 'Please check in the gym’s own app.';
    return sent === 'yes'
      ? `We sent the booking but the gym never confirmed it. ${what}`
      : `We were interrupted while booking, and the gym shows no place of yours. ${what}`;
  },
  checking: ({ sent }) =>
    sent === 'yes'
      ? 'We sent the booking and got no clear answer. We are checking with the gym.'
      : 'We were interrupted while booking. We are checking with the gym.',
  missed: ({ wasWoken }) =>
    wasWoken
      ? 'We could not get a booking ready before it was too late, so nothing was sent.'
      : 'We were not woken in time, so nothing was sent. That was our fault, not yours.',
  withdrawn: () => 'You withdrew this wish before it was sent, so nothing was booked.',
};

const ES: Record<Outcome, Sentence> = {
  booked: ({ latenessMs }) => `Tienes la plaza. ${arrivedEs(latenessMs)}`,
  waitlisted: ({ latenessMs, sent }) =>
    sent === 'no'
      ? 'Ya estabas en la lista de espera de esta clase, así que no se ha cambiado nada.'
      : `La clase estaba llena y estás en la lista de espera. ${arrivedEs(latenessMs)}`,
  'already-booked': () => 'Ya tenías plaza en esta clase, así que no se ha cambiado nada.',
  full: ({ decidedBy, latenessMs, isBehind }) => {
    if (decidedBy === 'gym')
      return 'La clase estaba llena cuando llegó nuestra petición. Antes no se pudo conectar con el gimnasio, o nos rechazó.';
    if (decidedBy === 'late') return `La clase estaba llena. ${lateEs(latenessMs)}`;
    if (isBehind)
      return 'La clase estaba llena cuando llegó nuestra petición. Antes fueron otros miembros que la habían pedido primero.';
    if (decidedBy === 'crowd') return `La clase estaba llena cuando llegó nuestra petición. ${arrivedEs(latenessMs)}`;
    return 'La clase estaba llena. No sabemos cuándo la abrió exactamente el gimnasio ni con cuánto retraso llegamos.';
  },
  'too-early': ({ gymOpensAt }) =>
    gymOpensAt === undefined
      ? 'El gimnasio dijo que la reserva aún no estaba abierta mientras preguntamos. Quizá teníamos mal la hora de apertura.'
      : `El gimnasio dijo que la reserva aún no estaba abierta. Según él mismo se abre el ${gymOpensAt}: vuelve a pedirla.`,
  'too-late': () => 'El gimnasio dice que ya es tarde para reservar esta clase.',
  'quota-reached': () => 'El gimnasio dice que has llegado a tu límite de reservas.',
  'no-credit': () => 'El gimnasio dice que tu tarifa no tiene crédito para esta clase.',
  unpaid: () => 'El gimnasio dice que hay un pago pendiente y no ha aceptado la reserva.',
  'same-hour': () => 'El gimnasio dice que ya tienes una reserva a esta hora y no admite una segunda.',
  'wished-twice': () => 'Otro deseo tuyo es para esta misma clase, así que este no se ha enviado.',
  'class-gone': () => 'La clase ya no está en el horario, así que no había nada que reservar.',
  'class-cancelled': () => 'El gimnasio ha cancelado esta clase, así que no había nada que reservar.',
  'class-closed': () => 'El gimnasio no deja que los socios reserven esta clase, así que no se ha enviado nada.',
  'class-changed': () =>
    'El gimnasio ha cambiado esta clase: es de otro tipo o a otra hora. No hemos reservado nada sin preguntarte.',
  refused: () => 'El gimnasio ha rechazado la reserva por un motivo propio.',
  'session-dead': ({ why }) =>
    why !== undefined && OWN_LOGIN_TROUBLE.includes(why)
      ? 'Ya no teníamos un acceso tuyo que pudiéramos usar y no pudimos reservar. Por favor, vuelve a iniciar sesión.'
      : 'El gimnasio ya no aceptaba tu acceso y no pudimos reservar. Por favor, vuelve a iniciar sesión.',
  'not-sent': ({ hindrance, sent }) => {
    const no = sent === 'no';
    if (hindrance === 'gym')
      return no
        ? 'No pudimos conectar con el gimnasio, así que no se envió ninguna reserva.'
        : 'Tras una respuesta que no era una reserva no pudimos volver a conectar con el gimnasio.';
    if (hindrance === 'unclear')
      return no
        ? 'No se logró a tiempo ninguna conexión con el gimnasio, así que no se envió ninguna reserva.'
        : 'Tras una respuesta que no era una reserva no se logró a tiempo otra conexión con el gimnasio.';
    return no
      ? 'Nuestra petición no salió a tiempo y no se envió ninguna reserva. Fue culpa nuestra.'
      : 'Tras una respuesta que no era una reserva nuestra siguiente petición no salió a tiempo. Fue culpa nuestra.';
  },
  'turned-away': () => 'El gimnasio rechazó nuestra petición sin mirarla, así que no se ha reservado nada.',
  unconfirmed: ({ sent, offer }) => {
    const what = offer
      ? 'Aún hay plazas: puedes reservarla ahora con un toque.'
      : 'Por favor, compruébalo en la aplicación del gimnasio.';
    return sent === 'yes'
      ? `Enviamos la reserva pero el gimnasio no la ha confirmado. ${what}`
      : `Nos interrumpieron mientras reservábamos y el gimnasio no muestra ninguna plaza tuya. ${what}`;
  },
  checking: ({ sent }) =>
    sent === 'yes'
      ? 'Enviamos la reserva y no llegó una respuesta clara. Lo estamos comprobando con el gimnasio.'
      : 'Nos interrumpieron mientras reservábamos. Lo estamos comprobando con el gimnasio.',
  missed: ({ wasWoken }) =>
    wasWoken
      ? 'No pudimos tener lista la reserva antes de que fuera tarde, así que no se envió nada.'
      : 'No nos despertaron a tiempo y no se envió nada. Fue culpa nuestra, no tuya.',
  withdrawn: () => 'Retiraste este deseo antes de enviarlo, así que no se ha reservado nada.',
};

/** Codes of services/failures.ts: there is no login, or what is kept of it cannot be opened. */
const OWN_LOGIN_TROUBLE: readonly string[] = ['session/missing', 'seal/unreadable'];

/** The sentences for one ending. */
export const wordsFor = (language: Language, told: Told): string =>
  [(language === 'es' ? ES : EN)[told.outcome](told).trim(), ...addedTo(language, told)].join(' ');

const HAS_PLACE: readonly Outcome[] = ['booked', 'waitlisted', 'already-booked'];

function addedTo(language: Language, { outcome, gymSaid, movedTo }: Told): string[] {
  const isEs = language === 'es';
  if (HAS_PLACE.includes(outcome)) {
    if (movedTo === undefined) return [];
    return [isEs ? `El gimnasio ha movido la clase a las ${movedTo}.` : `The gym moved the class to ${movedTo}.`];
  }
  if (gymSaid === undefined) return [];
  return [isEs ? `Dice el gimnasio: «${gymSaid}».` : `The gym said: “${gymSaid}”.`];
}

/** An estimate further below zero than this is no arrival at the opening, and nothing is claimed of it. */
const MAX_EARLY_MS = 20;

const arrivedEn = (ms: number | undefined): string =>
  ms === undefined || ms < -MAX_EARLY_MS ? '' : `Our request reached the gym ${lengthEn(ms)} after the opening time.`;

const lateEn = (ms: number | undefined): string =>
  ms === undefined
    ? 'Our request came too late; that was our fault.'
    : `Our request came ${lengthEn(ms)} after the opening time; that was too late, and our fault.`;

const arrivedEs = (ms: number | undefined): string =>
  ms === undefined || ms < -MAX_EARLY_MS
    ? ''
    : `Nuestra petición llegó al gimnasio ${lengthEs(ms)} después de la hora de apertura.`;

const lateEs = (ms: number | undefined): string =>
  ms === undefined
    ? 'Nuestra petición llegó tarde; fue culpa nuestra.'
    : `Nuestra petición llegó ${lengthEs(ms)} después de la hora de apertura; fue tarde, y culpa nuestra.`;

// An estimate a little below zero is an arrival at the opening, not before it: nobody is booked early.
const lengthEn = (ms: number): string =>
  ms < 1
    ? 'about a millisecond'
    : ms < 1_000
      ? `about ${plural(Math.round(ms), 'millisecond')}`
      : `${(ms / 1_000).toFixed(1)} seconds`;

const lengthEs = (ms: number): string =>
  ms < 1
    ? 'cerca de un milisegundo'
    : ms < 1_000
      ? `cerca de ${plural(Math.round(ms), 'milisegundo')}`
      : `${(ms / 1_000).toFixed(1).replace('.', ',')} segundos`;

const plural = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;
