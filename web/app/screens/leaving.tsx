// Buttons that export a member's data and that erase the account. Exporting and erasing need a sign-in within the last few minutes; erasing also asks
// for confirmation.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { client, codeOf } from '../data/member.ts';
import { noteParting } from '../data/parting.ts';
import { giveUp } from '../data/push.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { SignInAgain } from '../parts/sign-in-again.tsx';

/** Saves a value as a JSON file by the browser's download. */
function saveAsFile(value: unknown): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'puntual.json';
  link.click();
  URL.revokeObjectURL(address);
}

/** Erases the account. Returns `erasing` if a race is running: the service then erases the account after the race. */
async function erase(): Promise<'erased' | 'erasing'> {
  const { state } = await client.call('delete', '/api/me', {});
  if (state === 'erased') {
    noteParting('erased');
    await giveUp();
    await client.signOut().catch(() => undefined);
  }
  return state;
}

export function Leaving() {
  const { say } = useLanguage();
  const words = say.account;
  const exporting = useAct<void>();
  const erasing = useAct<'erased' | 'erasing'>();
  const [asks, setAsks] = useState(false);
  const error = exporting.error ?? erasing.error;
  const take = () => exporting.run(async () => saveAsFile(await client.call('get', '/api/me/export', {})));
  return (
    <>
      <h2>{words.data}</h2>
      <div className="buttons">
        <Button isBusy={exporting.isBusy} onPress={() => void take()}>
          {words.export}
        </Button>
        <Button kind="danger" isBusy={erasing.isBusy} onPress={() => setAsks(true)}>
          {words.erase}
        </Button>
      </div>
      {codeOf(error) === 'auth/proof-needed' ? (
        <Note tone="warn">
          <p>{words.eraseFresh}</p>
          <SignInAgain />
        </Note>
      ) : (
        error !== undefined && <ErrorNote error={error} />
      )}
      {erasing.result === 'erasing' && <Note tone="warn">{words.erasing}</Note>}
      {asks && (
        <Ask
          title={words.eraseAsk}
          no={words.eraseNo}
          yes={words.eraseYes}
          isDanger
          onNo={() => setAsks(false)}
          onYes={() => {
            setAsks(false);
            exporting.clear();
            void erasing.run(erase);
          }}
        >
          <p>{words.eraseLoss}</p>
        </Ask>
      )}
    </>
  );
}
