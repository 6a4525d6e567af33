// The app's beginning: the session is asked for, the frame is drawn, and each screen is fetched when it is gone to.
import { QueryClientProvider } from '@tanstack/react-query';
import { lazy, StrictMode, Suspense, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { Redirect, Route, Switch, useLocation } from 'wouter';
import './app.css';
import { useLive } from './data/live.ts';
import { client, useClientState } from './data/member.ts';
import { lastParting, noteParting } from './data/parting.ts';
import { queries } from './data/queries.ts';
import { clearShelf, lastMember, readShelf, rememberMember } from './data/shelf.ts';
import { SpeakingPage, useLanguage } from './language/language.tsx';
import { Bar } from './parts/bar.tsx';
import { Button } from './parts/button.tsx';
import { Note } from './parts/note.tsx';
import { Waiting } from './parts/row.tsx';
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

/** Fetched while the member reads the first screen, so that the next press shows something at once. */
const fetchAhead = () => Promise.all([import('./screens/classes.tsx'), import('./screens/bookings.tsx')]);

/** The service cannot answer: what was kept is shown, and says so. */
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
              <Next />
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

/** Nothing of a member stays in a browser that they are signed out of. Outside of the screens: the one that hears of it is left at once. */
client.subscribe(() => {
  const { session } = client.state();
  if (session.status !== 'signed-out' || lastMember() === '') return;
  if (session.proof !== 'left' && lastParting() === undefined) noteParting('ended');
  clearShelf();
  queries.clear();
});

/** A signed-out person goes to the sign-in and comes back; while the service cannot say, the page shows what was kept. */
function Members() {
  const { session } = useClientState();
  const [isAsked, setIsAsked] = useState(false);
  const [path] = useLocation();
  useEffect(() => {
    void client.start().then(() => setIsAsked(true));
  }, []);
  const userId = session.status === 'signed-in' ? session.userId : undefined;
  if (userId !== undefined && lastMember() !== userId) {
    clearShelf();
    queries.clear();
    rememberMember(userId);
  }
  if (session.status === 'signed-out') return <Redirect to={path === '/' ? '/login' : `/login?to=${path}`} replace />;
  if (session.status === 'unknown' && !isAsked && lastMember() === '') return <div className="page">{<Loading />}</div>;
  return <MemberScreens isUnreached={isAsked && session.status === 'unknown'} />;
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
    <Route>
      <Members />
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

// It is no part of the first load, and a page that cannot have it works without.
if ('serviceWorker' in navigator)
  addEventListener('load', () => void navigator.serviceWorker.register('/sw.js').catch(() => undefined));
