// What an examination of the gym found, in lines that hold no secret: which reading of each disputed fact is true, and what puntual does about it.
// The page docs/gym-facts.md explains each fact under the name that the report gives it.
import type { CallMade, GymFindings } from '../../services/gym/examination.ts';

export interface FactLine {
  /** The fact's name in docs/gym-facts.md. */
  readonly fact: string;
  readonly reading: string;
  readonly does: string;
}

type Words = Readonly<Record<string, string>>;
const TOKEN: Words = {
  renews: 'Sessions are renewed every 20 minutes, by their tokens.',
  gone: 'Save this: sessions are kept by whoami for as long as the gym knows their cookies. Let members keep their login (keepLogin).',
  dead: 'Look again: the login died while it was examined. Where that is the rule, let members keep their login (keepLogin).',
};
const COOKIES: Words = {
  none: 'The cookies of the sign-in are used on.',
  keep: 'The new cookies are used from the renewal on; a lost answer costs the token alone.',
  kill: 'The new cookies are used from the renewal on; they are written down before anything else.',
};
const WARM_UP: Words = {
  'not-needed': 'Both pages are opened all the same, after a sign-in and before a race: they cost little.',
  schedule: 'The box’s schedule is opened after each sign-in and before each race.',
  setrefresh: 'setrefresh is opened after each sign-in and before each race.',
  'no-help': 'Nothing opens this box for this account: see in the gym’s own app whether the member may book there.',
};
const ADDRESSES: Words = {
  first: 'The configured addresses are used.',
  other: 'Put the other addresses first in the gym’s three settings (.env.example): this account’s box lives there.',
};
const STAMP: Words = {
  start: 'Save this: the page’s Date is read as its arrival, wherever no cheap address is known.',
  end: 'Save this: the page’s Date is read as its answer, wherever no cheap address is known.',
  either: 'The gym thinks so little that it does not matter: all of it is allowed for.',
};
const WRITES: Words = {
  pass: 'Bookings leave from here.',
  blocked: 'Run in a region of the EU, or set GYM_PROXY: the gym answers 403 to changes from this address.',
};
const LOG_OUT: Words = {
  ended: 'The login of this examination is ended.',
  'no-way': 'The login of this examination goes on until the gym ends it; nothing of it was kept here.',
};
const UNKNOWN = 'It could not be found out: puntual goes on finding out by itself.';

/** Makes one line for each disputed fact about the gym, always in the same order. */
export function factLines(found: GymFindings): FactLine[] {
  const line = (fact: string, reading: string, words: Words, more = ''): FactLine => ({
    fact,
    reading: `${reading}${more}`,
    does: words[reading] ?? UNKNOWN,
  });
  const { thinkingMs, cheapAddress } = found;
  const thinks = thinkingMs === undefined ? '' : `, the page thinks ${Math.round(thinkingMs)} ms`;
  return [
    line('token-update', found.tokenUpdate, TOKEN),
    line('cookies-reissued', found.cookies, COOKIES),
    line('warm-up', found.warmUp, WARM_UP),
    line('addresses', found.addresses, ADDRESSES, otherWords(found.otherAnswers)),
    line(
      'date-stamp',
      found.stamp,
      STAMP,
      cheapAddress === undefined ? thinks : `${thinks} and ${cheapAddress} hardly`,
    ),
    line('writes', found.writes, WRITES),
    line('log-out', found.logOut, LOG_OUT),
  ];
}

const otherWords = (answers: boolean | undefined): string =>
  answers === undefined ? '' : `, the other suffix ${answers ? 'answers' : 'does not answer'}`;

/**
 * The facts to store, because renewals and the estimate of the gym's clock use them; null says that the gym does what puntual assumes by default;
 * unknown facts are left out.
 */
export function factsToSave({ tokenUpdate, stamp }: GymFindings): Readonly<Record<string, string | null>> {
  return {
    ...(tokenUpdate === 'renews' && { 'token-update': null }),
    ...(tokenUpdate === 'gone' && { 'token-update': 'gone' }),
    ...((stamp === 'start' || stamp === 'end') && { 'date-stamp': stamp }),
    ...(stamp === 'either' && { 'date-stamp': null }),
  };
}

/** One call to the gym as a line, such as `GET login.example.com/api/login 200 Date sets: a, b`. */
export const callLine = ({ method, at, status, hasDate, sets }: CallMade): string =>
  [method, at, status ?? 'no answer', hasDate && 'Date', sets.length > 0 && `sets: ${sets.join(', ')}`]
    .filter((part) => part !== false)
    .join(' ');
