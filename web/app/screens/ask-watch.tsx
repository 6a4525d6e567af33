// Asks what a watch should do when a place comes free: book the place, or notify the member. The dialog also asks until when to watch, and which
// booking the service is to give back after it has booked the watched class.
import { useId, useState } from 'react';
import type { ClassAt } from '../data/booking.ts';
import { serviceNowMs } from '../data/clock.ts';
import { type GymClass, useMe } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Goto } from '../parts/button.tsx';
import { Note } from '../parts/note.tsx';
import { instantAt, startOf } from '../time.ts';

const THENS = ['book', 'tell'] as const;
export type Then = (typeof THENS)[number];

/** How many minutes before the class a watch may end, as the dialog offers it. */
const ENDS = [0, 15, 30, 60, 90, 120, 180, 360, 720];
/** The end that the dialog proposes, in minutes before the class; a later end if that one is past already. */
const USUAL_END = 90;
const MINUTE_MS = 60_000;

export interface WatchAnswer {
  readonly then: Then;
  /** The reservation to give back once the watched class is booked; '' for none. */
  readonly instead: string;
  /** How many minutes before the class the watch ends. */
  readonly notAfter: number;
}

interface AskWatchParts {
  readonly at: ClassAt;
  /** The member's places in other classes of the watched class's day; the member may choose one to give back once the watched class is booked. */
  readonly mine: readonly GymClass[];
  readonly onNo: () => void;
  readonly onYes: (answer: WatchAnswer) => void;
}

export function AskWatch({ at: { box, day, lesson }, mine, onNo, onYes }: AskWatchParts) {
  const { say } = useLanguage();
  const words = say.watches;
  const name = useId();
  const [then, setThen] = useState<Then>('book');
  const [chosen, setInstead] = useState('');
  const [wanted, setWanted] = useState(USUAL_END);
  const instead = then === 'book' ? chosen : '';
  // A watch that gives back a booking ends, at the latest, when the watched class or the booked class begins, whichever is earlier.
  const classes = [lesson, ...mine.filter(({ reservationId }) => instead !== '' && reservationId === instead)];
  const startMs = Math.min(...classes.map(({ time }) => instantAt(day, startOf(time), box.timeZone)));
  const ends = ENDS.filter((minutes) => startMs - minutes * MINUTE_MS > serviceNowMs());
  const notAfter = Math.min(wanted, ends.at(-1) ?? 0);
  return (
    <Ask
      title={words.ask(`${lesson.name} ${startOf(lesson.time)}`)}
      no={say.back}
      yes={words.watch}
      onNo={onNo}
      onYes={() => onYes({ then, instead, notAfter })}
    >
      <fieldset>
        <legend className="soft">{words.lead}</legend>
        {THENS.map((one) => (
          <label className="check" key={one}>
            <input type="radio" name={name} checked={then === one} onChange={() => setThen(one)} />
            {words[one]}
          </label>
        ))}
      </fieldset>
      {then === 'tell' && <Unheard />}
      <label className="field">
        {words.until}
        <select value={notAfter} onChange={(event) => setWanted(Number(event.currentTarget.value))}>
          {ends.map((minutes) => (
            <option key={minutes} value={minutes}>
              {words.ends(minutes)}
            </option>
          ))}
        </select>
      </label>
      {then === 'book' && mine.length > 0 && (
        <label className="field">
          {words.instead}
          <select value={instead} onChange={(event) => setInstead(event.currentTarget.value)}>
            <option value="">{words.nothing}</option>
            {mine.map(({ id, name: other, time, reservationId }) => (
              <option key={id} value={reservationId ?? ''}>
                {other} {startOf(time)}
              </option>
            ))}
          </select>
        </label>
      )}
    </Ask>
  );
}

/** Warns that no notice will be sent: the member has no channel, or has switched off notices of free places. */
function Unheard() {
  const { say } = useLanguage();
  const { data: me } = useMe();
  const isOff = me?.member.tell['freed'] === false;
  if (!me || (!isOff && !me.warnings.includes('no-channel'))) return null;
  return (
    <Note tone="warn">
      <p>{isOff ? say.watches.off : say.watches.unheard}</p>
      <Goto to="/account">{say.notices.channels}</Goto>
    </Note>
  );
}
