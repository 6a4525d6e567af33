// A class for every week: the weekday, then one of the classes that the box shows on that day; a class that is not shown yet is typed.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { boxOf } from '../data/agenda.ts';
import type { Box } from '../data/member.ts';
import { type GymClass, useBoxes, useDay } from '../data/queries.ts';
import { type KeptRule, makeRule } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { addDays, startOf, todayIn, WEEKDAYS, weekdayName, weekdayNumber } from '../time.ts';

const OTHER = 'other';
const keyOf = ({ timeId, name }: GymClass): string => `${timeId} ${name}`;

/** The next day of that weekday, tomorrow at the earliest: it stands for the weeks to come. */
function nextDay(box: Box, weekday: number): string {
  const first = addDays(todayIn(box.timeZone), 1);
  return addDays(first, (weekday - weekdayNumber(first) + 7) % 7);
}

export function RuleForm({ onMade }: { readonly onMade: (made: KeptRule) => void }) {
  const { language, say } = useLanguage();
  const words = say.weekly;
  const boxes = useBoxes();
  const act = useAct<void>();
  const [boxId, setBoxId] = useState(boxes[0]?.id ?? '');
  const [weekday, setWeekday] = useState(1);
  const box = boxOf(boxes, boxId) ?? boxes[0];
  if (!box) return <Note tone="warn">{say.classes.noBox}</Note>;
  const submit = (form: FormData) =>
    act.run(async () => {
      const given = (name: string) => String(form.get(name) ?? '').replaceAll('-', '');
      const [from, until] = [given('from'), given('until')];
      const limits = { ...(from !== '' && { from }), ...(until !== '' && { until }) };
      const waitlist = form.get('waitlist') !== null;
      onMade(await makeRule({ boxId: box.id, weekday, waitlist, ...wishedClass(form), ...limits }));
    });
  return (
    <form
      className="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      {boxes.length > 1 && (
        <label className="field">
          {say.classes.box}
          <select value={box.id} onChange={(event) => setBoxId(event.currentTarget.value)}>
            {boxes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <label className="field">
        {words.weekday}
        <select value={weekday} onChange={(event) => setWeekday(Number(event.currentTarget.value))}>
          {WEEKDAYS.map((one) => (
            <option key={one} value={one}>
              {weekdayName(one, language)}
            </option>
          ))}
        </select>
      </label>
      <ClassChoice key={`${box.id} ${weekday}`} box={box} day={nextDay(box, weekday)} />
      <label className="check">
        <input type="checkbox" name="waitlist" />
        {say.classes.orWaitlist}
      </label>
      <div className="buttons">
        <label className="field">
          {words.from}
          <input type="date" name="from" />
        </label>
        <label className="field">
          {words.to}
          <input type="date" name="until" />
        </label>
      </div>
      <div>
        <Button kind="main" isSubmit isBusy={act.isBusy}>
          {act.isBusy ? say.classes.busy : words.make}
        </Button>
      </div>
      {act.error !== undefined && <ErrorNote error={act.error} />}
    </form>
  );
}

function wishedClass(form: FormData): { readonly timeId?: string; readonly className?: string } {
  const chosen = String(form.get('class'));
  if (chosen !== OTHER) {
    const [timeId = '', ...name] = chosen.split(' ');
    return { timeId, className: name.join(' ') };
  }
  const name = String(form.get('name')).trim();
  const timeId = `${String(form.get('hour')).replace(':', '')}_${String(form.get('minutes'))}`;
  return { timeId, ...(name !== '' && { className: name }) };
}

function ClassChoice({ box, day }: { readonly box: Box; readonly day: string }) {
  const { say } = useLanguage();
  const words = say.weekly;
  const { data, error } = useDay(box.id, day);
  const [chosen, setChosen] = useState<string>();
  const classes = (data?.classes ?? []).filter(({ bookable }) => bookable);
  const isOther = chosen === OTHER || classes.length === 0;
  if (data === undefined && error === null) return <Waiting rows={1} label={say.loading} />;
  return (
    <>
      <label className="field">
        {words.class}
        <select
          name="class"
          value={isOther ? OTHER : (chosen ?? classes.map(keyOf)[0])}
          onChange={(event) => setChosen(event.currentTarget.value)}
        >
          {classes.map((lesson) => (
            <option key={lesson.id} value={keyOf(lesson)}>
              {startOf(lesson.time)} {lesson.name}
            </option>
          ))}
          <option value={OTHER}>{words.other}</option>
        </select>
      </label>
      {isOther && (
        <>
          <label className="field">
            {words.hour}
            <input type="time" name="hour" required defaultValue="18:00" />
          </label>
          <label className="field">
            {words.minutes}
            <input type="number" name="minutes" inputMode="numeric" required min={5} max={480} defaultValue={60} />
          </label>
          <label className="field">
            {words.name}
            <input name="name" maxLength={100} />
          </label>
        </>
      )}
    </>
  );
}
