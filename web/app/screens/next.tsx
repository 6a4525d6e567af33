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
import { boxOf, useAgenda, zoneOf } from '../data/agenda.ts';
import { type AgendaItem, isHeld, isWaiting, startMs } from '../data/agenda-items.ts';
import { useNow } from '../data/clock.ts';
import type { Box } from '../data/member.ts';
import { isAwaited, isDeadLogin, useBackground, useBoxes, usePrebooking, usePrebookings } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Readiness } from '../parts/readiness.tsx';
import { Row, Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { ItemState, State, stateWords, Where } from '../parts/state.tsx';
import { foreignCity, hourOf, instantWords, leftWords } from '../time.ts';

/** The part of the screen with the unread notices; its code is fetched after the first load. */
const Unread = lazy(() => import('./unread.tsx'));

const MAX_OPENINGS = 5;
const MAX_LAST = 3;

/** The app's first screen. @param isUnreached true when the service does not answer: the screen then shows data that the browser kept. */
export function Next({ isUnreached }: { readonly isUnreached: boolean }) {
  const { say } = useLanguage();
  const boxes = useBoxes();
  const prebookings = usePrebookings();
  const agenda = useAgenda();
  const { data: background } = useBackground();
  const now = useNow();
  const all = prebookings.data ?? [];
  const mine = agenda.data?.items.find((item) => isHeld(item.state) && startMs(item) > now);
  const waiting = all
    .filter(({ status }) => isWaiting(status))
    .sort((a, b) => a.opensAt.localeCompare(b.opensAt))
    .slice(0, MAX_OPENINGS);
  const last = all
    .filter(({ status }) => !isWaiting(status) && status !== 'withdrawn')
    .sort((a, b) => b.opensAt.localeCompare(a.opensAt))
    .slice(0, MAX_LAST);
  // The parts of the screen appear together, so that no part moves while the member reads. Data that the browser kept from an earlier visit is shown
  // immediately, without waiting for the service.
  const isFirstLook = [agenda, prebookings].some(isAwaited);
  return (
    <Screen title={say.titles.next}>
      <Age of={prebookings} />
      {prebookings.data === undefined && prebookings.error && (
        <ErrorNote error={prebookings.error} onRetry={() => void prebookings.refetch()} />
      )}
      {isDeadLogin(background?.status) && (
        <Note tone="bad">
          <p>{say.next.deadLogin}</p>
          <Goto to="/login" kind="main">
            {say.next.signInAgain}
          </Goto>
        </Note>
      )}
      {isFirstLook ? (
        <Waiting rows={2} label={say.loading} />
      ) : (
        <>
          <h2>{say.next.mine}</h2>
          {mine ? (
            <ul className="rows">
              <MyClass item={mine} />
            </ul>
          ) : (
            <Note>
              <p>{say.next.none}</p>
              <Goto to="/classes">{say.next.find}</Goto>
            </Note>
          )}
          <h2>{say.next.openings}</h2>
          {waiting.length === 0 ? (
            <p className="soft">{say.next.noOpenings}</p>
          ) : (
            <ul className="rows">
              {waiting.map((one, at) => (
                <Opening key={one.id} prebooking={one} box={boxOf(boxes, one.boxId)} now={now} isFirst={at === 0} />
              ))}
            </ul>
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

interface OpeningParts {
  readonly prebooking: Prebooking;
  readonly box: Box | undefined;
  readonly now: number;
  /** True for the first opening of the screen's list of next openings, which has the large countdown. */
  readonly isFirst: boolean;
}

function Opening({ prebooking, box, now, isFirst }: OpeningParts) {
  const { language, say } = useLanguage();
  const zone = zoneOf(box);
  // In the list of prebookings, the readiness comes from the service's last check; reading the single prebooking gives the present readiness.
  const { data } = usePrebooking(prebooking.id);
  const readiness = data?.readiness ?? prebooking.readiness;
  const left = Date.parse(prebooking.opensAt) - now;
  const hour = hourOf(prebooking.timeId);
  const city = foreignCity(zone);
  return (
    <Row
      hour={hour}
      name={prebooking.className ?? hour}
      to={`/bookings/${prebooking.id}`}
      spoken={say.classes.opens(instantWords(prebooking.opensAt, zone, language))}
      facts={
        <>
          <Where day={prebooking.day} boxId={prebooking.boxId} />
          <State state={prebooking.status} />
          <span>{say.classes.opens(instantWords(prebooking.opensAt, zone, language))}</span>
          {city && <span>{say.zone(city)}</span>}
        </>
      }
      note={
        <div className="stack">
          <p className={isFirst ? 'countdown' : 'numbers state'} role="timer">
            {left > 0 ? <span className={isFirst ? '' : 'soft'}>{leftWords(left)}</span> : say.next.open}
            {left > 0 && <span className="hidden"> {say.next.opensIn(leftWords(left))}</span>}
          </p>
          <Readiness prebooking={{ ...prebooking, ...(readiness && { readiness }) }} zone={zone} />
        </div>
      }
    />
  );
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
