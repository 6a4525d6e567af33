// A message that says what happened or what is missing, with a button for the next step. A screen reader reads a changed note aloud.
import type { ReactNode } from 'react';
import { codeOf } from '../data/member.ts';
import { errorWords, useLanguage } from '../language/language.tsx';
import { Button, Goto } from './button.tsx';

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
  'auth/refused',
  'auth/session-revoked',
  'client/signed-out',
]);

/**
 * A note that says what a failed call means. For an error that a new sign-in mends, the note has a link to the sign-in page. For any other error, the
 * note has a button to repeat the call, if `onRetry` is given.
 */
export function ErrorNote({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
}) {
  const { say } = useLanguage();
  return (
    <Note tone="bad">
      <p>{errorWords(say, error)}</p>
      {MENDED_BY_LOGIN.has(codeOf(error)) ? (
        <Goto to="/login">{say.next.signInAgain}</Goto>
      ) : (
        onRetry && <Button onPress={onRetry}>{say.retry}</Button>
      )}
    </Note>
  );
}
