// The member's channels for notices: each with its state, a test button and a delete button. Below the channels is a button for each kind of channel
// that can be added.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { type Channel, type Kind, removeChannel, type Trial, tryChannel, useChannels } from '../data/channels.ts';
import { ownPushChannel } from '../data/push.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { AddChannel } from './add-channel.tsx';

export function Channels() {
  const { say } = useLanguage();
  const words = say.channels;
  const { data, error, refetch } = useChannels();
  const [adding, setAdding] = useState<Kind>();
  const channels = data?.channels ?? [];
  const isHere = channels.some(({ id }) => id === ownPushChannel());
  const offered = (data?.offered ?? []).filter((kind) => kind !== 'web-push' || !isHere);
  return (
    <>
      <h2>{words.title}</h2>
      <p className="soft">{words.lead}</p>
      {error !== null && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <Waiting rows={1} label={say.loading} />}
      {data && channels.length === 0 && <Note tone="warn">{words.none}</Note>}
      {channels.length > 0 && (
        <ul className="rows">
          {channels.map((channel) => (
            <OneChannel key={channel.id} channel={channel} />
          ))}
        </ul>
      )}
      {offered.length > 0 && (
        <fieldset className="stack">
          <legend className="soft">{words.add}</legend>
          <div className="buttons">
            {offered.map((kind) => (
              <Button
                key={kind}
                isPressed={adding === kind}
                onPress={() => setAdding(adding === kind ? undefined : kind)}
              >
                {words.adds[kind]}
              </Button>
            ))}
          </div>
        </fieldset>
      )}
      {adding && data && <AddChannel key={adding} kind={adding} vapidPublicKey={data.vapidPublicKey} />}
    </>
  );
}

const TONES = { live: 'good', unconfirmed: 'warn', failing: 'warn', gone: 'bad' } as const;

function OneChannel({ channel: { id, kind, label, state } }: { readonly channel: Channel }) {
  const { say } = useLanguage();
  const words = say.channels;
  const trying = useAct<Trial>();
  const removing = useAct<void>();
  const name = words.kinds[kind];
  const isHere = id === ownPushChannel();
  const failed = [trying, removing].find((act) => act.error !== undefined)?.error;
  return (
    <li className="card stack" aria-label={`${name} ${label ?? ''}`.trim()}>
      <div className="head">
        <div>
          <p className="row-name">{name}</p>
          <p className="soft">{isHere ? words.here : label}</p>
        </div>
        <p className={`state ${TONES[state]}`}>{words.states[state]}</p>
      </div>
      {state !== 'live' && <p className="soft">{state === 'unconfirmed' ? words.confirm[kind] : words.what[state]}</p>}
      <div className="buttons">
        {state !== 'unconfirmed' && (
          <Button
            isBusy={trying.isBusy}
            label={`${words.test}: ${name}`}
            onPress={() => void trying.run(() => tryChannel(id))}
          >
            {trying.isBusy ? say.classes.busy : words.test}
          </Button>
        )}
        <Button
          kind="danger"
          isBusy={removing.isBusy}
          label={`${words.remove}: ${name}`}
          onPress={() => void removing.run(() => removeChannel(id))}
        >
          {words.remove}
        </Button>
      </div>
      {trying.result && <Note tone={trying.result === 'delivered' ? 'good' : 'bad'}>{words.trial[trying.result]}</Note>}
      {failed !== undefined && <ErrorNote error={failed} />}
    </li>
  );
}
