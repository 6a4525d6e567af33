// One row of the agenda, with one button at most. The button cancels the booking, withdraws the prebooking, stops the watch, asks again for what was
// withdrawn, or opens the receipt.
import { type ReactNode, useState } from 'react';
import { type Act, useAct } from '../data/act.ts';
import { boxOf, zoneOf } from '../data/agenda.ts';
import { type AgendaItem, isHeld, isLive, isWaiting, isWithdrawable } from '../data/agenda-items.ts';
import { type Cancelled, cancel, wishAgain, withdraw } from '../data/booking.ts';
import { serviceNowMs } from '../data/clock.ts';
import { useBoxes } from '../data/queries.ts';
import { stopWatching, watchAgain } from '../data/watches.ts';
import type { Messages } from '../language/en.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { Light } from '../parts/light.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Row } from '../parts/row.tsx';
import { ItemState, Where } from '../parts/state.tsx';
import { foreignCity, hourOf, instantWords } from '../time.ts';

type Doing = 'cancel' | 'withdraw' | 'stop' | 'undo' | 'receipt' | 'none';

/**
 * Gives the one thing that a member can do about a row of the agenda. Only a withdrawal, of a prebooking or of a watch, can be undone: a place that
 * was given back may be taken before the member wants it again.
 */
function doingFor({ kind, state, id, reservationId, opensAt, endsAt }: AgendaItem, isOver: boolean): Doing {
  if (isWithdrawable(state)) return 'withdraw';
  if (state === 'watching') return 'stop';
  if (state === 'withdrawn') return Date.parse(endsAt ?? opensAt ?? '') > serviceNowMs() ? 'undo' : 'none';
  if (isHeld(state) && !isOver) return reservationId === undefined ? 'none' : 'cancel';
  return id !== undefined && kind !== 'watch' && !isWaiting(state) ? 'receipt' : 'none';
}

const labelOf = (doing: Exclude<Doing, 'receipt' | 'none'>, say: Messages): string =>
  ({
    cancel: say.classes.cancel,
    withdraw: say.bookings.withdraw,
    stop: say.watches.stop,
    undo: say.bookings.undo,
  })[doing];

interface AgendaRowParts {
  readonly item: AgendaItem;
  /** True if the class has begun; the row of a past class shows its day, since past rows stand under no day's heading. */
  readonly isOver?: boolean;
}

export function AgendaRow({ item, isOver = false }: AgendaRowParts) {
  const { say } = useLanguage();
  const act = useAct<Cancelled | true>();
  const [isLate, setIsLate] = useState(false);
  const { kind, id = '', boxId, day, timeId, className } = item;
  const box = boxOf(useBoxes(), boxId);
  const giveBack = (acceptLate: boolean) =>
    act.run(async () => {
      if (!box) throw new TypeError('Expected a booking at a box of the member.');
      const answer = await cancel({ box, day }, item.reservationId ?? '', acceptLate);
      if (answer.outcome === 'late-needs-consent') setIsLate(true);
      return answer;
    });
  const after = (work: () => Promise<unknown>) =>
    act.run(async () => {
      await work();
      return true;
    });
  const press = {
    cancel: () => giveBack(false),
    withdraw: () => after(() => withdraw(id)),
    stop: () => after(() => stopWatching(id)),
    undo: () => after(() => (kind === 'watch' ? watchAgain(item) : wishAgain(id))),
  };
  const doing = doingFor(item, isOver);
  const hour = timeId === null ? '' : hourOf(timeId);
  return (
    <>
      <Row
        hour={hour}
        name={className ?? hour}
        to={id === '' || kind === 'watch' ? `/classes?box=${boxId}&day=${day}` : `/bookings/${id}`}
        isQuiet={isOver || !isLive(item)}
        facts={<Facts item={item} hour={hour} zone={zoneOf(box)} isOver={isOver} />}
        action={
          doing === 'receipt' ? (
            <Goto to={`/bookings/${id}`}>{say.bookings.receipt}</Goto>
          ) : (
            doing !== 'none' && (
              <Button
                kind={doing === 'undo' ? 'line' : 'danger'}
                isBusy={act.isBusy}
                onPress={() => void press[doing]()}
              >
                {act.isBusy ? say.classes.busy : labelOf(doing, say)}
              </Button>
            )
          )
        }
        note={cameOf(act, say)}
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

interface FactsParts {
  readonly item: AgendaItem;
  readonly hour: string;
  readonly zone: string;
  readonly isOver: boolean;
}

function Facts({ item, hour, zone, isOver }: FactsParts) {
  const { language, say } = useLanguage();
  const { boxId, day, className, state, readiness, opensAt, then, endsAt } = item;
  const city = foreignCity(zone);
  return (
    <>
      {/* A screen reader reads a changed state aloud, with the class and hour that it belongs to. */}
      <span role="status">
        <span className="hidden">
          {className} {hour}{' '}
        </span>
        <ItemState item={item} />
      </span>
      <Where boxId={boxId} {...(isOver && { day })} />
      {isWaiting(state) && readiness && <Light readiness={readiness} />}
      {isWaiting(state) && opensAt && <span>{say.classes.opens(instantWords(opensAt, zone, language))}</span>}
      {isLive(item) && then && <span>{say.watches.kinds[then]}</span>}
      {isLive(item) && endsAt && <span>{say.watches.endsAt(instantWords(endsAt, zone, language))}</span>}
      {city && !isOver && <span>{say.zone(city)}</span>}
    </>
  );
}

/** What pressing the row's button led to, in words; undefined where the row's own state shows it. */
function cameOf({ error, result }: Act<Cancelled | true>, say: Messages): ReactNode {
  if (error !== undefined) return <ErrorNote error={error} />;
  if (typeof result !== 'object' || result.outcome === 'late-needs-consent') return undefined;
  return (
    <Note tone={result.outcome === 'cancelled' ? 'good' : 'bad'}>
      <p>{say.outcomes[result.outcome]}</p>
      {result.reason && <p>{say.outcomes.gymSaid(result.reason)}</p>}
    </Note>
  );
}
