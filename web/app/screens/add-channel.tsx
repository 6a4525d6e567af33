// The form that adds a channel for notices: the input fields for each kind of channel, and the member's next step after the channel is stored. A
// webhook's signing secret is shown only once.
import { useAct } from '../data/act.ts';
import { type Added, addChannel, addThisBrowser, type Kind } from '../data/channels.ts';
import { canPush, PushError, type PushTrouble } from '../data/push.ts';
import { useMe } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

interface AddChannelParts {
  readonly kind: Kind;
  readonly vapidPublicKey: string | null;
}

export function AddChannel({ kind, vapidPublicKey }: AddChannelParts) {
  const { say } = useLanguage();
  const words = say.channels;
  const act = useAct<Added>();
  const submit = (form: FormData) => {
    if (kind === 'web-push') return act.run(() => addThisBrowser(vapidPublicKey ?? ''));
    if (kind === 'telegram') return act.run(() => addChannel({ kind }));
    if (kind === 'email') return act.run(() => addChannel({ kind, address: String(form.get('address')) }));
    return act.run(() => addChannel({ kind, url: String(form.get('address')) }));
  };
  return (
    <form
      className="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      <p className="soft">{words.hints[kind]}</p>
      {(kind === 'email' || kind === 'webhook') && <Address kind={kind} />}
      {kind === 'web-push' && !canPush() ? (
        <Note tone="warn">{words.push.unsupported}</Note>
      ) : (
        <div>
          <Button kind="main" isSubmit isBusy={act.isBusy}>
            {act.isBusy ? say.classes.busy : words.does[kind]}
          </Button>
        </div>
      )}
      {act.error instanceof PushError ? (
        <Note tone="bad">{words.push[act.error.message as PushTrouble]}</Note>
      ) : (
        act.error !== undefined && <ErrorNote error={act.error} />
      )}
      {act.result && <Next added={act.result} />}
    </form>
  );
}

function Address({ kind }: { readonly kind: 'email' | 'webhook' }) {
  const { say } = useLanguage();
  const { data: me } = useMe();
  return kind === 'email' ? (
    <label className="field">
      {say.login.email}
      <input name="address" type="email" required maxLength={254} defaultValue={me?.member.email ?? ''} />
    </label>
  ) : (
    <label className="field">
      {say.channels.url}
      <input name="address" type="url" required pattern="https://.*" placeholder="https://" maxLength={2000} />
    </label>
  );
}

/** Shows the member's next step after the channel is stored. */
function Next({ added: { channel, link, secret } }: { readonly added: Added }) {
  const { say } = useLanguage();
  const words = say.channels;
  return (
    <Note tone="good">
      <p>{channel.state === 'unconfirmed' ? words.confirm[channel.kind] : words.added}</p>
      {link && (
        <a className="button main" href={link} target="_blank" rel="noreferrer">
          {words.openTelegram}
        </a>
      )}
      {secret && (
        <>
          <p>{words.secret}</p>
          <code>{secret}</code>
        </>
      )}
    </Note>
  );
}
