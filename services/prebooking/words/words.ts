// The type of the service's own texts to members and operators: each language is one file of that type. The texts decide nothing, blame only what was
// at fault, and contain no secret.
import type { DecidedBy, Deciding, Outcome, Sent } from '../outcome.ts';
import type { FindingKind } from '../readiness.ts';

/** The languages for which a file of texts exists. */
export const LANGUAGES = ['en', 'es'] as const;
export type Language = (typeof LANGUAGES)[number];
/** The language for a member that has chosen none. */
export const DEFAULT_LANGUAGE: Language = 'es';

/** A class with a free place: the same shape as `Offer` in receipt.ts. */
interface Offer {
  readonly classId: string;
  readonly timeId: string;
}

/** Everything that a sentence about the end of a prebooking may use. */
export interface Told {
  readonly outcome: Outcome;
  readonly decidedBy: DecidedBy;
  readonly sent: Sent;
  /** The lateness of the deciding request, ms; undefined if no reliable number is known. */
  readonly latenessMs: number | undefined;
  /** The opening that the gym named in its refusal, in the box's wall time; only with the outcome `too-early`. */
  readonly gymOpensAt?: string | undefined;
  /** The text of the gym's refusal, if the refusal had one. */
  readonly gymSaid?: string | undefined;
  /** The hour (HH:MM) of the member's place, if the gym has moved the class. */
  readonly movedTo?: string | undefined;
  /** Why no booking request was tried, as a code; if requests were tried, the `why` of the last one (`Try` in receipt.ts). */
  readonly why?: string | undefined;
  readonly hindrance: Deciding['hindrance'];
  readonly isBehind: boolean;
  /** A class with a free place, which the member may book by hand. */
  readonly offer?: Offer | undefined;
  /** True if a process was woken for the race. */
  readonly wasWoken: boolean;
}

/** The hour of a class with a free place; this class may be another choice than the class that the notice names. */
export const hourOf = ({ timeId }: Offer): string => `${timeId.slice(0, 2)}:${timeId.slice(2, 4)}`;

/** Makes the sentence that says how one prebooking ended. */
export type Sentence = (told: Told) => string;

/** The kinds, as the outbox names them, of the notices about a member's gym login, puntual sessions or account. */
export const ACCOUNT_NOTICES = [
  'session-needs-login',
  'session-recovered',
  'session-reused',
  'kept-login-dropped',
  'account-erased',
  'device-new',
] as const;
export type AccountNotice = (typeof ACCOUNT_NOTICES)[number];

/** The kinds, as the outbox names them, of the notices about a class, except those about the end of its prebooking. */
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

/** Findings that put a prebooking at risk and of which the member is notified. */
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

/**
 * The kinds of alert to the operator for which each language has a text. The text of an alert is made from one number, such as how many sessions are
 * concerned.
 */
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

/** What the text of a class notice may use beside the class itself. */
export interface ClassFacts {
  /**
   * Until when the member can give the place back without losing a booking of the plan at the gym, by the limit that the operator declared for the
   * box. `cancelUntil` holds only the time of that instant (HH:MM), and `cancelDay` only its day (DD/MM), both in the box's time zone.
   */
  readonly cancelUntil?: string | undefined;
  readonly cancelDay?: string | undefined;
  /** Why a member's rule made no prebooking for a day: one of `RULE_FINDINGS`, or another finding, for which the member gets the text `differs`. */
  readonly finding?: string | undefined;
}

/** Reasons why a member's rule made no prebooking for a day, each with its own text in `ruleDay`; all other reasons share the text `differs`. */
export const RULE_FINDINGS = ['class-cancelled', 'too-many', 'no-tokens', 'not-your-box'] as const;
export type RuleFinding = (typeof RULE_FINDINGS)[number];

/** All texts of one language. */
export interface Words {
  readonly receipt: Readonly<Record<Outcome, Sentence>>;
  /** The sentence which says that the gym has moved the class to `hour`. */
  readonly moved: (hour: string) => string;
  /** The sentence that quotes the gym's own words `said`. */
  readonly gymSaid: (said: string) => string;
  /** Texts that say what puts a prebooking at risk; the class's name and a colon stand before them. */
  readonly atRisk: Readonly<Record<ToldFinding, string>> & { readonly otherwise: string };
  /** Texts that warn a minute before the opening that the race will fail; the class's name and a colon stand before them. */
  readonly rescue: { readonly login: string; readonly otherwise: string };
  readonly account: Readonly<Record<AccountNotice, string>>;
  /** The text for `session-needs-login` when the dead session is a device session. */
  readonly deviceNeedsLogin: string;
  readonly keptLoginDropped: Readonly<Record<'wrong' | 'locked' | 'off', string>>;
  /** Texts that say why a member's rule made no prebooking for a day, for the notice `rule-changed`. */
  readonly ruleDay: Readonly<Record<RuleFinding | 'differs', string>>;
  readonly aboutClass: Readonly<Record<ClassNotice, (facts: ClassFacts) => string>>;
  /** The text for a notice of a kind that has no text of its own. */
  readonly otherNews: string;
  readonly trial: string;
  readonly buttons: Readonly<
    Record<'readiness' | 'withdraw' | 'byHand' | 'bookings' | 'weekly' | 'signIn' | 'account', string>
  >;
  /** The texts of the page and the mail with which a member confirms an e-mail address. */
  readonly confirm: Readonly<Record<'mail' | 'ask' | 'button' | 'done' | 'refused', string>>;
  /** The answers of the Telegram bot to members. */
  readonly chat: Readonly<
    Record<
      'bound' | 'refused' | 'privateOnly' | 'notYours' | 'withdrawn' | 'tooLate' | 'green' | 'amber' | 'red' | 'over',
      string
    >
  >;
  /** Texts in a calendar feed: for a prebooking and its readiness, for a place on the waitlist, and for a gym that could not be asked (`stale`). */
  readonly calendar: Readonly<Record<'prebooked' | 'waitlisted' | 'green' | 'amber' | 'red' | 'stale', string>>;
  readonly alerts: Readonly<Record<Alert, (count: number) => string>>;
  readonly alertOver: (alert: string) => string;
}

/** Codes of services/failures.ts that mean that puntual has no gym session of the member, or cannot decrypt the one that it stored. */
export const OWN_LOGIN_TROUBLE: readonly string[] = ['session/missing', 'seal/unreadable'];
/**
 * A request that reached the gym at most this many ms before the opening, as estimated, counts as on time. For a request that came earlier,
 * the text about the race names no arrival time.
 */
export const MAX_EARLY_MS = 20;

/** The key of a finding's text in `ruleDay`; `differs` if the finding has no text of its own. */
export const ruleFinding = (finding: string | undefined): RuleFinding | 'differs' =>
  RULE_FINDINGS.find((one) => one === finding) ?? 'differs';
