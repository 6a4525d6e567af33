// Every failure that the app can show a member or the operator has a sentence of its own, in both languages.
import { expect, test } from 'vitest';
import { FAILURES } from '../../services/failures.ts';
import { errorsEn } from '../../web/app/language/errors-en.ts';
import { errorsEs } from '../../web/app/language/errors-es.ts';

/** Failures that only the queue, cron or a programmer sees, or that stand only in the log of a starting process. */
const NOT_FOR_THE_APP =
  /^(?:queue|refresh|config|stack|run|route)\/|^request\/(?:token-in-url|too-large|not-json|idempotency-mismatch)$|^notice\/code-refused$/;

test.each([
  ['en', errorsEn],
  ['es', errorsEs],
])('in %s each has its words', (_, words) => {
  const codes = Object.keys(FAILURES).filter((code) => !NOT_FOR_THE_APP.test(code));
  expect(codes.filter((code) => !Object.hasOwn(words, code))).toEqual([]);
});

test('no sentence is left for a code that is no more', () => {
  const known = [...Object.keys(FAILURES), 'client/unreachable', 'client/unreadable', 'client/signed-out', 'other'];
  expect(Object.keys(errorsEn).filter((code) => !known.includes(code))).toEqual([]);
});
