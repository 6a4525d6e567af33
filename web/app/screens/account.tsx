// The screen /account: a member signs out, here or on another device, sets the language, and tests notices. The screen shows first the member, the
// state of the background session, and how many places the member's plan at puntual still lets the service win this month. A sketch of the screen:
//
//   Cuenta
//   Has entrado como Ana              [Cerrar sesión]
//   Nuestro acceso al gimnasio        Funciona …
//   Plazas que te quedan este mes     27 de 30  ▓▓▓▓▓▓▓░
//   Dónde tienes la sesión abierta    …
//   Dónde te avisamos                 Telegram · funciona [Probar] [Quitar]
//   De qué te avisamos                ☑ …
//   Horas de silencio · amigos · calendario
//   Idioma                            [Español][English]
//   [Descargar mis datos] [Borrar mi cuenta]
import { useMutation } from '@tanstack/react-query';
import { useAct } from '../data/act.ts';
import { useChannels } from '../data/channels.ts';
import { useDevices } from '../data/devices.ts';
import { client } from '../data/member.ts';
import { giveUp } from '../data/push.ts';
import { changeAccount, isAwaited, useBackground, useBoxes, useMe, useOffers, useUsage } from '../data/queries.ts';
import { type Language, useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Screen } from '../parts/screen.tsx';
import { foreignCity } from '../time.ts';
import { CalendarLink } from './calendar-link.tsx';
import { Channels } from './channels.tsx';
import { Devices } from './devices.tsx';
import { GymLogin } from './gym-login.tsx';
import { Leaving } from './leaving.tsx';
import { OwnWords } from './own-words.tsx';
import { TokensLeft } from './tokens-left.tsx';
import { Told } from './told.tsx';

/** Signs out and ends this browser's push subscription, so that the browser's next member does not see this member's notices. */
async function signOut(): Promise<void> {
  await client.signOut();
  await giveUp();
}

/**
 * Has each of this screen's requests for data ended, with an answer or an error? The screen is shown only once all its requests have ended, so that
 * no part of it moves later.
 */
function useIsSettled(): boolean {
  const asked = [useMe(), useBackground(), useOffers(), useUsage(), useDevices(), useChannels()];
  return !asked.some(isAwaited);
}

/** The screen /account. @param isUnreached true when the service does not answer: the screen then shows data that the browser kept. */
export default function Account({ isUnreached }: { readonly isUnreached: boolean }) {
  const { language, say, choose } = useLanguage();
  const { data: me } = useMe();
  const boxes = useBoxes();
  const leaving = useAct<void>();
  const words = say.account;
  // Changes of the language are sent one after another, so that the language pressed last is the language kept.
  const speaking = useMutation({ mutationFn: changeAccount, scope: { id: 'language' } });
  const speak = (chosen: Language) => {
    choose(chosen);
    speaking.mutate({ language: chosen });
  };
  const isSettled = useIsSettled() || isUnreached;
  const name = me?.member.name || me?.member.email;
  return (
    <Screen
      title={say.titles.account}
      aside={
        <Button isBusy={leaving.isBusy} onPress={() => void leaving.run(signOut)}>
          {words.signOut}
        </Button>
      }
    >
      {leaving.error !== undefined && <ErrorNote error={leaving.error} />}
      {!isSettled && <Waiting rows={5} label={say.loading} />}
      <div className="stack" hidden={!isSettled}>
        {name && <p>{words.hello(name)}</p>}
        <GymLogin />
        <TokensLeft />
        <h2>{words.boxes}</h2>
        <ul className="rows">
          {boxes.map((box) => (
            <li key={box.id} className="card">
              <p className="row-name">{box.name}</p>
              <p className="soft">
                {box.opening?.source === 'none' ? words.noRule : box.opening?.words}{' '}
                {foreignCity(box.timeZone) && say.zone(foreignCity(box.timeZone) ?? '')}
              </p>
            </li>
          ))}
        </ul>
        <Devices />
        <Channels />
        {me && <Told me={me} />}
        {me && <OwnWords me={me} />}
        <CalendarLink />
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
        <Leaving />
        <div className="buttons">
          <Goto to="/chat" kind="plain">
            {words.notes}
          </Goto>
          <Goto to="/operator" kind="plain">
            {words.operator}
          </Goto>
        </div>
      </div>
    </Screen>
  );
}
