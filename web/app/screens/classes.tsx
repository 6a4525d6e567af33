// /classes?box=&day=. The main action: a day, then the one button of a row. What is seen first: the hours down the left, what is mine, what is full.
//
//   Clases                          [box ▾]
//   [vie 28][sáb 29]( lun 30 )[mar 1] …
//   Del box: notice
//   18:00  WOD              [ Reservar ]
//          Leo · 9/12 plazas
//   19:00  Open Box      [Prerreservar ]
//          Abre mar 21:00
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { boxOf } from '../data/agenda.ts';
import type { Box } from '../data/member.ts';
import { type GymClass, useBoxes, useDay, useMe, usePrebookings } from '../data/queries.ts';
import { useWatches, watchOf } from '../data/watches.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { addDays, dayWords, foreignCity, isDay, todayIn, weekdayOf } from '../time.ts';
import { ClassRow } from './class-row.tsx';
import { Picking } from './picking.tsx';

const DAYS_SHOWN = 14;
const addressOf = (box: Box, day: string): string => `/classes?box=${box.id}&day=${day}`;

export default function Classes() {
  const { say } = useLanguage();
  const boxes = useBoxes();
  const me = useMe();
  const asked = new URLSearchParams(useSearch());
  const box = boxOf(boxes, asked.get('box') ?? '') ?? boxes[0];
  if (!box)
    return (
      <Screen title={say.titles.classes}>
        {me.isFetching ? (
          <Waiting label={say.loading} />
        ) : (
          <Note tone="warn">
            <p>{say.classes.noBox}</p>
            <Goto to="/login">{say.next.signInAgain}</Goto>
          </Note>
        )}
      </Screen>
    );
  const day = asked.get('day') ?? '';
  return <BoxDay box={box} boxes={boxes} day={isDay(day) ? day : todayIn(box.timeZone)} />;
}

function BoxDay({ box, boxes, day }: { readonly box: Box; readonly boxes: readonly Box[]; readonly day: string }) {
  const { language, say } = useLanguage();
  const [, go] = useLocation();
  const city = foreignCity(box.timeZone);
  return (
    <Screen
      title={say.titles.classes}
      aside={
        boxes.length > 1 ? (
          <label className="field">
            <span className="hidden">{say.classes.box}</span>
            <select value={box.id} onChange={(event) => go(`/classes?box=${event.currentTarget.value}&day=${day}`)}>
              {boxes.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        ) : (
          <span className="soft">{box.name}</span>
        )
      }
    >
      <Days box={box} day={day} />
      <p className="soft">
        {dayWords(day, language)}
        {city && ` · ${say.zone(city)}`}
      </p>
      {box.zoneAssumed && <Note tone="warn">{say.zoneAssumed(box.timeZone.split('/').at(-1) ?? box.timeZone)}</Note>}
      <DayList key={`${box.id} ${day}`} box={box} day={day} />
    </Screen>
  );
}

function Days({ box, day }: { readonly box: Box; readonly day: string }) {
  const { language, say } = useLanguage();
  const today = todayIn(box.timeZone);
  const shown = Array.from({ length: DAYS_SHOWN }, (_, ahead) => addDays(today, ahead));
  return (
    <nav aria-label={say.classes.days}>
      <div className="days">
        {(shown.includes(day) ? shown : [day, ...shown]).map((one) => (
          <Link
            key={one}
            href={addressOf(box, one)}
            aria-current={one === day ? 'date' : undefined}
            ref={(element: HTMLAnchorElement | null) => {
              if (one === day) element?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
            }}
          >
            <span>{weekdayOf(one, language)}</span> <b>{Number(one.slice(6))}</b>
          </Link>
        ))}
      </div>
    </nav>
  );
}

function DayList({ box, day }: { readonly box: Box; readonly day: string }) {
  const { say } = useLanguage();
  const list = useDay(box.id, day);
  const { data: prebookings = [] } = usePrebookings();
  const { data: watches = [] } = useWatches();
  const [picks, setPicks] = useState<readonly GymClass[]>();
  const classes = list.data?.classes ?? [];
  const toggle = (lesson: GymClass) =>
    setPicks((all = []) => (all.includes(lesson) ? all.filter((one) => one !== lesson) : [...all, lesson]));
  const waits = classes.filter(({ opensAt }) => opensAt !== null && Date.parse(opensAt) > Date.now());
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
      {waits.length > 1 && (
        <div>
          <Button kind="plain" isPressed={picks !== undefined} onPress={() => setPicks(picks ? undefined : [])}>
            {say.classes.several}
          </Button>
        </div>
      )}
      {classes.length > 0 && (
        <ul className="rows">
          {classes.map((lesson) => (
            <ClassRow
              key={lesson.id}
              at={{ box, day, lesson }}
              watched={watchOf(watches, { box, day, lesson })}
              mine={classes.filter(({ mine }) => mine !== null)}
              prebooking={prebookings.find((one) => isFor(one, box, day, lesson))}
              pick={picks && { place: picks.indexOf(lesson) + 1, toggle: () => toggle(lesson) }}
            />
          ))}
        </ul>
      )}
      {picks && <Picking box={box} day={day} picks={picks} onDone={() => setPicks(undefined)} />}
    </>
  );
}

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
