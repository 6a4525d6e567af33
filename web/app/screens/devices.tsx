// The devices on which the member is signed in at puntual; each but this one has a button that ends that device's puntual session.
import { useAct } from '../data/act.ts';
import { endSession, useDevices } from '../data/devices.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { momentWords } from '../time.ts';

/**
 * `Firefox · Linux`: browser and system of a user agent; if neither is known, the user agent's first 40 letters; `unknown` for an empty user agent.
 */
function deviceName(userAgent: string | null, unknown: string): string {
  const text = userAgent ?? '';
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(text)?.[1]?.replace('Edg', 'Edge').replace('OPR', 'Opera');
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(text)?.[1]?.replace('Mac OS X', 'Mac');
  return [browser, system].filter(Boolean).join(' · ') || text.slice(0, 40) || unknown;
}

export function Devices() {
  const { language, say } = useLanguage();
  const words = say.account;
  const list = useDevices();
  const act = useAct<true>();
  const end = (id: string) =>
    act.run(async () => {
      await endSession(id);
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
              <p className="row-name">{deviceName(userAgent, words.unknownDevice)}</p>
              <p className="soft">{current ? words.thisDevice : words.seen(momentWords(lastSeenAt, language))}</p>
            </div>
            {!current && (
              <Button
                isBusy={act.isBusy}
                label={`${words.signOut}: ${deviceName(userAgent, words.unknownDevice)}`}
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
