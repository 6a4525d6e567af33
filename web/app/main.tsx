// The app's entry: asks the service for the member's puntual session, renders the frame, and fetches each screen's code when the screen is opened.
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import './app.css';
import { useLive } from './data/live.ts';
import { client, useClientState } from './data/member.ts';
import { lastParting, noteParting } from './data/parting.ts';
import { giveUpAnothers } from './data/push.ts';
import { queries } from './data/queries.ts';
import { clearShelf, lastMember, readShelf, rememberMember } from './data/shelf.ts';
import { SpeakingPage, useLanguage } from './language/language.tsx';
import { Bar } from './parts/bar.tsx';
import { Button, Goto } from './parts/button.tsx';
import { Note } from './parts/note.tsx';
import { Waiting } from './parts/row.tsx';
import { Screen } from './parts/screen.tsx';
import { loginFrom } from './parts/sign-in-again.tsx';
import { Next } from './screens/next.tsx';
import { sinceWords } from './time.ts';

const Login = lazy(() => import('./screens/login.tsx'));
const Classes = lazy(() => import('./screens/classes.tsx'));
const Bookings = lazy(() => import('./screens/bookings.tsx'));
const OnePrebooking = lazy(() => import('./screens/prebooking.tsx'));
const Weekly = lazy(() => import('./screens/weekly.tsx'));
const Account = lazy(() => import('./screens/account.tsx'));
const Operator = lazy(() => import('./screens/operator.tsx'));
const Chat = lazy(() => import('./screens/chat.tsx'));

/** Fetches two screens' code while the member reads the first screen, so that the next press shows a screen at once. */
const fetchAhead = () => Promise.all([import('./screens/classes.tsx'), import('./screens/bookings.tsx')]);

/** A note that is shown while the service cannot be reached: it says that the page shows data kept in the browser, and how old the data is. */
function Unreached() {
  const { language, say } = useLanguage();
  const kept = readShelf('agenda');
  return (
    <Note tone="warn">
      <p>
        {navigator.onLine ? say.away : say.offline} {kept && say.asOf(sinceWords(kept.atMs, language))}
      </p>
      <Button onPress={() => location.reload()}>{say.retry}</Button>
    </Note>
  );
}

function MemberScreens({ isUnreached }: { readonly isUnreached: boolean }) {
  useLive();
  useEffect(() => {
    const timer = setTimeout(() => void fetchAhead().catch(() => undefined), 2_000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <>
      <Bar />
      <div className="page beside">
        {isUnreached && <Unreached />}
        <Suspense fallback={<Loading />}>
          <Switch>
            <Route path="/">
              <Next isUnreached={isUnreached} />
            </Route>
            <Route path="/classes">
              <Classes />
            </Route>
            <Route path="/bookings">
              <Bookings />
            </Route>
            <Route path="/bookings/:id">{({ id }) => <OnePrebooking id={id} key={id} />}</Route>
            <Route path="/weekly">
              <Weekly />
            </Route>
            <Route path="/account">
              <Account isUnreached={isUnreached} />
            </Route>
            <Route path="/chat">
              <Chat />
            </Route>
            <Route>
              <Redirect to="/" replace />
            </Route>
          </Switch>
        </Suspense>
      </div>
    </>
  );
}

function Loading() {
  const { say } = useLanguage();
  return <Waiting label={say.loading} />;
}

// At a sign-out, deletes the member's data from the browser. The listener for sign-outs is outside of all screens, since a sign-out removes the shown
// screen.
client.subscribe(() => {
  const { session } = client.state();
  if (session.status !== 'signed-out' || lastMember() === '') return;
  if (session.proof !== 'left' && lastParting() === undefined) noteParting('ended');
  clearShelf();
  queries.clear();
});

/**
 * Sends a signed-out visitor to the sign-in screen; after the sign-in the app shows the page that the visitor wanted. While the service cannot be
 * reached, the screens show data kept in the browser.
 */
function Members() {
  const { session } = useClientState();
  const [isAsked, setIsAsked] = useState(false);
  const [path] = useLocation();
  const search = useSearch();
  useEffect(() => {
    void client.start().then(() => setIsAsked(true));
  }, []);
  const userId = session.status === 'signed-in' ? session.userId : undefined;
  if (userId !== undefined && lastMember() !== userId) {
    clearShelf();
    queries.clear();
    rememberMember(userId);
    void giveUpAnothers(userId);
  }
  if (session.status === 'signed-out') return <Redirect to={loginFrom(path, search)} replace />;
  if (session.status === 'unknown' && !isAsked && lastMember() === '') return <div className="page">{<Loading />}</div>;
  return <MemberScreens isUnreached={isAsked && session.status === 'unknown'} />;
}

/** The addresses of the members' screens. The service's list is `SCREENS` in worker/routes/pages.ts. */
const MEMBER_SCREENS = /^\/(index\.html|classes|bookings(\/[^/]+)?|weekly|account|chat)?\/?$/;

/** Tells a visitor that the address leads to no screen; this screen needs no sign-in. */
function NoPage() {
  const { say } = useLanguage();
  return (
    <div className="page">
      <Screen title={say.noPage.title}>
        <p>{say.noPage.text}</p>
        <div>
          <Goto to="/">{say.noPage.back}</Goto>
        </div>
      </Screen>
    </div>
  );
}

const App = () => (
  <Switch>
    <Route path="/login">
      <Suspense fallback={null}>
        <Login />
      </Suspense>
    </Route>
    <Route path="/operator">
      <Suspense fallback={null}>
        <Operator />
      </Suspense>
    </Route>
    <Route path={MEMBER_SCREENS}>
      <Members />
    </Route>
    <Route>
      <NoPage />
    </Route>
  </Switch>
);

const root = document.getElementById('app');
if (!root) throw new Error('Expected the page to have a place for the app.');
createRoot(root).render(
  <StrictMode>
    <SpeakingPage>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </SpeakingPage>
  </StrictMode>,
);

// The service worker is registered after the first load; the app works without a service worker, too.
if ('serviceWorker' in navigator)
  addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined));
