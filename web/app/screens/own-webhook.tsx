// The member's own https address for notices: set it, test it, remove it. Its signing secret is shown once.
import { useQuery } from '@tanstack/react-query';
import type { Answer } from '../../client/contract.ts';
import { useAct } from '../data/act.ts';
import { client } from '../data/member.ts';
import { queries } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';

const PATH = '/api/notifications/webhook';
const KEY = ['webhook'];

export function OwnWebhook() {
  const { say } = useLanguage();
  const words = say.account;
  const { data, error } = useQuery({
    queryKey: KEY,
    queryFn: async () => (await client.call('get', PATH, {})).webhook,
  });
  const saving = useAct<Answer<typeof PATH, 'put'>>();
  const trying = useAct<keyof typeof words.trial>();
  const removing = useAct<void>();
  const change = async <T,>(work: Promise<T>): Promise<T> => {
    const done = await work;
    await queries.invalidateQueries({ queryKey: KEY });
    return done;
  };
  const failed = [saving, trying, removing].find((act) => act.error !== undefined)?.error ?? error;
  return (
    <>
      <h2>{words.channel}</h2>
      <div className="card stack">
        <p className="soft">{words.channelHint}</p>
        <p>{data ? words.channelAt(data.origin) : words.channelNone}</p>
        {data && (
          <div className="buttons">
            <Button
              isBusy={trying.isBusy}
              onPress={() => void trying.run(async () => (await client.call('post', `${PATH}/test`, {})).outcome)}
            >
              {trying.isBusy ? say.classes.busy : words.test}
            </Button>
            <Button
              kind="danger"
              isBusy={removing.isBusy}
              onPress={() => void removing.run(async () => void (await change(client.call('delete', PATH, {}))))}
            >
              {words.remove}
            </Button>
          </div>
        )}
        {trying.result && (
          <Note tone={trying.result === 'delivered' ? 'good' : 'bad'}>{words.trial[trying.result]}</Note>
        )}
        {saving.result && (
          <Note tone="good">
            <p>{words.secret}</p>
            <code>{saving.result.secret}</code>
          </Note>
        )}
        {failed != null && <ErrorNote error={failed} />}
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            const url = String(new FormData(event.currentTarget).get('url'));
            void saving.run(() => change(client.call('put', PATH, { body: { url } })));
          }}
        >
          <label className="field">
            {words.channelUrl}
            <input name="url" type="url" required pattern="https://.*" placeholder="https://" maxLength={2000} />
          </label>
          <Button isSubmit isBusy={saving.isBusy}>
            {words.save}
          </Button>
        </form>
      </div>
    </>
  );
}
