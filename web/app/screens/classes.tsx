// The screen /classes?box=&day=: a member picks a day, then presses a row's button. A row shows its class's hour at the left. The row also says if
// the class is full, or if the member has a place in it. A sketch of the screen:
//
//   Clases                          [box ▾]
//   [vie 28][sáb 29]( lun 30 )[mar 1] …
//   Del box: notice
//   18:00  WOD              [ Reservar ]
//          Leo · 9/12 plazas
//   19:00  Open Box      [Prerreservar ]
//          Abre mar 21:00
import { useEffect, useRef } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { boxOf } from '../data/agenda.ts';
import type { Box } from '../data/member.ts';
import { useBoxes, useMe } from '../data/queries.ts';
import { readShelf, writeShelf } from '../data/shelf.ts';
import { useLanguage } from '../language/language.tsx';
import { Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Screen } from '../parts/screen.tsx';
import { SignInAgain } from '../parts/sign-in-again.tsx';
import { addDays, cityOf, dayWords, foreignCity, isDay, todayIn, weekdayOf } from '../time.ts';
import { addressOf, DayList } from './day-list.tsx';

/** How many days the strip shows from today on. */
const DAYS_SHOWN = 14;
/** How many days after the chosen day the strip shows, so that the member can choose a later day. */
const DAYS_BEYOND = 7;
const MAX_DAYS = 62;

export default function Classes() {
  const { say } = useLanguage();
  const boxes = useBoxes();
  const me = useMe();
  const asked = new URLSearchParams(useSearch());
  // An address without a box shows the box that the member looked at last.
  const box = boxOf(boxes, asked.get('box') ?? readShelf('box')?.value ?? '') ?? boxes[0];
  if (!box)
    return (
      <Screen title={say.titles.classes}>
        {me.isFetching ? (
          <Waiting label={say.loading} />
        ) : (
          <Note tone="warn">
            <p>{say.classes.noBox}</p>
            <SignInAgain />
          </Note>
        )}
      </Screen>
    );
  const day = asked.get('day') ?? '';
  const change = asked.get('change') ?? '';
  return <BoxDay box={box} boxes={boxes} day={isDay(day) ? day : todayIn(box.timeZone)} change={change} />;
}

interface BoxDayParts {
  readonly box: Box;
  readonly boxes: readonly Box[];
  readonly day: string;
  /** The id of a waiting prebooking whose choices the member changes; '' for none. */
  readonly change: string;
}

function BoxDay({ box, boxes, day, change }: BoxDayParts) {
  const { language, say } = useLanguage();
  const [, go] = useLocation();
  const city = foreignCity(box.timeZone);
  useEffect(() => writeShelf('box', box.id), [box.id]);
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
      {box.zoneAssumed && <Note tone="warn">{say.zoneAssumed(cityOf(box.timeZone))}</Note>}
      <DayList key={`${box.id} ${day}`} box={box} day={day} change={change} />
    </Screen>
  );
}

function Days({ box, day }: { readonly box: Box; readonly day: string }) {
  const { language, say } = useLanguage();
  const today = todayIn(box.timeZone);
  const chosen = useRef<HTMLAnchorElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: scroll only when the day changes, or the strip would leave where the member pushed it.
  useEffect(() => chosen.current?.scrollIntoView({ block: 'nearest', inline: 'center' }), [day]);
  const coming = Array.from({ length: MAX_DAYS }, (_, ahead) => addDays(today, ahead));
  const reach = coming.includes(day) ? addDays(day, DAYS_BEYOND) : '';
  const shown = coming.filter((one, ahead) => ahead < DAYS_SHOWN || one <= reach);
  return (
    <nav aria-label={say.classes.days}>
      <div className="days">
        {(shown.includes(day) ? shown : [...shown, day].sort()).map((one) => (
          <Link
            key={one}
            href={addressOf(box, one)}
            aria-current={one === day ? 'date' : undefined}
            ref={one === day ? chosen : null}
          >
            <span>{weekdayOf(one, language)}</span> <b>{Number(one.slice(6))}</b>
          </Link>
        ))}
      </div>
    </nav>
  );
}
