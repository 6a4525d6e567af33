// Shows what a member should know of a class: booked or not, places, waitlist, when booking opens, and why the class cannot be booked.
import type { Prebooking } from '../../client/contract.ts';
import type { Watch } from '../data/agenda-items.ts';
import type { ClassAt } from '../data/booking.ts';
import { useLanguage } from '../language/language.tsx';
import { instantAt, instantWords, startOf } from '../time.ts';

/** Is the class full by the gym's count? A class with an unknown number of places counts as not full. */
export const isFull = ({ limit, occupied }: ClassAt['lesson']): boolean =>
  limit !== null && occupied !== null && occupied >= limit;

interface ClassFactsParts {
  readonly at: ClassAt;
  readonly prebooking: Prebooking | undefined;
  readonly watched: Watch | undefined;
}

export function ClassFacts({ at: { box, day, lesson }, prebooking, watched }: ClassFactsParts) {
  const { language, say } = useLanguage();
  const { coach, occupied, limit, waitlistLength, mine, opensAt, cancelled, bookable, inMyPlan } = lesson;
  const opensLater = opensAt !== null && Date.parse(opensAt) > Date.now();
  const hasBegun = instantAt(day, startOf(lesson.time), box.timeZone) < Date.now();
  const words = say.classes;
  if (cancelled) return <span className="state bad">{words.cancelled}</span>;
  return (
    <>
      {mine && <span className={mine === 'booked' ? 'state good' : 'state warn'}>{words.mine[mine]}</span>}
      {prebooking && <span className="state good">{words.wished}</span>}
      {watched && <span className="state good">{say.watches.states[watched.status]}</span>}
      {hasBegun && <span>{words.past}</span>}
      {!bookable && mine === null && <span>{words.staffOnly}</span>}
      {coach && <span>{coach}</span>}
      {occupied !== null && (
        <span className="numbers">{limit === null ? words.taken(occupied) : words.places(occupied, limit)}</span>
      )}
      {isFull(lesson) && !opensLater && <span className="state warn">{words.full}</span>}
      {waitlistLength !== null && waitlistLength > 0 && <span>{words.waiting(waitlistLength)}</span>}
      {inMyPlan === false && <span>{words.notInPlan}</span>}
      {opensLater && <span>{words.opens(instantWords(opensAt, box.timeZone, language))}</span>}
    </>
  );
}
