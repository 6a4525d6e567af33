// A message that says what happened or what is missing, with a button for the next step. A screen reader reads a changed note aloud.
import type { ReactNode } from 'react';
import { codeOf } from '../data/member.ts';
import { errorWords, useLanguage } from '../language/language.tsx';
import { Button } from './button.tsx';
import { SignInAgain } from './sign-in-again.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'plain';

export const Note = ({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) => (
  <div className={`note ${tone}`} role="status">
    {children}
  </div>
);

/** Codes of errors that go away when the member signs in to the app again. */
const MENDED_BY_LOGIN = new Set([
  'session/needs-login',
  'session/missing',
  'session/proof-refused',
  'auth/missing',
  'auth/refused',
  'auth/session-revoked',
  'client/signed-out',
]);

/** Does the error go away when the member signs in to the app again? */
export const isMendedByLogin = (error: unknown): boolean => MENDED_BY_LOGIN.has(codeOf(error));

/**
 * A note that says what a failed call means. For an error that a new sign-in mends, the note has a link to the sign-in page. For any other error, the
 * note has a button to repeat the call, if `onRetry` is given.
 * @param onRetry repeats a call that only reads: such a call changes nothing, also if it is repeated.
 */
export function ErrorNote({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const { say } = useLanguage();
  const isUnread = onRetry !== undefined && codeOf(error) === 'client/unreachable';
  const unread = navigator.onLine ? say.noAnswer : say.noNetwork;
  return (
    <Note tone="bad">
      <p>{isUnread ? unread : errorWords(say, error)}</p>
      {isMendedByLogin(error) ? <SignInAgain /> : onRetry && <Button onPress={onRetry}>{say.retry}</Button>}
    </Note>
  );
}
