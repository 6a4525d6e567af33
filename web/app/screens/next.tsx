// The app's first screen, /: the next class and whether the member has a place in it, then the countdown of the next opening, then the latest result.
// A button is shown only where the member must do something. A sketch of the screen:
//
//   Próximo
//   ▌ background session dead → [Volver a entrar]
//   Tu próxima clase        WOD 18:00 · lun 30 · Reservada
//   Lo próximo que se abre  WOD 18:00   0:42  ✓ Va a funcionar
//   Nuevo                   the unread notices              [Visto]
//   Lo último que pasó      WOD 18:00 · Sin plaza · why, in one sentence
import { lazy, Suspense } from 'react';
import type { Prebooking } from '../../client/contract.ts';
import { useAgenda } from '../data/agenda.ts';
import { type AgendaItem, isHeld, isWaiting, startMs } from '../data/agenda-items.ts';
import { useNow } from '../data/clock.ts';
import { isAwaited, isDeadLogin, useBackground, usePrebookings } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Row, Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { SignInAgain } from '../parts/sign-in-again.tsx';
import { Stale } from '../parts/stale.tsx';
import { ItemState, State, stateWords, Where } from '../parts/state.tsx';
import { hourOf } from '../time.ts';
import { Openings } from './openings.tsx';

/** The part of the screen with the unread notices; its code is fetched after the first load. */
const Unread = lazy(() => import('./unread.tsx'));

const MAX_OPENINGS = 5;
const MAX_LAST = 3;

/** The app's first screen. @param isUnreached true when the service does not answer: the screen then shows data that the browser kept. */
export function Next({ isUnreached }: { readonly isUnreached: boolean }) {
  const { say } = useLanguage();
  const prebookings = usePrebookings();
  const agenda = useAgenda();
  const { data: background } = useBackground();
  const now = useNow();
  const all = prebookings.data ?? [];
  const mine = agenda.data?.items.find((item) => isHeld(item.state) && startMs(item) > now);
  const waiting = all.filter(({ status }) => isWaiting(status)).sort((a, b) => a.opensAt.localeCompare(b.opensAt));
  const more = waiting.length - MAX_OPENINGS;
  const last = all
    .filter(({ status }) => !isWaiting(status) && status !== 'withdrawn')
    .sort((a, b) => b.opensAt.localeCompare(a.opensAt))
    .slice(0, MAX_LAST);
  // The parts of the screen appear together, so that no part moves while the member reads. Data that the browser kept from an earlier visit is shown
  // immediately, without waiting for the service.
  const isFirstLook = [agenda, prebookings].some(isAwaited);
  return (
    <Screen title={say.titles.next}>
      {/* One note is enough where both reads failed. */}
      <Age of={isOld(agenda) ? agenda : prebookings} />
      {isDeadLogin(background?.status) && (
        <Note tone="bad">
          <p>{say.next.deadLogin}</p>
          <SignInAgain kind="main" />
        </Note>
      )}
      {isFirstLook ? (
        <Waiting rows={2} label={say.loading} />
      ) : (
        <>
          <h2>{say.next.mine}</h2>
          {mine && (
            <ul className="rows">
              <MyClass item={mine} />
            </ul>
          )}
          {agenda.data === undefined && <ErrorNote error={agenda.error} onRetry={() => void agenda.refetch()} />}
          {agenda.data?.stale && agenda.error === null && <Stale at={agenda.data.staleAt} />}
          {agenda.data?.stale === false && !mine && (
            <Note>
              <p>{say.next.none}</p>
              <Goto to="/classes">{say.next.find}</Goto>
            </Note>
          )}
          <h2>{say.next.openings}</h2>
          {prebookings.data === undefined ? (
            <ErrorNote error={prebookings.error} onRetry={() => void prebookings.refetch()} />
          ) : waiting.length === 0 ? (
            <p className="soft">{say.next.noOpenings}</p>
          ) : (
            <Openings prebookings={waiting.slice(0, MAX_OPENINGS)} now={now} />
          )}
          {more > 0 && (
            <div>
              <Goto to="/bookings">{say.next.more(more)}</Goto>
            </div>
          )}
          <Suspense fallback={null}>
            <Unread isUnreached={isUnreached}>
              {last.length > 0 && <h2>{say.next.last}</h2>}
              {last.length > 0 && (
                <ul className="rows">
                  {last.map((one) => (
                    <Ended key={one.id} prebooking={one} />
                  ))}
                </ul>
              )}
            </Unread>
          </Suspense>
        </>
      )}
    </Screen>
  );
}

/** Has the latest read failed, and does the screen show an earlier answer? */
const isOld = ({ data, error }: { readonly data: unknown; readonly error: unknown }): boolean =>
  data !== undefined && error !== null;

function MyClass({ item }: { readonly item: AgendaItem }) {
  const { id, day, boxId, timeId, className } = item;
  const hour = timeId === null ? '' : hourOf(timeId);
  const to = id === undefined ? `/classes?box=${boxId}&day=${day}` : `/bookings/${id}`;
  const facts = (
    <>
      <Where day={day} boxId={boxId} />
      <ItemState item={item} />
    </>
  );
  return <Row hour={hour} name={className ?? hour} to={to} facts={facts} />;
}

function Ended({ prebooking }: { readonly prebooking: Prebooking }) {
  const { language, say } = useLanguage();
  const hour = hourOf(prebooking.timeId);
  const sentence = stateWords(say, language, prebooking);
  return (
    <Row
      hour={hour}
      name={prebooking.className ?? hour}
      to={`/bookings/${prebooking.id}`}
      facts={
        <>
          <Where day={prebooking.day} boxId={prebooking.boxId} />
          <State state={prebooking.status} />
        </>
      }
      note={sentence ? <p className="soft">{sentence}</p> : undefined}
      isQuiet
    />
  );
}
