// One class of the day, with a button for what the member can do about the class, such as book, cancel, prebook or join the waitlist. A class that
// cannot be booked shows the reason.
import { memo, useState } from 'react';
import type { Prebooking } from '../../client/contract.ts';
import { useAct } from '../data/act.ts';
import type { Watch } from '../data/agenda-items.ts';
import { book, type ClassAt, cancel, prebook } from '../data/booking.ts';
import { serviceNowMs } from '../data/clock.ts';
import { codeOf } from '../data/member.ts';
import type { GymClass } from '../data/queries.ts';
import { stopWatching, watch } from '../data/watches.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Row } from '../parts/row.tsx';
import { instantAt, startOf } from '../time.ts';
import { AskOpening } from './ask-opening.tsx';
import { AskWatch } from './ask-watch.tsx';
import { ClassFacts, isFull } from './class-facts.tsx';
import { type Done, Outcome } from './class-outcome.tsx';

interface ClassRowParts {
  readonly at: ClassAt;
  /** How many openings and starts of the day's classes are past; a changed number renders the row again, since its button may change. */
  readonly passed: number;
  /** The member's prebooking for this class, if it is still waiting. */
  readonly prebooking: Prebooking | undefined;
  readonly watched: Watch | undefined;
  /** The member's booked classes and waitlist places on this day. */
  readonly mine: readonly GymClass[];
  /**
   * Present while the member picks several choices: `place` is the class's position in the order of the choices, 0 for a class not picked. `isBefore`
   * is true for the first choice of the prebooking that the picks replace.
   */
  readonly pick: { readonly place: number; readonly isBefore: boolean; readonly toggle: () => void } | undefined;
}
type Doing = 'book' | 'join' | 'cancel' | 'prebook' | 'watch' | 'see' | 'none';

/** Gives the one thing that a member can do about a class. */
function doingFor({ box, day, lesson }: ClassAt, prebooking: Prebooking | undefined): Doing {
  if (lesson.mine !== null) return 'cancel';
  if (prebooking) return 'see';
  if (lesson.cancelled || !lesson.bookable) return 'none';
  if (instantAt(day, startOf(lesson.time), box.timeZone) < serviceNowMs()) return 'none';
  if (lesson.opensAt !== null && Date.parse(lesson.opensAt) > serviceNowMs()) return 'prebook';
  if (!isFull(lesson)) return 'book';
  return lesson.waitlist === null ? 'watch' : 'join';
}

/** The row of a class; rendered again only when one of its properties changes. */
export const ClassRow = memo(function ClassRow({ at, prebooking, watched, mine, pick }: ClassRowParts) {
  const { say } = useLanguage();
  const act = useAct<Done>();
  const [asks, setAsks] = useState<'late' | 'opening' | 'watch'>();
  const { lesson } = at;
  const hour = startOf(lesson.time);
  const doing = doingFor(at, prebooking);
  const wish = (opensAt?: string) =>
    act.run(async () => {
      try {
        return await prebook(at, opensAt === undefined ? {} : { opensAt });
      } catch (error) {
        if (codeOf(error) === 'prebooking/opening-unknown') setAsks('opening');
        throw error;
      }
    });
  const giveBack = (acceptLate: boolean) =>
    act.run(async () => {
      const answer = await cancel(at, lesson.reservationId ?? '', acceptLate);
      if (answer.outcome === 'late-needs-consent') setAsks('late');
      return answer;
    });
  const press: Record<Doing, () => void> = {
    book: () => void act.run(() => book(at, false)),
    join: () => void act.run(() => book(at, true)),
    cancel: () => void giveBack(false),
    prebook: () => void wish(),
    watch: () => setAsks('watch'),
    see: () => undefined,
    none: () => undefined,
  };
  const label = doing === 'see' || doing === 'none' ? '' : doing === 'watch' ? say.watches.watch : say.classes[doing];
  const stop = useAct<unknown>();
  const action = pick ? (
    (doing === 'prebook' || pick.isBefore) && (
      <Button isPressed={pick.place > 0} label={`${lesson.name} ${hour}`} onPress={pick.toggle}>
        {pick.place > 0 ? say.classes.picked(pick.place) : say.classes.pick}
      </Button>
    )
  ) : watched && lesson.mine === null ? (
    <Button kind="danger" isBusy={stop.isBusy} onPress={() => void stop.run(() => stopWatching(watched.id))}>
      {stop.isBusy ? say.classes.busy : say.watches.stop}
    </Button>
  ) : doing === 'see' ? (
    <Goto to={`/bookings/${prebooking?.id ?? ''}`}>{say.classes.see}</Goto>
  ) : (
    doing !== 'none' && (
      <Button kind={doing === 'cancel' ? 'danger' : 'main'} isBusy={act.isBusy} onPress={press[doing]}>
        {act.isBusy ? say.classes.busy : label}
      </Button>
    )
  );
  const error = act.error ?? stop.error;
  const hasNote = error !== undefined || (act.result !== undefined && asks !== 'late');
  // The waitlist belongs to the gym, and a watch to puntual: the row offers a watch beside the waitlist.
  const mayWatch = doing === 'join' && !watched && !pick;
  return (
    <>
      <Row
        hour={hour}
        name={lesson.name}
        facts={<ClassFacts at={at} prebooking={prebooking} watched={watched} />}
        action={action || undefined}
        note={
          hasNote && asks === undefined ? (
            act.result ? (
              <Outcome done={act.result} zone={at.box.timeZone} onPrebook={wish} />
            ) : (
              <ErrorNote error={error} />
            )
          ) : mayWatch ? (
            <Button
              kind="plain"
              label={`${say.watches.watch}: ${lesson.name} ${hour}`}
              onPress={() => setAsks('watch')}
            >
              {say.watches.watch}
            </Button>
          ) : undefined
        }
        isQuiet={doing === 'none'}
      />
      {asks === 'late' && (
        <Ask
          title={say.classes.late}
          no={say.classes.lateNo}
          yes={say.classes.lateYes}
          isDanger
          onNo={() => {
            setAsks(undefined);
            act.clear();
          }}
          onYes={() => {
            setAsks(undefined);
            void giveBack(true);
          }}
        >
          <p>{say.classes.lateLoss}</p>
        </Ask>
      )}
      {asks === 'watch' && (
        <AskWatch
          at={at}
          mine={mine.filter(({ mine: place }) => place === 'booked')}
          onNo={() => setAsks(undefined)}
          onYes={(answer) => {
            setAsks(undefined);
            void act.run(() => watch(at, answer));
          }}
        />
      )}
      {asks === 'opening' && (
        <AskOpening
          at={at}
          onNo={() => setAsks(undefined)}
          onOpening={(opensAt) => {
            setAsks(undefined);
            void wish(opensAt);
          }}
        />
      )}
    </>
  );
});
