// What a notice says, in both languages: the receipt's own words where there is a receipt. No secret, no other member, nothing to decide.
import type { Outcome } from '../prebooking/outcome.ts';
import { toldOf } from '../prebooking/receipt.ts';
import { type Language, wordsFor } from '../prebooking/receipt-text.ts';
import type { LeasedNotice } from '../store/notice-store.ts';

export interface Message {
  /** The same for every telling of one notice. */
  readonly id: string;
  readonly kind: string;
  readonly happenedAt: string;
  readonly sentAt: string;
  readonly prebooking:
    | {
        readonly id: string;
        readonly box: string;
        readonly day: string;
        readonly timeId: string;
        readonly className: string | null;
        readonly status: string;
        readonly outcome: string | null;
      }
    | undefined;
  /** What the member may do about it with one tap: a request to this service, with their own sign-in. */
  readonly action?: {
    readonly method: 'POST';
    readonly path: '/api/booking';
    readonly body: Readonly<Record<string, string>>;
  };
  /** Where the member does what the notice asks for: the page to sign in. */
  readonly link?: string;
  readonly text: Readonly<Record<Language, string>>;
}

/** @param publicUrl our own origin; absent: no link is named. */
export function messageOf(notice: LeasedNotice, sentAt: Date = notice.createdAt, publicUrl?: string): Message {
  const { prebooking: p } = notice;
  return {
    id: `notice-${notice.id}`,
    kind: notice.kind,
    happenedAt: notice.createdAt.toISOString(),
    sentAt: sentAt.toISOString(),
    prebooking: p && {
      id: p.id,
      box: notice.box?.name ?? '',
      day: p.day,
      timeId: p.timeId,
      className: p.className ?? null,
      status: p.status,
      outcome: p.outcome ?? null,
    },
    ...actionFor(notice),
    ...(publicUrl !== undefined && asksForLogin(notice) && { link: `${publicUrl}/login` }),
    text: { en: textOf('en', notice), es: textOf('es', notice) },
  };
}

/** Only signing in at the gym again helps. */
const asksForLogin = ({ kind, payload }: LeasedNotice): boolean =>
  kind === 'session-needs-login' ||
  kind === 'kept-login-dropped' ||
  (kind === 'prebooking-at-risk' && ['no-session', 'login-ends'].includes(String(payload['finding'])));

/** Where a place is left and it is not known what became of our request, the member books it by hand. */
function actionFor({ prebooking: p }: LeasedNotice): Pick<Message, 'action'> {
  const { offer } = toldOf(p?.receipt ?? {}, 'unconfirmed');
  if (p?.status !== 'unconfirmed' || !offer) return {};
  const body = { boxId: p.boxId, day: p.day, classId: offer.classId, ...(p.familyId && { familyId: p.familyId }) };
  return { action: { method: 'POST', path: '/api/booking', body } };
}

/** What a member's own channel hears when they try it. */
export const trialMessage = (id: string, now: Date): Message => ({
  id: `test-${id}`,
  kind: 'test',
  happenedAt: now.toISOString(),
  sentAt: now.toISOString(),
  prebooking: undefined,
  text: { en: 'This is a test: your notices arrive here.', es: 'Esto es una prueba: tus avisos llegan aquí.' },
});

function textOf(language: Language, notice: LeasedNotice): string {
  const what = whatIn(notice);
  const said = notice.kind.startsWith('prebooking-')
    ? aboutPrebooking(language, notice)
    : aboutSession(language, notice);
  return what === '' ? said : `${what}: ${said}`;
}

/** `WOD 18:00, 24/11, Box Norte` */
function whatIn({ prebooking: p, box }: LeasedNotice): string {
  if (!p) return '';
  const time = `${p.timeId.slice(0, 2)}:${p.timeId.slice(2, 4)}`;
  const day = `${p.day.slice(6, 8)}/${p.day.slice(4, 6)}`;
  return [`${p.className ?? ''} ${time}`.trim(), day, box?.name].filter(Boolean).join(', ');
}

