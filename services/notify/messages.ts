// Composes the message of a notice in every language; a notice with a race receipt uses the receipt's sentences. A message contains no secret and
// names no other member. The sentences of all messages are in services/prebooking/words.
import { isOutcome, type Outcome } from '../prebooking/outcome.ts';
import { toldOf } from '../prebooking/receipt.ts';
import { wordsFor } from '../prebooking/receipt-text.ts';
import { WORDS } from '../prebooking/words/languages.ts';
import {
  ACCOUNT_NOTICES,
  type AccountNotice,
  CLASS_NOTICES,
  type ClassNotice,
  LANGUAGES,
  type Language,
  TOLD_FINDINGS,
  type ToldFinding,
  type Words,
} from '../prebooking/words/words.ts';
import type { Notice } from '../store/notice-store.ts';
import { placesOf } from './message-links.ts';

export type InLanguages = Readonly<Record<Language, string>>;

/** One button in a chat, which opens a page or sends an answer to the bot. */
export interface Button {
  readonly label: InLanguages;
  readonly url?: string;
  /** What Telegram sends to the bot when the member presses the button: `verb:prebookingId`. */
  readonly data?: string;
}

export interface Message {
  /** The message's id: the same on every channel and at every attempt to deliver the notice. */
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
  /** The action that the member may take with one tap: an HTTP request to puntual, for which the member must be signed in. */
  readonly action?: {
    readonly method: 'POST';
    readonly path: '/api/booking';
    readonly body: Readonly<Record<string, string>>;
  };
  /** The page on which the member does what the notice asks for. */
  readonly link?: string;
  /** Buttons for channels that can show buttons. */
  readonly buttons?: readonly Button[];
  readonly text: InLanguages;
}

/** The text that `say` returns for each language. */
export const inLanguages = (say: (words: Words, language: Language) => string): InLanguages =>
  Object.fromEntries(LANGUAGES.map((language) => [language, say(WORDS[language], language)])) as Record<
    Language,
    string
  >;

/** Composes the message of a notice, in every language. @param publicUrl puntual's own origin; without it the message has no link. */
export function messageOf(notice: Notice, sentAt: Date = notice.createdAt, publicUrl?: string): Message {
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
    ...placesOf(notice, publicUrl),
    text: inLanguages((words, language) => textOf(words, language, notice)),
  };
}

/** The message's action: to book the class by hand, if the class has a free place and the result of our request is unconfirmed. */
function actionFor({ prebooking: p }: Notice): Pick<Message, 'action'> {
  const { offer } = toldOf(p?.receipt ?? {}, 'unconfirmed');
  if (p?.status !== 'unconfirmed' || !offer) return {};
  const body = { boxId: p.boxId, day: p.day, classId: offer.classId, ...(p.familyId && { familyId: p.familyId }) };
  return { action: { method: 'POST', path: '/api/booking', body } };
}

/** A message that has no row in the outbox: the test of a channel, an alert to the operator, or a one-time code for a member. */
export const plainMessage = (id: string, kind: string, now: Date, text: InLanguages): Message => ({
  id,
  kind,
  happenedAt: now.toISOString(),
  sentAt: now.toISOString(),
  prebooking: undefined,
  text,
});

/** The message that is sent when a member tests one of the member's own channels. */
export const trialMessage = (id: string, now: Date): Message =>
  plainMessage(
    `test-${id}`,
    'test',
    now,
    inLanguages((words) => words.trial),
  );

function textOf(words: Words, language: Language, notice: Notice): string {
  const what = whatIn(notice);
  const said = saidOf(words, language, notice);
  return what === '' ? said : `${what}: ${said}`;
}

/** The class of a notice, as `WOD 18:00, 24/11, Box Norte`; empty if the notice is about no class. */
function whatIn({ prebooking: p, payload, box }: Notice): string {
  const about = p ?? classIn(payload);
  if (!about) return '';
  const time = `${about.timeId.slice(0, 2)}:${about.timeId.slice(2, 4)}`;
  const day = `${about.day.slice(6, 8)}/${about.day.slice(4, 6)}`;
  return [`${about.className ?? ''} ${time}`.trim(), day, box?.name].filter(Boolean).join(', ');
}

/** The class that the payload of a notice names, for a notice without a prebooking. */
function classIn({ day, timeId, className }: Notice['payload']) {
  if (typeof day !== 'string' || typeof timeId !== 'string') return undefined;
  return { day, timeId, className: typeof className === 'string' ? className : undefined };
}

const isOf = <T extends string>(all: readonly T[], word: string): word is T => all.some((one) => one === word);

function saidOf(words: Words, language: Language, { kind, payload, prebooking: p }: Notice): string {
  if (isOf<AccountNotice>(ACCOUNT_NOTICES, kind)) return accountText(words, kind, payload);
  if (isOf<ClassNotice>(CLASS_NOTICES, kind)) return aboutClass(words, kind, payload);
  const finding = String(payload['finding']);
  if (kind === 'prebooking-rescue') return finding === 'no-session' ? words.rescue.login : words.rescue.otherwise;
  if (kind === 'prebooking-at-risk')
    return isOf<ToldFinding>(TOLD_FINDINGS, finding) ? words.atRisk[finding] : words.atRisk.otherwise;
  const outcome = p?.outcome ?? kind.replace(/^prebooking-/, '');
  if (!isOutcome(outcome)) return words.otherNews;
  return wordsFor(language, toldOf(p?.receipt ?? {}, outcome satisfies Outcome));
}

function accountText(words: Words, kind: AccountNotice, { sessionType, reason }: Notice['payload']): string {
  // Prebookings do not use a device session, so the end of a device session has a text of its own.
  if (kind === 'session-needs-login' && sessionType === 'device') return words.deviceNeedsLogin;
  const dropped = Object.entries(words.keptLoginDropped).find(([why]) => why === reason);
  return kind === 'kept-login-dropped' && dropped ? dropped[1] : words.account[kind];
}

/** The text of a class notice, followed by the gym's own words if the notice has them. */
function aboutClass(words: Words, kind: ClassNotice, payload: Notice['payload']): string {
  const { cancelUntil, cancelDay, finding, gymSaid } = payload;
  const facts = { cancelUntil: textIn(cancelUntil), cancelDay: textIn(cancelDay), finding: textIn(finding) };
  const said = textIn(gymSaid);
  return [words.aboutClass[kind](facts), ...(said === undefined ? [] : [words.gymSaid(said)])].join(' ');
}

const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
