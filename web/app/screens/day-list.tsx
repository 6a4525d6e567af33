// The classes of one day below the announcements of the box, and the card for picking several classes in an order.
import { useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import type { Prebooking } from '../../client/contract.ts';
import { isWithdrawable } from '../data/agenda-items.ts';
import type { ClassAt, Wished } from '../data/booking.ts';
import { serviceNowMs, usePassed } from '../data/clock.ts';
import type { Box } from '../data/member.ts';
import { type GymClass, useDay, usePrebookings } from '../data/queries.ts';
import { useWatches, watchOf } from '../data/watches.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Age } from '../parts/screen.tsx';
import { addDays, instantAt, startOf } from '../time.ts';
import { Outcome } from './class-outcome.tsx';
import { ClassRow } from './class-row.tsx';
import { Picking } from './picking.tsx';

const NONE: readonly GymClass[] = [];

/** The app's address for one day of a box. */
export const addressOf = (box: Box, day: string): string => `/classes?box=${box.id}&day=${day}`;

interface DayListParts {
  readonly box: Box;
  readonly day: string;
  /** The id of a waiting prebooking whose choices the member changes; '' for none. */
  readonly change: string;
}

export function DayList({ box, day, change }: DayListParts) {
  const { say } = useLanguage();
  const [, go] = useLocation();
  const list = useDay(box.id, day);
  const { data: prebookings = [] } = usePrebookings();
  const { data: watches = [] } = useWatches();
  /** The ids of the picked classes: the class itself becomes another object when the day is read again. */
  const [newPicks, setPicks] = useState<readonly GymClass['id'][]>();
  const [made, setMade] = useState<Wished>();
  const classes = list.data?.classes ?? NONE;
  // The objects in `places` stay the same as long as the list of classes stays the same, so that a change of other data does not render sixty rows
  // again.
  const places = useMemo(() => classes.map((lesson): ClassAt => ({ box, day, lesson })), [box, day, classes]);
  const moments = useMemo(() => places.flatMap(momentsOf), [places]);
  const passed = usePassed(moments);
  const mine = useMemo(() => classes.filter((lesson) => lesson.mine !== null), [classes]);
  const before = prebookings.find(({ id, status }) => id === change && isWithdrawable(status));
  const picks = newPicks ?? (before && choicesOf(before, classes));
  const toggle = (id: GymClass['id'], all = picks ?? []) =>
    setPicks(all.includes(id) ? all.filter((one) => one !== id) : [...all, id]);
  const endPicking = () => {
    setPicks(undefined);
    if (change !== '') go(addressOf(box, day), { replace: true });
  };
  const picked = (picks ?? []).flatMap((id) => classes.find((lesson) => lesson.id === id) ?? []);
  const waits = classes.filter(({ opensAt }) => opensAt !== null && Date.parse(opensAt) > serviceNowMs());
  return (
    <>
      <Age of={list} />
      {list.error !== null && list.data === undefined && (
        <ErrorNote error={list.error} onRetry={() => void list.refetch()} />
      )}
      {list.data === undefined && list.error === null && <Waiting rows={5} label={say.loading} />}
      {(list.data?.notices ?? []).length > 0 && (
        <Note>
          <h2>{say.classes.notices}</h2>
          {list.data?.notices.map((notice) => (
            <p key={notice}>{notice}</p>
          ))}
        </Note>
      )}
      {list.data && classes.length === 0 && (
        <Note>
          <p>{say.classes.none}</p>
          <p className="soft">{say.classes.noneMore}</p>
          <Goto to={addressOf(box, addDays(day, 1))}>{say.classes.nextDay}</Goto>
        </Note>
      )}
      {waits.length > 0 && (
        <div>
          <Button
            kind="plain"
            isPressed={picks !== undefined}
            onPress={() => {
              if (picks) endPicking();
              else setPicks([]);
              setMade(undefined);
            }}
          >
            {say.classes.several}
          </Button>
        </div>
      )}
      {classes.length > 0 && (
        <ul className="rows">
          {places.map((at) => (
            <ClassRow
              key={at.lesson.id}
              at={at}
              passed={passed}
              watched={watchOf(watches, at)}
              mine={mine}
              prebooking={prebookings.find((one) => isFor(one, box, day, at.lesson))}
              pick={
                picks && {
                  place: picked.indexOf(at.lesson) + 1,
                  isBefore: before !== undefined && isFor(before, box, day, at.lesson),
                  toggle: () => toggle(at.lesson.id),
                }
              }
            />
          ))}
        </ul>
      )}
      {picks && (
        <Picking
          box={box}
          day={day}
          picks={picked}
          before={before}
          // The picks stay while the former prebooking is withdrawn and the new one is not made yet.
          onSend={() => setPicks(picks)}
          onRestored={(id) => go(`${addressOf(box, day)}&change=${id}`, { replace: true })}
          onDone={(wished) => {
            endPicking();
            setMade(wished);
          }}
        />
      )}
      {made && (
        <div className="card picking">
          <Outcome done={made} zone={box.timeZone} />
          <Button onPress={() => setMade(undefined)}>{say.close}</Button>
        </div>
      )}
    </>
  );
}

/** Gives the ids of the classes of a prebooking in the order of its choices; a choice that the day does not list is left out. */
function choicesOf({ timeId, className, alternatives }: Prebooking, classes: readonly GymClass[]): GymClass['id'][] {
  const choices = [{ timeId, className }, ...alternatives.map((one) => ({ timeId, className, ...one }))];
  return choices.flatMap((choice) => {
    const found = classes.find(
      (one) => one.timeId === choice.timeId && (choice.className === null || one.name === choice.className),
    );
    return found?.id ?? [];
  });
}

/** The instants at which a class's button may change by itself: the opening and the start, epoch ms. */
const momentsOf = ({ box, day, lesson: { time, opensAt } }: ClassAt): number[] => [
  instantAt(day, startOf(time), box.timeZone),
  ...(opensAt === null ? [] : [Date.parse(opensAt)]),
];

const LIVE = ['scheduling', 'scheduled', 'claimed', 'armed', 'unknown'];
const isFor = (
  one: { boxId: string; day: string; timeId: string; className: string | null; status: string },
  box: Box,
  day: string,
  { timeId, name }: GymClass,
): boolean =>
  one.boxId === box.id &&
  one.day === day &&
  one.timeId === timeId &&
  (one.className === null || one.className === name) &&
  LIVE.includes(one.status);
