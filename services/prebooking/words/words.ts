// What puntual says to members and operators, as one type: each language is one file of it, and a third language is a third file. The words
// decide nothing, blame no one that is not at fault, and contain no secret.
import type { DecidedBy, Deciding, Outcome, Sent } from '../outcome.ts';
import type { FindingKind } from '../readiness.ts';

/** The languages that there is a file for. */
export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];
/** For a member without a chosen language. */
export const DEFAULT_LANGUAGE: Language = 'es';

/** As in receipt.ts. */
interface Offer {
  readonly classId: string;
  readonly timeId: string;
}

/** Everything that a sentence about an ending may use. */
export interface Told {
  readonly outcome: Outcome;
  readonly decidedBy: DecidedBy;
  readonly sent: Sent;
  /** Of the deciding request; undefined if no reliable number is known. */
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

/** Findings that put a prebooking at risk and that a member is notified of. */
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

/** What the operator is notified of, with how many it is about. */
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
  /** Until when the place may be given back without loss, by the box's clock: HH:MM, and DD/MM. */
  readonly cancelUntil?: string | undefined;
  readonly cancelDay?: string | undefined;
  /** Why a rule asked for nothing on a day: one of `RULE_FINDINGS`; for any other the sentence is that the timetable differs. */
  readonly finding?: string | undefined;
}

/** Why a rule asked for nothing on a day, where that has words of its own. */
export const RULE_FINDINGS = ['class-cancelled', 'too-many', 'no-tokens', 'not-your-box'] as const;
export type RuleFinding = (typeof RULE_FINDINGS)[number];

/** One language. */
export interface Words {
  readonly receipt: Readonly<Record<Outcome, Sentence>>;
  /** The gym has moved the class to this hour. */
  readonly moved: (hour: string) => string;
  /** The gym's own words. */
  readonly gymSaid: (said: string) => string;
  /** Follows the class and a colon. */
  readonly atRisk: Readonly<Record<ToldFinding, string>> & { readonly otherwise: string };
  /** A minute before the opening; follows the class and a colon. */
  readonly rescue: { readonly login: string; readonly otherwise: string };
  readonly account: Readonly<Record<AccountNotice, string>>;
  /** The same, where the notice says which session died, or why a kept login was deleted. */
  readonly deviceNeedsLogin: string;
  readonly keptLoginDropped: Readonly<Record<'wrong' | 'locked' | 'off', string>>;
  /** With `rule-changed`. */
  readonly ruleDay: Readonly<Record<RuleFinding | 'differs', string>>;
  readonly aboutClass: Readonly<Record<ClassNotice, (facts: ClassFacts) => string>>;
  /** For a notice of a kind that has no words of its own. */
  readonly otherNews: string;
  readonly trial: string;
  readonly buttons: Readonly<
    Record<'readiness' | 'withdraw' | 'byHand' | 'bookings' | 'weekly' | 'signIn' | 'account', string>
  >;
  /** The page and the mail that confirm an address. */
  readonly confirm: Readonly<Record<'mail' | 'ask' | 'button' | 'done' | 'refused', string>>;
  /** The Telegram bot's answers. */
  readonly chat: Readonly<
    Record<
      'bound' | 'refused' | 'privateOnly' | 'notYours' | 'withdrawn' | 'tooLate' | 'green' | 'amber' | 'red' | 'over',
      string
    >
  >;
  /** In a calendar: how ready a prebooking is, and that the gym could not be asked. */
  readonly calendar: Readonly<Record<'prebooked' | 'waitlisted' | 'green' | 'amber' | 'red' | 'stale', string>>;
  readonly alerts: Readonly<Record<Alert, (count: number) => string>>;
  readonly alertOver: (alert: string) => string;
}

/** Codes of services/failures.ts: there is no login, or the stored one cannot be opened. */
export const OWN_LOGIN_TROUBLE: readonly string[] = ['session/missing', 'seal/unreadable'];
/** An estimate further below zero than this is no arrival at the opening, so no lateness is claimed. */
export const MAX_EARLY_MS = 20;

/** Which sentence a day of a rule has. */
export const ruleFinding = (finding: string | undefined): RuleFinding | 'differs' =>
  RULE_FINDINGS.find((one) => one === finding) ?? 'differs';
