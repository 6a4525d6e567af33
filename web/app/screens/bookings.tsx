// /bookings. The main action: cancel or withdraw a row, and undo. What is seen first: what is coming, by day and hour, with its state.
//
//   Reservas
//   Por venir
//   18:00  WOD · lun 30 · Reservada        [Cancelar reserva]
//   18:00  WOD · mar 1 · Esperando …       [Retirar]
//   Vigiladas
//   19:00  WOD · mar 1 · se reserva si se libera   [Dejar de vigilar]
//   Pasadas
//   18:00  WOD · vie 27 · Sin plaza        [Recibo]
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { type AgendaItem, agendaOf, isLive, isWaiting, isWithdrawable, zoneOf } from '../data/agenda.ts';
import { type Cancelled, cancel, wishAgain, withdraw } from '../data/booking.ts';
import { useBoxes, usePlaces, usePrebookings } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Row, Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { ItemFacts } from '../parts/state.tsx';
import { foreignCity, instantWords } from '../time.ts';
import { Watched } from './watched.tsx';

const FIRST_SHOWN = 10;

export default function Bookings() {
  const { say } = useLanguage();
  const boxes = useBoxes();
  const prebookings = usePrebookings();
  const { places, isWhole, isLoading } = usePlaces(boxes);
  const [isAll, setIsAll] = useState(false);
  const items = agendaOf(boxes, prebookings.data ?? [], places);
  const isComing = (item: AgendaItem) =>
    item.startsAtMs > Date.now() && (isLive(item) || item.prebooking?.status === 'withdrawn');
  const coming = items.filter(isComing);
  const over = items.filter((item) => !isComing(item)).reverse();
  const shown = isAll ? over : over.slice(0, FIRST_SHOWN);
  const isFirstLook = prebookings.data === undefined && prebookings.error === null;
  return (
    <Screen title={say.titles.bookings}>
      <Age of={prebookings} />
      {prebookings.data === undefined && prebookings.error !== null && (
        <ErrorNote error={prebookings.error} onRetry={() => void prebookings.refetch()} />
      )}
      {!isWhole && prebookings.error === null && <Note tone="warn">{say.bookings.partly}</Note>}
      <h2>{say.bookings.coming}</h2>
      {isFirstLook && <Waiting label={say.loading} />}
      <ul className="rows">
        {coming.map((item) => (
          <BookingRow key={item.key} item={item} />
        ))}
      </ul>
      {!isFirstLook && coming.length === 0 && !isLoading && prebookings.data !== undefined && (
        <Note>
          <p>{say.bookings.none}</p>
          <Goto to="/classes">{say.next.find}</Goto>
        </Note>
      )}
      <Watched />
      {over.length > 0 && <h2>{say.bookings.past}</h2>}
      {over.length > 0 && (
        <ul className="rows">
          {shown.map((item) => (
            <BookingRow key={item.key} item={item} isOver />
          ))}
        </ul>
      )}
      {over.length > shown.length && (
        <Button onPress={() => setIsAll(true)}>{say.bookings.more(over.length - shown.length)}</Button>
      )}
    </Screen>
  );
}

function BookingRow({ item, isOver = false }: { readonly item: AgendaItem; readonly isOver?: boolean }) {
  const { language, say } = useLanguage();
  const act = useAct<Cancelled | 'withdrawn' | 'undone'>();
  const [isLate, setIsLate] = useState(false);
  const { prebooking, place, box, name, hour } = item;
  const reservationId = place?.lesson.reservationId ?? prebooking?.reservationId;
  const giveBack = (acceptLate: boolean) =>
    act.run(async () => {
      if (!box || !reservationId) throw new TypeError('Expected a booking with its number.');
      const answer = await cancel({ box, day: item.day }, reservationId, acceptLate);
      if (answer.outcome === 'late-needs-consent') setIsLate(true);
      return answer;
    });
  const isCancelled = act.result !== undefined && typeof act.result === 'object' && act.result.outcome === 'cancelled';
  const canCancel =
    !isOver && box !== undefined && reservationId != null && !isCancelled && !(prebooking && isWaiting(prebooking));
  const zone = zoneOf(box);
  const city = foreignCity(zone);
  return (
    <>
      <Row
        hour={hour}
        name={name}
        to={prebooking ? `/bookings/${prebooking.id}` : `/classes?box=${box?.id ?? ''}&day=${item.day}`}
        isQuiet={isOver}
        facts={
          <>
            <ItemFacts item={item} />
            {prebooking && isWaiting(prebooking) && (
              <span>{say.classes.opens(instantWords(prebooking.opensAt, zone, language))}</span>
            )}
            {city && !isOver && <span>{say.zone(city)}</span>}
          </>
        }
        action={
          prebooking && isWithdrawable(prebooking) ? (
            <Button
              kind="danger"
              isBusy={act.isBusy}
              onPress={() =>
                void act.run(async () => {
                  await withdraw(prebooking.id);
                  return 'withdrawn';
                })
              }
            >
              {act.isBusy ? say.classes.busy : say.bookings.withdraw}
            </Button>
          ) : canCancel &&
            (prebooking === undefined || prebooking.status === 'booked' || prebooking.status === 'waitlisted') ? (
            <Button kind="danger" isBusy={act.isBusy} onPress={() => void giveBack(false)}>
              {act.isBusy ? say.classes.busy : say.classes.cancel}
            </Button>
          ) : prebooking?.receipt ? (
            <Goto to={`/bookings/${prebooking.id}`}>{say.bookings.receipt}</Goto>
          ) : undefined
        }
        note={
          act.error !== undefined ? (
            <ErrorNote error={act.error} />
          ) : act.result === 'withdrawn' && prebooking?.status === 'withdrawn' ? (
            <Note tone="good">
              <p>{say.outcomes.withdrawn}</p>
              <Button
                isBusy={act.isBusy}
                onPress={() =>
                  void act.run(async () => {
                    await wishAgain(prebooking);
                    return 'undone';
                  })
                }
              >
                {say.bookings.undo}
              </Button>
            </Note>
          ) : typeof act.result === 'object' && act.result.outcome !== 'late-needs-consent' ? (
            <Note tone={isCancelled ? 'good' : 'bad'}>
              <p>{say.outcomes[act.result.outcome]}</p>
              {act.result.reason && <p>{say.outcomes.gymSaid(act.result.reason)}</p>}
            </Note>
          ) : undefined
        }
      />
      {isLate && (
        <Ask
          title={say.classes.late}
          no={say.classes.lateNo}
          yes={say.classes.lateYes}
          isDanger
          onNo={() => setIsLate(false)}
          onYes={() => {
            setIsLate(false);
            void giveBack(true);
          }}
        >
          <p>{say.classes.lateLoss}</p>
        </Ask>
      )}
    </>
  );
}
