// The result of an action on a class, in words, with a button for the next step.
import type { Booked, Cancelled, Wished } from '../data/booking.ts';
import type { Watched } from '../data/watches.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { Note } from '../parts/note.tsx';
import { instantWords } from '../time.ts';

export type Done = Booked | Cancelled | Wished | Watched;

interface OutcomeParts {
  readonly done: Done;
  readonly zone: string;
  /** Prebooks the class; called by the button that is shown when a booking ended as `too-early`. No other outcome has that button. */
  readonly onPrebook?: (opensAt?: string) => void;
}
const GOOD = ['booked', 'waitlisted', 'cancelled', 'already-booked'];

export function Outcome({ done, zone, onPrebook }: OutcomeParts) {
  const { language, say } = useLanguage();
  if ('prebooking' in done)
    return (
      <Note tone={done.warnings.length > 0 ? 'warn' : 'good'}>
        <p>{say.outcomes.prebooked}</p>
        {done.warnings.map((warning) => (
          <p key={warning}>{say.warnings[warning]}</p>
        ))}
      </Note>
    );
  if ('watch' in done) {
    const { everyS } = done.watch;
    return <Note tone="good">{everyS === undefined ? say.watches.kept : say.watches.made(everyS)}</Note>;
  }
  const { outcome, reason } = done;
  if (outcome === 'late-needs-consent') return null;
  const opensAt = 'opensAt' in done ? done.opensAt : undefined;
  return (
    <Note tone={GOOD.includes(outcome) ? 'good' : 'bad'}>
      <p>{say.outcomes[outcome]}</p>
      {reason && <p>{say.outcomes.gymSaid(reason)}</p>}
      {opensAt && <p>{say.classes.opens(instantWords(opensAt, zone, language))}</p>}
      {outcome === 'too-early' && <Button onPress={() => onPrebook?.(opensAt)}>{say.classes.prebook}</Button>}
    </Note>
  );
}
