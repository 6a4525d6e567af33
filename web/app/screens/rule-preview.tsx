// The coming eight weeks of a rule: each day with what will happen, what the gym shows for the day, and two buttons. One of a day's two buttons
// leaves the day out, the other asks for another class on that day.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { type PreviewDay, type Rule, skipDay, usePreview } from '../data/weekly.ts';
import type { Messages } from '../language/en.ts';
import { useLanguage } from '../language/language.tsx';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { dayWords, foreignCity, hourOf, instantWords } from '../time.ts';
import { DayWish } from './day-wish.tsx';

export function RulePreview({ rule }: { readonly rule: Rule }) {
  const { say } = useLanguage();
  const preview = usePreview(rule.id);
  const { data } = preview;
  const city = data && foreignCity(data.timeZone);
  // If all days of the rule have a warning in common, the warning is shown only once.
  const asked = data?.days.filter(({ state }) => state !== 'rests') ?? [];
  const always = (asked[0]?.warnings ?? []).filter((one) => asked.every(({ warnings }) => warnings.includes(one)));
  return (
    <>
      {preview.error !== null && <ErrorNote error={preview.error} onRetry={() => void preview.refetch()} />}
      {!data && preview.error === null && <Waiting label={say.loading} />}
      {city && <p className="soft">{say.zone(city)}</p>}
      {always.map((warning) => (
        <p className="soft" key={warning}>
          {say.warnings[warning]}
        </p>
      ))}
      {data && (
        <ul className="rows">
          {data.days.map(({ warnings, ...day }) => (
            <OneDay
              key={day.day}
              rule={rule}
              day={{ ...day, warnings: warnings.filter((one) => !always.includes(one)) }}
              zone={data.timeZone}
            />
          ))}
        </ul>
      )}
    </>
  );
}

interface OneDayParts {
  readonly rule: Rule;
  readonly day: PreviewDay;
  readonly zone: string;
}

function OneDay({ rule, day, zone }: OneDayParts) {
  const { language, say } = useLanguage();
  const words = say.weekly;
  const act = useAct<void>();
  const [isChanging, setIsChanging] = useState(false);
  const when = dayWords(day.day, language, 'short');
  const lesson = day.class ? `${day.class.name} ${hourOf(day.class.timeId)}` : '';
  const isSkipped = day.rests === 'skipped';
  const isStill = day.state === 'will-ask' || (day.state === 'asked' && day.prebooking?.status === 'scheduled');
  const isOther = day.exception && !isSkipped;
  const notes = notesOf(day, say);
  const label = isSkipped ? words.ask : isOther ? words.asUsual : words.skip;
  return (
    <li className="row week" aria-label={`${when} ${lesson}`.trim()}>
      <div>
        <p className="row-day">{when}</p>
        <p className={`state ${TONES[day.state]}`}>{stateWords(day, say)}</p>
        {isOther && <p className="state warn">{words.isOther}</p>}
        {lesson && <p className="soft">{lesson}</p>}
      </div>
      <div>
        {isSkipped || isStill ? (
          <Button
            isBusy={act.isBusy}
            label={`${label}: ${when}`}
            onPress={() => void act.run(async () => void (await skipDay(rule.id, day.day, !isSkipped && !isOther)))}
          >
            {label}
          </Button>
        ) : (
          day.prebooking && <Goto to={`/bookings/${day.prebooking.id}`}>{say.classes.see}</Goto>
        )}
      </div>
      <div className="facts">
        {day.opensAt && day.state !== 'rests' && (
          <span>{say.classes.opens(instantWords(day.opensAt, zone, language))}</span>
        )}
        {day.clockChange && <span className="state warn">{words.clockChange}</span>}
      </div>
      {notes.length > 0 && (
        <div className="row-note soft">
          {notes.map((note) => (
            <p key={note}>{note}</p>
          ))}
        </div>
      )}
      {isStill && (
        <div className="row-note stack">
          <Button kind="plain" label={`${words.otherClass}: ${when}`} onPress={() => setIsChanging(!isChanging)}>
            {words.otherClass}
          </Button>
          {isChanging && <DayWish rule={rule} day={day.day} onKept={() => setIsChanging(false)} />}
        </div>
      )}
      {act.error !== undefined && (
        <div className="row-note">
          <ErrorNote error={act.error} />
        </div>
      )}
    </li>
  );
}

const TONES = { asked: 'good', 'will-ask': '', rests: 'warn', 'open-already': 'warn' } as const;

function stateWords({ state, rests, prebooking }: PreviewDay, say: Messages): string {
  if (state === 'rests' && rests) return say.weekly.rests[rests];
  if (state === 'asked' && prebooking && prebooking.status !== 'scheduled') return say.states[prebooking.status];
  return say.weekly.states[state];
}

/** What the gym shows for the day, what the service found when it last read the day, the box's own words, and the warnings: each text once. */
function notesOf({ state, shows, finding, notices, warnings }: PreviewDay, say: Messages): string[] {
  if (state === 'rests') return [...notices];
  const { shown, findings } = say.weekly;
  const found = finding && finding !== shows && finding in findings ? [findings[finding as keyof typeof findings]] : [];
  const seen = shows === 'class-found' ? [] : [shown[shows]];
  return [...new Set([...seen, ...found, ...notices, ...warnings.map((warning) => say.warnings[warning])])];
}
