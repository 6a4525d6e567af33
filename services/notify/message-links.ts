// The links of a notice: the page on which the member does what the notice asks for, and the buttons in a chat. Links contain no secret.
import { isTerminal } from '../prebooking/prebooking.ts';
import { WORDS } from '../prebooking/words/languages.ts';
import type { Language, Words } from '../prebooking/words/words.ts';
import { LANGUAGES } from '../prebooking/words/words.ts';
import type { Notice } from '../store/notice-store.ts';
import { categoryOf } from './category.ts';

interface Placed {
  readonly link?: string;
  readonly buttons?: readonly {
    readonly label: Readonly<Record<Language, string>>;
    readonly url?: string;
    readonly data?: string;
  }[];
}

const labelled = (name: keyof Words['buttons']) =>
  Object.fromEntries(LANGUAGES.map((one) => [one, WORDS[one].buttons[name]])) as Record<Language, string>;

/** True if the notice is about a problem that only a new login at the gym solves. */
const asksForLogin = ({ kind, payload }: Notice): boolean =>
  kind === 'session-needs-login' ||
  (kind === 'kept-login-dropped' && payload['reason'] !== 'off') ||
  kind === 'watch-at-risk' ||
  (kind === 'prebooking-at-risk' && ['no-session', 'login-ends'].includes(String(payload['finding'])));

/** True if a Telegram button accepts the URL: Telegram accepts only addresses of the public web. */
const isButtonAddress = (url: string): boolean => /^https:\/\/[^/]+\.[a-z]/i.test(url);

/** The link and the buttons of a notice. @param publicUrl puntual's own origin; without it no page is linked. */
export function placesOf(notice: Notice, publicUrl: string | undefined): Placed {
  const page = publicUrl === undefined ? undefined : pageOf(notice);
  const link = page && `${publicUrl}${page.path}`;
  const toPage = page && link && isButtonAddress(link) ? [{ label: labelled(page.button), url: link }] : [];
  const buttons = [...toPage, ...answersTo(notice)];
  return { ...(link && { link }), ...(buttons.length > 0 && { buttons }) };
}

function pageOf(notice: Notice): { readonly path: string; readonly button: keyof Words['buttons'] } | undefined {
  if (asksForLogin(notice)) return { path: '/login', button: 'signIn' };
  const { prebooking: p, payload, kind } = notice;
  const category = categoryOf(kind);
  const boxId = p?.boxId ?? payload['boxId'];
  const day = p?.day ?? payload['day'];
  const isByHand = kind === 'prebooking-rescue' || category === 'lost' || category === 'freed';
  if (isByHand && typeof boxId === 'string' && typeof day === 'string')
    return { path: `/classes?${new URLSearchParams({ box: boxId, day })}`, button: 'byHand' };
  // On the account page a member ends the puntual sessions of devices.
  if (kind === 'device-new' || kind === 'session-reused') return { path: '/account', button: 'account' };
  const isAboutPlaces = kind === 'swap-stuck' || kind === 'place-swapped';
  if (isAboutPlaces || category === 'reminder' || category === 'moved-up' || category === 'waitlisted')
    return { path: '/bookings', button: 'bookings' };
  if (category === 'rule-changed') return { path: '/weekly', button: 'weekly' };
  return undefined;
}

/** The buttons that the Telegram bot answers when they are pressed, for a prebooking at risk that has not ended. */
function answersTo({ prebooking: p, kind }: Notice) {
  if (!p || isTerminal(p.status) || categoryOf(kind) !== 'risk') return [];
  return [
    { label: labelled('readiness'), data: `readiness:${p.id}` },
    { label: labelled('withdraw'), data: `withdraw:${p.id}` },
  ];
}
