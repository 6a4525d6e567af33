// The type of everything that puntual says to members and operators: each language is one file of that type. The words decide nothing, blame
// only what was at fault, and contain no secret.
import type { DecidedBy, Deciding, Outcome, Sent } from '../outcome.ts';
import type { FindingKind } from '../readiness.ts';

/** The languages for which a file of words exists. */
export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];
/** The language for a member that has chosen none. */
export const DEFAULT_LANGUAGE: Language = 'es';

/** A class with a free place, as `Offer` in receipt.ts. */
interface Offer {
  readonly classId: string;
  readonly timeId: string;
}

/** Everything that a sentence about an ending may use. */
export interface Told {
  readonly outcome: Outcome;
  readonly decidedBy: DecidedBy;
  readonly sent: Sent;
  /** The lateness of the deciding request; undefined if no reliable number is known. */
  readonly latenessMs: number | undefined;
  /** The opening that the gym named in its refusal, in wall time; only with `too-early`. */
  readonly gymOpensAt?: string | undefined;
  /** The text of the gym's refusal, if the refusal had one. */
  readonly gymSaid?: string | undefined;
  /** The hour of the member's place, if the gym has moved the class. */
  readonly movedTo?: string | undefined;
  /** The code of the reason, if no request was sent. */
  readonly why?: string | undefined;
  readonly hindrance: Deciding['hindrance'];
  readonly isBehind: boolean;
  /** A class with a free place, which the member may book by hand. */
  readonly offer?: Offer | undefined;
  /** False when no process was woken for the race. */
  readonly wasWoken: boolean;
}

/** A sentence about one ending. */
export type Sentence = (told: Told) => string;

/** Notices about a login or an account, by their kind in the outbox. */
export const ACCOUNT_NOTICES = [
  'session-needs-login',
  'session-recovered',
  'session-reused',
  'kept-login-dropped',
  'account-erased',
  'device-new',
] as const;
export type AccountNotice = (typeof ACCOUNT_NOTICES)[number];

/** Notices about a class beside the end of its prebooking, by their kind in the outbox. */
export const CLASS_NOTICES = [
  'place-moved-up',
  'place-freed',
  'place-taken',
  'place-swapped',
  'swap-undone',
  'swap-kept',
  'swap-stuck',
  'watch-ended',
  'watch-class-cancelled',
  'watch-at-risk',
  'class-reminder',
  'rule-changed',
] as const;
export type ClassNotice = (typeof CLASS_NOTICES)[number];

/** Readiness findings that put a prebooking at risk and of which the member is notified. */
export const TOLD_FINDINGS = [
  'no-session',
  'opening-unsure',
  'class-gone',
  'class-cancelled',
  'class-closed',
  'class-changed',
  'login-ends',
] as const;
export type ToldFinding = (typeof TOLD_FINDINGS)[number] & (FindingKind | 'login-ends');

/** The alerts of which the operator is notified; each has a count, such as of sessions. */
export const ALERTS = [
  'nothing-updated',
  'no-good-run',
  'aged',
  'put-aside',
  'all-need-login',
  'some-need-login',
  'gym-changed',
  'gym-blocked',
  'dead-letters',
  'clock-skew',
  'disk',
  'token-update-gone',
  'cookies-die',
] as const;
export type Alert = (typeof ALERTS)[number];

/** The fields of a class notice beside the class itself. */
export interface ClassFacts {
  /** Until when the place may be cancelled without losing a plan token, by the box's clock: HH:MM here, DD/MM in `cancelDay`. */
  readonly cancelUntil?: string | undefined;
  readonly cancelDay?: string | undefined;
  /** Why a member's rule made no wish on a day: one of `RULE_FINDINGS`; for any other value the member is told that the timetable differs. */
  readonly finding?: string | undefined;
}

/** Why a member's rule made no wish on a day: the reasons that have words of their own. */
export const RULE_FINDINGS = ['class-cancelled', 'too-many', 'no-tokens', 'not-your-box'] as const;
export type RuleFinding = (typeof RULE_FINDINGS)[number];

/** All words of one language. */
export interface Words {
  readonly receipt: Readonly<Record<Outcome, Sentence>>;
  /** The sentence that the gym has moved the class to `hour`. */
  readonly moved: (hour: string) => string;
  /** The sentence that quotes the gym's own words. */
  readonly gymSaid: (said: string) => string;
  /** What puts a prebooking at risk; the text follows the class's name and a colon. */
  readonly atRisk: Readonly<Record<ToldFinding, string>> & { readonly otherwise: string };
  /** The warning a minute before the opening; the text follows the class's name and a colon. */
  readonly rescue: { readonly login: string; readonly otherwise: string };
  readonly account: Readonly<Record<AccountNotice, string>>;
  /** The text for `session-needs-login` when the dead session is a device session. */
  readonly deviceNeedsLogin: string;
  readonly keptLoginDropped: Readonly<Record<'wrong' | 'locked' | 'off', string>>;
  /** Why a member's rule made no wish on a day, for the notice `rule-changed`. */
  readonly ruleDay: Readonly<Record<RuleFinding | 'differs', string>>;
  readonly aboutClass: Readonly<Record<ClassNotice, (facts: ClassFacts) => string>>;
  /** The text for a notice of a kind that has no words of its own. */
  readonly otherNews: string;
  readonly trial: string;
  readonly buttons: Readonly<
    Record<'readiness' | 'withdraw' | 'byHand' | 'bookings' | 'weekly' | 'signIn' | 'account', string>
  >;
  /** The texts of the page and the mail that confirm an e-mail address. */
  readonly confirm: Readonly<Record<'mail' | 'ask' | 'button' | 'done' | 'refused', string>>;
  /** The Telegram bot's answers. */
  readonly chat: Readonly<
    Record<
      'bound' | 'refused' | 'privateOnly' | 'notYours' | 'withdrawn' | 'tooLate' | 'green' | 'amber' | 'red' | 'over',
      string
    >
  >;
  /** Texts in a calendar feed: how ready a prebooking is, and that the gym could not be asked (`stale`). */
  readonly calendar: Readonly<Record<'prebooked' | 'waitlisted' | 'green' | 'amber' | 'red' | 'stale', string>>;
  readonly alerts: Readonly<Record<Alert, (count: number) => string>>;
  readonly alertOver: (alert: string) => string;
}

/** Codes of services/failures.ts: there is no login, or the stored login cannot be decrypted. */
export const OWN_LOGIN_TROUBLE: readonly string[] = ['session/missing', 'seal/unreadable'];
/** How many ms before the opening a request may arrive, as estimated, and still count as on time; no lateness is claimed for an earlier arrival. */
export const MAX_EARLY_MS = 20;

/** The key of the sentence about a day on which a member's rule made no wish. */
export const ruleFinding = (finding: string | undefined): RuleFinding | 'differs' =>
  RULE_FINDINGS.find((one) => one === finding) ?? 'differs';
