// Several choices in the order in which the member pressed them: the first is the prebooking's class; the others are tried, in order, when that class
// is full.
import { useState } from 'react';
import type { Prebooking } from '../../client/contract.ts';
import { useAct } from '../data/act.ts';
import { prebook, type Wished, wishInstead } from '../data/booking.ts';
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
  /** The waiting prebooking that the picks replace; undefined for a new prebooking. */
  readonly before: Prebooking | undefined;
  /** Called right before the picks are sent to the service. */
  readonly onSend: () => void;
  /** Called when the former prebooking was made again, under the new id `id`, because the service refused the picks. */
  readonly onRestored: (id: string) => void;
  /** Called with the service's answer after the prebooking is made. */
  readonly onDone: (made: Wished) => void;
}

export function Picking({ box, day, picks, before, onSend, onRestored, onDone }: PickingParts) {
  const { say } = useLanguage();
  const act = useAct<Wished>();
  const [waitlist, setWaitlist] = useState(before?.waitlist ?? false);
  const [lesson, ...others] = picks;
  const send = (first: GymClass) => {
    onSend();
    const at = { box, day, lesson: first };
    // If the list of classes does not say when the class opens, the opening of the former prebooking is sent.
    const opensAt = first.opensAt === null ? before?.opensAt : undefined;
    const more = { others, waitlist, ...(opensAt !== undefined && { opensAt }) };
    return before ? wishInstead(before.id, at, more, onRestored) : prebook(at, more);
  };
  const label = before ? say.weekly.keep : say.classes.prebookSeveral(picks.length);
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
                const made = await send(lesson);
                onDone(made);
                return made;
              })
            }
          >
            {act.isBusy ? say.classes.busy : label}
          </Button>
        </>
      )}
    </div>
  );
}
