// A note that the gym did not answer for all of the agenda: a booking may be missing. The note offers to ask again or, if the gym has ended this
// device's login, to sign in again.
import { useEffect } from 'react';
import { refreshAgenda } from '../data/agenda.ts';
import { client, useClientState } from '../data/member.ts';
import { useLanguage } from '../language/language.tsx';
import { sinceWords } from '../time.ts';
import { Button } from './button.tsx';
import { Note } from './note.tsx';
import { SignInAgain } from './sign-in-again.tsx';

/** @param at when the service asked the gym, ISO 8601; null if unknown. */
export function Stale({ at }: { readonly at: string | null }) {
  const { language, say } = useLanguage();
  const isEnded = useClientState().device.status === 'needs-login';
  // The agenda does not say why the gym did not answer; the state of this device's login does.
  useEffect(() => void client.syncSession(), []);
  return (
    <Note tone="warn">
      <p>
        {say.bookings.partly} {at !== null && say.asked(sinceWords(Date.parse(at), language))}
      </p>
      {isEnded && <p>{say.errors['session/needs-login']}</p>}
      {isEnded ? <SignInAgain /> : <Button onPress={() => void refreshAgenda()}>{say.retry}</Button>}
    </Note>
  );
}
