// The screen /bookings: a member cancels a booking, withdraws a prebooking, stops a watch, or undoes a withdrawal or a stop. The screen shows first
// the rows of coming classes by day, with their states. A sketch of the screen:
//
//   Reservas
//   ▌ Mira a las 18:02 …                    [Volver a probar]
//   Por venir
//   lunes, 30 de noviembre
//   18:00  WOD · Reservada                  [Cancelar reserva]
//   19:00  WOD · Vigilada · se reserva …    [Dejar de vigilar]
//   martes, 1 de diciembre
//   18:00  WOD · Esperando … · ✓ Va a …     [Retirar]
//   20:00  WOD · Retirada                   [Deshacer]
//   Pasadas
//   18:00  WOD · vie 27 · Sin plaza         [Recibo]
//   [Ver anteriores]
import { useState } from 'react';
import { firstDay, refreshAgenda, useAgenda, useEarlier } from '../data/agenda.ts';
import { type AgendaItem, inView, startMs } from '../data/agenda-items.ts';
import { serviceNowMs } from '../data/clock.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { dayWords, sinceWords } from '../time.ts';
import { AgendaRow } from './agenda-row.tsx';

export default function Bookings() {
  const { say } = useLanguage();
  const agenda = useAgenda();
  const now = serviceNowMs();
  const items = inView(agenda.data?.items ?? []);
  const coming = items.filter((item) => startMs(item) > now);
  const over = items.filter((item) => startMs(item) <= now);
  const { data, error } = agenda;
  return (
    <Screen title={say.titles.bookings}>
      <Age of={agenda} />
      {data === undefined && error !== null && <ErrorNote error={error} onRetry={() => void agenda.refetch()} />}
      {data?.stale && error === null && <Stale at={data.staleAt} />}
      <h2>{say.bookings.coming}</h2>
      {data === undefined && error === null && <Waiting label={say.loading} />}
      {daysOf(coming).map(([day, rows]) => (
        <Day key={day} day={day} rows={rows} />
      ))}
      {data !== undefined && coming.length === 0 && (
        <Note>
          <p>{say.bookings.none}</p>
          <Goto to="/classes">{say.next.find}</Goto>
        </Note>
      )}
      {over.length > 0 && <h2>{say.bookings.past}</h2>}
      <Over items={over} />
      {data !== undefined && <Earlier before={firstDay()} />}
    </Screen>
  );
}

function daysOf(items: readonly AgendaItem[]): [string, AgendaItem[]][] {
  const days = [...new Set(items.map(({ day }) => day))];
  return days.map((day) => [day, items.filter((item) => item.day === day)]);
}

const keyOf = ({ kind, id, boxId, day, timeId, reservationId }: AgendaItem): string =>
  id === undefined ? `${boxId} ${day} ${timeId} ${reservationId}` : `${kind === 'watch' ? 'watch ' : ''}${id}`;

function Day({ day, rows }: { readonly day: string; readonly rows: readonly AgendaItem[] }) {
  const { language } = useLanguage();
  return (
    <section className="stack">
      <h3>{dayWords(day, language)}</h3>
      <ul className="rows">
        {rows.map((item) => (
          <AgendaRow key={keyOf(item)} item={item} />
        ))}
      </ul>
    </section>
  );
}

/** The rows of past classes, the latest first. */
const Over = ({ items }: { readonly items: readonly AgendaItem[] }) =>
  items.length > 0 && (
    <ul className="rows">
      {[...items].reverse().map((item) => (
        <AgendaRow key={keyOf(item)} item={item} isOver />
      ))}
    </ul>
  );

/**
 * A button that asks for the agenda of the days before `before`. After the press, those days take the button's place, with a button for still earlier
 * days.
 */
function Earlier({ before }: { readonly before: string }) {
  const { say } = useLanguage();
  const [isAsked, setIsAsked] = useState(false);
  if (isAsked) return <EarlierDays before={before} />;
  return (
    <div>
      <Button onPress={() => setIsAsked(true)}>{say.bookings.earlier}</Button>
    </div>
  );
}

function EarlierDays({ before }: { readonly before: string }) {
  const { say } = useLanguage();
  const { data, error, refetch } = useEarlier(before);
  if (error !== null) return <ErrorNote error={error} onRetry={() => void refetch()} />;
  if (data === undefined) return <Waiting rows={1} label={say.loading} />;
  const items = inView(data.items);
  const [first] = items;
  if (!first) return <p className="soft">{say.bookings.noEarlier}</p>;
  return (
    <>
      <Over items={items} />
      <Earlier before={first.day} />
    </>
  );
}

/** A note that the gym did not answer for all of the agenda; the rows that puntual itself knows are shown all the same. */
function Stale({ at }: { readonly at: string | null }) {
  const { language, say } = useLanguage();
  return (
    <Note tone="warn">
      <p>
        {say.bookings.partly} {at !== null && say.asked(sinceWords(Date.parse(at), language))}
      </p>
      <Button onPress={() => void refreshAgenda()}>{say.retry}</Button>
    </Note>
  );
}
