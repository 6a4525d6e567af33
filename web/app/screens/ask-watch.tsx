// Asks what a watch should do when a place comes free: book the place, or notify the member. The dialog also asks which booking to give back once the
// watched class is booked.
import { useId, useState } from 'react';
import type { ClassAt } from '../data/booking.ts';
import { type GymClass, useMe } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Goto } from '../parts/button.tsx';
import { Note } from '../parts/note.tsx';
import { startOf } from '../time.ts';

const THENS = ['book', 'tell'] as const;
export type Then = (typeof THENS)[number];

interface AskWatchParts {
  readonly at: ClassAt;
  /** The member's places in other classes of the watched class's day; the member may choose one to give back once the watched class is booked. */
  readonly mine: readonly GymClass[];
  readonly onNo: () => void;
  readonly onYes: (then: Then, instead: string) => void;
}

export function AskWatch({ at: { lesson }, mine, onNo, onYes }: AskWatchParts) {
  const { say } = useLanguage();
  const words = say.watches;
  const name = useId();
  const [then, setThen] = useState<Then>('book');
  const [instead, setInstead] = useState('');
  return (
    <Ask
      title={words.ask(`${lesson.name} ${startOf(lesson.time)}`)}
      no={say.back}
      yes={words.watch}
      onNo={onNo}
      onYes={() => onYes(then, then === 'book' ? instead : '')}
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