const AT_RISK: Record<Language, Readonly<Record<string, string>>> = {
  en: {
    'no-session': 'the gym no longer knows your login, so this booking will fail. Please sign in again now.',
    'login-ends':
      'the gym does not let us renew your login, and as far as we have seen logins there end before this booking opens. Please sign in again on the day, as late as you can.',
    'opening-unsure':
      'the gym says that booking is not open yet. We try again when it may open next. If you know when it opens, please make the wish again with that time.',
    'class-gone': 'this class is not on the gym’s timetable any more. Please choose another.',
    'class-cancelled': 'the gym called this class off. Please choose another.',
    'class-closed': 'the gym does not let members book this class. Please ask there or choose another.',
    'class-changed':
      'the gym changed this class (another kind of class, or another hour), so we will not book it unasked. If you want what stands there now, please make a new wish for it.',
  },
  es: {
    'no-session': 'el gimnasio ya no reconoce tu acceso y esta reserva fallará. Vuelve a iniciar sesión ahora.',
    'login-ends':
      'el gimnasio no nos deja renovar tu acceso y, por lo que hemos visto, caducará antes de que se abra esta reserva. Vuelve a iniciar sesión ese día, lo más tarde que puedas.',
    'opening-unsure':
      'el gimnasio dice que la reserva aún no está abierta. Lo intentaremos de nuevo cuando pueda abrirse. Si sabes cuándo se abre, vuelve a pedirla con esa hora.',
    'class-gone': 'esta clase ya no está en el horario del gimnasio. Elige otra, por favor.',
    'class-cancelled': 'el gimnasio ha cancelado esta clase. Elige otra, por favor.',
    'class-closed': 'el gimnasio no deja que los socios reserven esta clase. Pregunta allí o elige otra, por favor.',
    'class-changed':
      'el gimnasio ha cambiado esta clase (es de otro tipo o a otra hora), así que no la reservaremos sin preguntarte. Si quieres lo que hay ahora, pídelo de nuevo.',
  },
};

function aboutPrebooking(language: Language, { kind, payload, prebooking: p }: LeasedNotice): string {
  if (kind === 'prebooking-at-risk') {
    const otherwise = language === 'es' ? 'esta reserva está en peligro.' : 'this booking is at risk.';
    return AT_RISK[language][String(payload['finding'])] ?? otherwise;
  }
  const outcome = (p?.outcome ?? kind.slice('prebooking-'.length)) as Outcome;
  return wordsFor(language, toldOf(p?.receipt ?? {}, outcome));
}

const SESSION_TEXTS: Record<Language, Readonly<Record<string, string>>> = {
  en: {
    'session-needs-login': 'The gym no longer accepts your login. Please sign in again, or your bookings will fail.',
    'kept-login-dropped':
      'Your kept login was deleted: the gym refused it, or this service keeps none any more. Please sign in again, or your bookings may fail.',
    'session-recovered': 'Your login at the gym works again.',
    'account-erased':
      'Your account is erased: nothing of it is kept here. What you have booked at the gym stays booked. This is the last notice.',
    'session-reused':
      'A sign-in of yours was used twice, so we have ended it: somebody may have copied it. Please sign in again, and look at where you are signed in.',
  },
  es: {
    'session-needs-login': 'El gimnasio ya no acepta tu acceso. Vuelve a iniciar sesión o tus reservas fallarán.',
    'kept-login-dropped':
      'Hemos borrado tu acceso guardado: el gimnasio lo ha rechazado o este servicio ya no guarda ninguno. Vuelve a iniciar sesión o tus reservas pueden fallar.',
    'session-recovered': 'Tu acceso al gimnasio vuelve a funcionar.',
    'account-erased':
      'Tu cuenta se ha borrado: aquí no queda nada de ella. Lo que tengas reservado en el gimnasio sigue reservado. Este es el último aviso.',
    'session-reused':
      'Una de tus sesiones se ha usado dos veces y la hemos cerrado: puede que alguien la haya copiado. Vuelve a iniciar sesión y revisa dónde la tienes abierta.',
  },
};

const aboutSession = (language: Language, { kind }: LeasedNotice): string =>
  SESSION_TEXTS[language][kind] ??
  (language === 'es' ? 'Hay novedades en tu cuenta.' : 'There is news in your account.');
