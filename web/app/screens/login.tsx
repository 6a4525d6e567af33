// The screen /login: a member signs in with e-mail and password. The screen shows first the app's name, a sentence which says that the gym checks the
// password, and the fields for e-mail and password. A sketch of the screen:
//
//   puntual                       [English]
//   Entra con tu cuenta del gimnasio …
//   Correo electrónico  [____________]
//   Contraseña          [____________]  ☐ Ver la contraseña
//   ☐ Guardar mi acceso al gimnasio · what is stored, in one sentence (only where the service keeps logins)
//   [            Entrar              ]
//   ▌ what went wrong, in words
import { useState } from 'react';
import { useLocation, useSearch } from 'wouter';
import { client } from '../data/member.ts';
import { lastParting, noteParting } from '../data/parting.ts';
import { keepBoxes, queries, useOffers } from '../data/queries.ts';
import { clearShelf, lastMember, rememberMember } from '../data/shelf.ts';
import { errorWords, useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { Note } from '../parts/note.tsx';
import { Screen } from '../parts/screen.tsx';

/** The path to show after the sign-in: a path of this app; any other address in the query is ignored. */
const targetOf = (search: string): string => {
  const to = new URLSearchParams(search).get('to') ?? '/';
  return /^\/(?!\/)[\w/-]*$/.test(to) ? to : '/';
};

/** The invitation that the invitation page passed on behind the `#` of the address, a part that a browser sends to no server. */
const invitationIn = (hash: string): { invitation?: string } => {
  const invitation = new URLSearchParams(hash.slice(1)).get('invitation');
  return invitation ? { invitation } : {};
};

/**
 * Signs in with the gym e-mail and password of the form, and deletes data that another member left on this browser; returns the names of the boxes
 * that could not be identified.
 */
async function signIn(form: FormData): Promise<readonly string[]> {
  const { member, boxes, unplaced } = await client.signIn({
    email: String(form.get('email')),
    password: String(form.get('password')),
    // A checkbox that is not ticked leaves the field `keepLogin` out, so that a login that is already kept stays.
    ...(form.get('keepLogin') !== null && { keepLogin: true }),
    ...invitationIn(location.hash),
  });
  noteParting(undefined);
  if (lastMember() !== member.id) clearShelf();
  rememberMember(member.id);
  await queries.resetQueries();
  keepBoxes(boxes);
  return unplaced.map(({ name }) => name);
}

export default function Login() {
  const { language, say, choose } = useLanguage();
  const keptLogin = useOffers().data?.keptLogin;
  const [, go] = useLocation();
  const target = targetOf(useSearch());
  const [isBusy, setIsBusy] = useState(false);
  const [isShown, setIsShown] = useState(false);
  const [error, setError] = useState<unknown>();
  const [unplaced, setUnplaced] = useState<readonly string[]>([]);
  const submit = async (form: FormData) => {
    setIsBusy(true);
    setError(undefined);
    try {
      const missing = await signIn(form);
      if (missing.length > 0) setUnplaced(missing);
      else go(target, { replace: true });
    } catch (thrown) {
      setError(thrown);
    }
    setIsBusy(false);
  };
  const parting = lastParting();
  return (
    <div className="page">
      <Screen
        title={`puntual · ${say.titles.login}`}
        aside={
          <Button kind="plain" onPress={() => choose(language === 'es' ? 'en' : 'es')}>
            <span lang={language === 'es' ? 'en' : 'es'}>{say.login.language}</span>
          </Button>
        }
      >
        <p>{keptLogin ? say.login.leadKept : say.login.lead}</p>
        {parting === 'erased' && <Note tone="good">{say.account.erased}</Note>}
        {parting === 'ended' && <Note tone="warn">{say.login.ended}</Note>}
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (!isBusy) void submit(new FormData(event.currentTarget));
          }}
        >
          <label className="field">
            {say.login.email}
            <input name="email" type="email" autoComplete="username" required maxLength={254} />
          </label>
          <label className="field">
            {say.login.password}
            <input
              name="password"
              type={isShown ? 'text' : 'password'}
              autoComplete="current-password"
              required
              maxLength={1000}
            />
          </label>
          <label className="check">
            <input type="checkbox" checked={isShown} onChange={(event) => setIsShown(event.currentTarget.checked)} />
            {say.login.show}
          </label>
          {keptLogin && (
            <div>
              <label className="check">
                <input type="checkbox" name="keepLogin" aria-describedby="keep-words" />
                {say.login.keep}
              </label>
              <p className="soft" id="keep-words">
                {keptLogin.words[language]}
              </p>
            </div>
          )}
          <Button kind="main" isSubmit isBusy={isBusy}>
            {isBusy ? say.login.busy : say.login.submit}
          </Button>
          <div role="alert">{error !== undefined && <div className="note bad">{errorWords(say, error)}</div>}</div>
          {unplaced.length > 0 && (
            <Note tone="warn">
              <p>{say.login.unplaced(unplaced.join(', '))}</p>
              <Button onPress={() => go(target, { replace: true })}>{say.titles.next}</Button>
            </Note>
          )}
        </form>
      </Screen>
    </div>
  );
}
