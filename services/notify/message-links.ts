// The links of a notice: the page on which the member does what it asks for, and the buttons of a chat. Addresses hold no secret.
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

/** Only signing in at the gym again helps. */
const asksForLogin = ({ kind, payload }: Notice): boolean =>
  kind === 'session-needs-login' ||
  (kind === 'kept-login-dropped' && payload['reason'] !== 'off') ||
  kind === 'watch-at-risk' ||
  (kind === 'prebooking-at-risk' && ['no-session', 'login-ends'].includes(String(payload['finding'])));

/** Telegram takes addresses of the public web alone on its buttons. */
const isButtonAddress = (url: string): boolean => /^https:\/\/[^/]+\.[a-z]/i.test(url);

/** @param publicUrl our own origin; absent: no page is named. */
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
  // The page on which devices are ended.
  if (kind === 'device-new' || kind === 'session-reused') return { path: '/account', button: 'account' };
  const isAboutPlaces = kind === 'swap-stuck' || kind === 'place-swapped';
  if (isAboutPlaces || category === 'reminder' || category === 'moved-up' || category === 'waitlisted')
    return { path: '/bookings', button: 'bookings' };
  if (category === 'rule-changed') return { path: '/weekly', button: 'weekly' };
  return undefined;
}

/** The bot's buttons for a prebooking that is still to come. */
function answersTo({ prebooking: p, kind }: Notice) {
  if (!p || isTerminal(p.status) || categoryOf(kind) !== 'risk') return [];
  return [
    { label: labelled('readiness'), data: `readiness:${p.id}` },
    { label: labelled('withdraw'), data: `withdraw:${p.id}` },
  ];
}
