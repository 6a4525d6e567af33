// What a member sets and takes with them where the service offers it (`/api/me`): quiet hours, export, the end of the account.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { askIfThere, client, codeOf, type Me } from '../data/member.ts';
import { queries } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

export function OwnData({ me }: { readonly me: Me }) {
  return (
    <>
      <QuietHours me={me} />
      <Leaving />
    </>
  );
}

function QuietHours({ me }: { readonly me: Me }) {
  const { say } = useLanguage();
  const words = say.account;
  const act = useAct<true>();
  const quiet = me.member.quietHours;
  const save = (quietHours: { from: string; to: string } | null) =>
    act.run(async () => {
      queries.setQueryData(['me'], await askIfThere<Me>('put', '/api/me', { quietHours }));
      return true;
    });
  return (
    <>
      <h2>{words.quiet}</h2>
      <form
        className="card stack"
        key={`${quiet?.from} ${quiet?.to}`}
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          void save({ from: String(form.get('from')), to: String(form.get('to')) });
        }}
      >
        <p className="soft">{words.quietHint}</p>
        <div className="buttons">
          <label className="field">
            {words.quietFrom}
            <input name="from" type="time" required defaultValue={quiet?.from ?? '22:00'} />
          </label>
          <label className="field">
            {words.quietTo}
            <input name="to" type="time" required defaultValue={quiet?.to ?? '07:00'} />
          </label>
        </div>
        <div className="buttons">
          <Button isSubmit isBusy={act.isBusy}>
            {words.save}
          </Button>
          {quiet && (
            <Button isBusy={act.isBusy} onPress={() => void save(null)}>
              {words.quietOff}
            </Button>
          )}
        </div>
        {act.result && <Note tone="good">{words.saved}</Note>}
        {act.error !== undefined && <ErrorNote error={act.error} />}
      </form>
    </>
  );
}

/** Gives the answer to the browser as a file. */
function saveAsFile(value: unknown): void {
  const address = URL.createObjectURL(new Blob([JSON.stringify(value, null, 2)], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'puntual.json';
  link.click();
  URL.revokeObjectURL(address);
}

function Leaving() {
  const { say } = useLanguage();
  const words = say.account;
  const exporting = useAct<void>();
  const erasing = useAct<true>();
  const [asks, setAsks] = useState(false);
  return (
    <>
      <div className="buttons">
        <Button
          isBusy={exporting.isBusy}
          onPress={() => void exporting.run(async () => saveAsFile(await askIfThere('get', '/api/me/export')))}
        >
          {words.export}
        </Button>
        <Button kind="danger" isBusy={erasing.isBusy} onPress={() => setAsks(true)}>
          {words.erase}
        </Button>
      </div>
      {[exporting.error, erasing.error].map(
        (error) =>
          error !== undefined &&
          (codeOf(error) === 'auth/proof-needed' ? (
            <Note tone="warn" key={codeOf(error)}>
              <p>{words.eraseFresh}</p>
              <Goto to="/login">{say.next.signInAgain}</Goto>
            </Note>
          ) : (
            <ErrorNote error={error} key={codeOf(error)} />
          )),
      )}
      {asks && (
        <Ask
          title={words.eraseAsk}
          no={words.eraseNo}
          yes={words.eraseYes}
          isDanger
          onNo={() => setAsks(false)}
          onYes={() => {
            setAsks(false);
            void erasing.run(async () => {
              await askIfThere('delete', '/api/me');
              await client.signOut().catch(() => undefined);
              return true;
            });
          }}
        >
          <p>{words.eraseLoss}</p>
        </Ask>
      )}
    </>
  );
}
