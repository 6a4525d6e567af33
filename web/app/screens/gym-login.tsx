// The state of the member's background session, and of the kept login: since when it is stored, and a button that deletes it.
import { useAct } from '../data/act.ts';
import { forgetKeptLogin, isDeadLogin, useBackground, useOffers } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { SignInAgain } from '../parts/sign-in-again.tsx';
import { momentWords } from '../time.ts';

export function GymLogin() {
  const { say } = useLanguage();
  const { data, error, refetch } = useBackground();
  const words = say.account;
  return (
    <>
      <h2>{words.gymLogin}</h2>
      {error !== null && data === undefined ? (
        <ErrorNote error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <Waiting rows={1} label={say.loading} />
      ) : isDeadLogin(data.status) ? (
        <Note tone="bad">
          <p>{words.login.dead}</p>
          <SignInAgain kind="main" />
        </Note>
      ) : (
        <Note tone={data.status === 'live' ? 'good' : 'warn'}>
          <p>{data.status === 'live' ? words.login.live : words.login.doubt}</p>
        </Note>
      )}
      {data && <KeptLogin />}
    </>
  );
}

function KeptLogin() {
  const { language, say } = useLanguage();
  const words = say.account.kept;
  const offered = useOffers().data?.keptLogin;
  const keptLogin = useBackground().data?.keptLogin;
  const act = useAct<true>();
  const forget = () =>
    act.run(async () => {
      await forgetKeptLogin();
      return true;
    });
  if (!keptLogin && !offered && !act.result) return null;
  return (
    <div className="card stack">
      {keptLogin ? (
        <>
          <p className="row-name">{words.since(momentWords(keptLogin.keptAt, language))}</p>
          <p className="soft">
            {keptLogin.lastUsedAt ? words.used(momentWords(keptLogin.lastUsedAt, language)) : words.unused}
          </p>
          <p className="soft">{keptLogin.words[language]}</p>
          <div>
            <Button kind="danger" isBusy={act.isBusy} onPress={() => void forget()}>
              {act.isBusy ? say.classes.busy : words.forget}
            </Button>
          </div>
        </>
      ) : (
        <>
          <p>{words.none}</p>
          {offered && (
            <div>
              <Goto to="/login?to=/account">{words.begin}</Goto>
            </div>
          )}
        </>
      )}
      {act.result && <Note tone="good">{words.forgotten}</Note>}
      {act.error !== undefined && <ErrorNote error={act.error} />}
    </div>
  );
}
