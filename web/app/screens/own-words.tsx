// Settings of notices and privacy: quiet hours, and whether friends see the member's classes.
import { useId, useState } from 'react';
import { useAct } from '../data/act.ts';
import type { Me } from '../data/member.ts';
import { type AccountChanges, changeAccount } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

export function OwnWords({ me }: { readonly me: Me }) {
  return (
    <>
      <QuietHours me={me} />
      <Friends me={me} />
    </>
  );
}

function useChange() {
  const act = useAct<true>();
  const save = (changes: AccountChanges) =>
    void act.run(async () => {
      await changeAccount(changes);
      return true;
    });
  return { act, save };
}

function QuietHours({ me }: { readonly me: Me }) {
  const { say } = useLanguage();
  const words = say.account;
  const { act, save } = useChange();
  const quiet = me.member.quietHours;
  return (
    <>
      <h2>{words.quiet}</h2>
      <form
        className="card stack"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          save({ quietHours: { from: String(form.get('from')), to: String(form.get('to')) } });
        }}
      >
        <p className="soft">{words.quietHint}</p>
        <div className="buttons" key={`${quiet?.from} ${quiet?.to}`}>
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
            <Button isBusy={act.isBusy} onPress={() => save({ quietHours: null })}>
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

function Friends({ me }: { readonly me: Me }) {
  const { say } = useLanguage();
  const words = say.account;
  const { act, save } = useChange();
  const [wanted, setWanted] = useState(false);
  const id = useId();
  return (
    <>
      <h2>{words.friends}</h2>
      <div className="card">
        <label className="check">
          <input
            type="checkbox"
            checked={act.isBusy ? wanted : me.member.visibleToFriends}
            aria-describedby={id}
            onChange={({ currentTarget: { checked } }) => {
              setWanted(checked);
              save({ visibleToFriends: checked });
            }}
          />
          {words.friendsSee}
        </label>
        <p className="soft" id={id}>
          {words.friendsHint}
        </p>
        {act.error !== undefined && <ErrorNote error={act.error} />}
      </div>
    </>
  );
}
