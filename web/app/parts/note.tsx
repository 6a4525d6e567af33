// A message of what happened or what is missing, with the one thing to do. A screen reader reads it out when it changes.
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

/** Signing in at the gym fixes these. */
const MENDED_BY_LOGIN = new Set([
  'session/needs-login',
  'session/missing',
  'auth/refused',
  'auth/session-revoked',
  'client/signed-out',
]);

/** What a failed call means, and the way out of it: signing in, or trying again. */
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
