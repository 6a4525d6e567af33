// Several choices in the order in which the member pressed them: the first is the prebooking's class; the others are tried, in order, when that class
// is full.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { prebook, type Wished } from '../data/booking.ts';
import type { Box } from '../data/member.ts';
import type { GymClass } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { startOf } from '../time.ts';

interface PickingParts {
  readonly box: Box;
  readonly day: string;
  readonly picks: readonly GymClass[];
  /** Called with the service's answer after the prebooking is made. */
  readonly onDone: (made: Wished) => void;
}

export function Picking({ box, day, picks, onDone }: PickingParts) {
  const { say } = useLanguage();
  const act = useAct<Wished>();
  const [waitlist, setWaitlist] = useState(false);
  const [lesson, ...others] = picks;
  return (
    <div className="card picking">
      <p role="status">
        {picks.length === 0
          ? say.classes.severalHint
          : picks.map(({ name, time }, at) => `${at + 1}. ${name} ${startOf(time)}`).join(' · ')}
      </p>
      {act.error !== undefined && <ErrorNote error={act.error} />}
      {lesson && (
        <>
          <label className="check">
            <input type="checkbox" checked={waitlist} onChange={(event) => setWaitlist(event.currentTarget.checked)} />
            {say.classes.orWaitlist}
          </label>
          <Button
            kind="main"
            isBusy={act.isBusy}
            onPress={() =>
              void act.run(async () => {
                const made = await prebook({ box, day, lesson }, { others, waitlist });
                onDone(made);
                return made;
              })
            }
          >
            {act.isBusy ? say.classes.busy : say.classes.prebookSeveral(picks.length)}
          </Button>
        </>
      )}
    </div>
  );
}
