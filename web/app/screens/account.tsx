// /account. One thumb: sign out, here or elsewhere; language; test the notices. The eye sees first: who is signed in, whether our login at
// the gym lives, and how many places are left.
//
//   Cuenta
//   Has entrado como Ana              [Cerrar sesión]
//   Nuestro acceso al gimnasio        Funciona …
//   Plazas que te quedan este mes     27 de 30  ▓▓▓▓▓▓▓░
//   Dónde tienes la sesión abierta    …
//   Avisos a una dirección tuya       [Probar] [Quitar]
//   Idioma                            [Español][English]
import { useMutation, useQuery } from '@tanstack/react-query';
import { useAct } from '../data/act.ts';
import { client, codeOf } from '../data/member.ts';
import { chooseNotices, isDeadLogin, queries, useBackground, useBoxes, useMe, useUsage } from '../data/queries.ts';
import { type Language, useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Screen } from '../parts/screen.tsx';
import { clockOf, dayIn, dayWords, foreignCity } from '../time.ts';
import { OwnData } from './own-data.tsx';
import { OwnWebhook } from './own-webhook.tsx';

export default function Account() {
  const { language, say, choose } = useLanguage();
  const { data: me } = useMe();
  const boxes = useBoxes();
  const leaving = useAct<void>();
  const words = say.account;
  // One after another: the last language pressed is the one that stays.
  const speaking = useMutation({ mutationFn: chooseNotices, scope: { id: 'language' } });
  const speak = (chosen: Language) => {
    choose(chosen);
    speaking.mutate(chosen);
  };
  const name = me?.member.name || me?.member.email;
  return (
    <Screen
      title={say.titles.account}
      aside={
        <Button isBusy={leaving.isBusy} onPress={() => void leaving.run(() => client.signOut())}>
          {words.signOut}
        </Button>
      }
    >
      {leaving.error !== undefined && <ErrorNote error={leaving.error} />}
      {name && <p>{words.hello(name)}</p>}
      <GymLogin />
      <Tokens />
      <h2>{words.boxes}</h2>
      <ul className="rows">
        {boxes.map((box) => (
          <li key={box.id} className="card">
            <p className="row-name">{box.name}</p>
            <p className="soft">
              {box.opening?.words} {foreignCity(box.timeZone) && say.zone(foreignCity(box.timeZone) ?? '')}
            </p>
          </li>
        ))}
      </ul>
      <Devices />
      <OwnWebhook />
      <h2>{words.language}</h2>
      <div className="buttons">
        <Button isPressed={language === 'es'} onPress={() => speak('es')}>
          <span lang="es">Español</span>
        </Button>
        <Button isPressed={language === 'en'} onPress={() => speak('en')}>
          <span lang="en">English</span>
        </Button>
      </div>
      {speaking.error && <ErrorNote error={speaking.error} />}
      {me && <OwnData me={me} />}
      <div className="buttons">
        <Goto to="/chat" kind="plain">
          {words.notes}
        </Goto>
        <Goto to="/operator" kind="plain">
          {words.operator}
        </Goto>
      </div>
    </Screen>
  );
}

function GymLogin() {
  const { say } = useLanguage();
  const { data: status, error, refetch } = useBackground();
  const words = say.account;
  return (
    <>
      <h2>{words.gymLogin}</h2>
      {error !== null && status === undefined ? (
        <ErrorNote error={error} onRetry={() => void refetch()} />
      ) : status === undefined ? (
        <Waiting rows={1} label={say.loading} />
      ) : isDeadLogin(status) ? (
        <Note tone="bad">
          <p>{words.login.dead}</p>
          <Goto to="/login" kind="main">
            {say.next.signInAgain}
          </Goto>
        </Note>
      ) : (
        <Note tone={status === 'live' ? 'good' : 'warn'}>
          <p>{status === 'live' ? words.login.live : words.login.doubt}</p>
        </Note>
      )}
    </>
  );
}

function Tokens() {
  const { say } = useLanguage();
  const { data: usage, error } = useUsage();
  const words = say.account;
  if (error !== null && codeOf(error) !== 'subscription/missing') return <ErrorNote error={error} />;
  if (!usage) return error === null ? <Waiting rows={1} label={say.loading} /> : <p className="soft">{words.noPlan}</p>;
  const { current, max, unlimited } = usage.tokens;
  const share = unlimited ? 1 : current / Math.max(1, max);
  return (
    <>
      <h2>{words.tokens}</h2>
      <div className="card stack">
        <div className="head">
          <p className="state">{unlimited ? words.unlimited : words.tokensOf(current, max)}</p>
          <p className="soft">
            {words.plan}: {usage.plan}
          </p>
        </div>
        <div className="meter" aria-hidden="true">
          <i className={share > 0.2 ? '' : share > 0 ? 'warn' : 'bad'} style={{ width: `${share * 100}%` }} />
        </div>
        {!unlimited && <p className="soft">{words.tokensHint}</p>}
      </div>
    </>
  );
}

/** `Firefox · Linux`, as far as a user agent says so in words a person knows. */
function deviceName(userAgent: string | null): string {
  const text = userAgent ?? '';
  const browser = /(Edg|OPR|Firefox|Chrome|Safari)\//.exec(text)?.[1]?.replace('Edg', 'Edge').replace('OPR', 'Opera');
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux)/.exec(text)?.[1]?.replace('Mac OS X', 'Mac');
  return [browser, system].filter(Boolean).join(' · ') || text.slice(0, 40) || '–';
}

function Devices() {
  const { language, say } = useLanguage();
  const words = say.account;
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: async () => (await client.call('get', '/api/auth/sessions', {})).sessions,
  });
  const act = useAct<true>();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const end = (id: string) =>
    act.run(async () => {
      await client.call('delete', '/api/auth/sessions/{id}', { path: { id } });
      await queries.invalidateQueries({ queryKey: ['sessions'] });
      return true;
    });
  const seenAt = (at: string) => `${dayWords(dayIn(Date.parse(at), here), language, 'short')} ${clockOf(at, here)}`;
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
              <p className="soft">{current ? words.thisDevice : words.seen(seenAt(lastSeenAt))}</p>
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
