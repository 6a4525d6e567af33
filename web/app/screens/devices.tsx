// Where the member is signed in, and ending a session elsewhere.
import { useQuery } from '@tanstack/react-query';
import { useAct } from '../data/act.ts';
import { client } from '../data/member.ts';
import { queries } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { momentWords } from '../time.ts';

/** `Firefox · Linux`, as far as the user agent tells it. */
function deviceName(userAgent: string | null): string {
  const text = userAgent ?? '';
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(text)?.[1]?.replace('Edg', 'Edge').replace('OPR', 'Opera');
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(text)?.[1]?.replace('Mac OS X', 'Mac');
  return [browser, system].filter(Boolean).join(' · ') || text.slice(0, 40) || '–';
}

export function Devices() {
  const { language, say } = useLanguage();
  const words = say.account;
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: async () => (await client.call('get', '/api/auth/sessions', {})).sessions,
  });
  const act = useAct<true>();
  const end = (id: string) =>
    act.run(async () => {
      await client.call('delete', '/api/auth/sessions/{id}', { path: { id } });
      await queries.invalidateQueries({ queryKey: ['sessions'] });
      return true;
    });
  return (
    <>
      <h2>{words.devices}</h2>
      {list.error !== null && <ErrorNote error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && list.error === null && <Waiting rows={1} label={say.loading} />}
      <ul className="rows">
        {list.data?.map(({ id, userAgent, lastSeenAt, current }) => (
          <li key={id} className="card head">
            <div>
              <p className="row-name">{deviceName(userAgent)}</p>
              <p className="soft">{current ? words.thisDevice : words.seen(momentWords(lastSeenAt, language))}</p>
            </div>
            {!current && (
              <Button
                isBusy={act.isBusy}
                label={`${words.signOut}: ${deviceName(userAgent)}`}
                onPress={() => void end(id)}
              >
                {words.signOut}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {act.error !== undefined && <ErrorNote error={act.error} />}
      {act.result && <Note tone="good">{words.signedOut}</Note>}
    </>
  );
}
