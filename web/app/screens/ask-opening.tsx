// Asks the member when booking of a class opens; the app asks this only if neither the operator nor the gym has named the opening. The member gives
// the opening in the box's time zone.
import { useId, useState } from 'react';
import type { ClassAt } from '../data/booking.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { addDays, cityOf, instantAt, startOf } from '../time.ts';

interface AskOpeningParts {
  readonly at: ClassAt;
  readonly onNo: () => void;
  /** Called with the opening that the member has given. @param opensAt the opening, in ISO 8601. */
  readonly onOpening: (opensAt: string) => void;
}

/** Gives `2026-11-28T18:00`, the format of a datetime-local input. */
const localText = (day: string, hour: string): string =>
  `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${hour}`;

export function AskOpening({ at: { box, day, lesson }, onNo, onOpening }: AskOpeningParts) {
  const { say } = useLanguage();
  const id = useId();
  // The form proposes the class's hour two days before the class: the most common opening rule.
  const [text, setText] = useState(localText(addDays(day, -2), startOf(lesson.time)));
  const give = () => {
    const [date = '', hour = ''] = text.split('T');
    if (hour !== '') onOpening(new Date(instantAt(date.replaceAll('-', ''), hour, box.timeZone)).toISOString());
  };
  return (
    <Ask title={say.classes.when} no={say.back} yes={say.classes.prebook} onNo={onNo} onYes={give}>
      <p id={id}>{say.classes.whenHint(cityOf(box.timeZone))}</p>
      <label className="field">
        {say.classes.whenLabel}
        <input
          type="datetime-local"
          value={text}
          aria-describedby={id}
          onChange={(event) => setText(event.currentTarget.value)}
        />
      </label>
    </Ask>
  );
}
