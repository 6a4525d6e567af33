// The form of a new or changed weekly rule: the weekday, then the classes that the box shows on that day, in the order in which they are wanted. The
// member can also type in the hour, length and name of a class that the box does not show yet.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { boxOf } from '../data/agenda.ts';
import type { Box } from '../data/member.ts';
import { type GymClass, useBoxes, useDay } from '../data/queries.ts';
import { changeRule, choicesIn, type KeptRule, makeRule, type Rule, type RuleWish } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { addDays, isoOf, todayIn, WEEKDAYS, weekdayName, weekdayNumber } from '../time.ts';
import { choiceOf, type Draft, draftOf } from './rule-choice.tsx';
import { nextDraft, RuleChoices } from './rule-choices.tsx';

/** Gives the next day, tomorrow at the earliest, that has this weekday. The form offers that day's classes as choices of the weekly rule. */
function nextDay(box: Box, weekday: number): string {
  const first = addDays(todayIn(box.timeZone), 1);
  return addDays(first, (weekday - weekdayNumber(first) + 7) % 7);
}

interface FormParts {
  /** The rule to change; absent for a new rule. */
  readonly rule?: Rule;
  readonly onKept: (kept: KeptRule) => void;
}

export function RuleForm({ rule, onKept }: FormParts) {
  const { say } = useLanguage();
  const boxes = useBoxes();
  const [boxId, setBoxId] = useState(rule?.boxId ?? boxes[0]?.id ?? '');
  const [weekday, setWeekday] = useState(rule?.weekday ?? 1);
  // Undefined for a new rule until the member chooses a class; until then the form proposes the first class of the day.
  const [drafts, setDrafts] = useState<readonly Draft[] | undefined>(
    rule && choicesIn(rule).map((choice, key) => draftOf(key, choice)),
  );
  const box = boxOf(boxes, boxId) ?? boxes[0];
  if (!box) return <Note tone="warn">{say.classes.noBox}</Note>;
  const forget = () => !rule && setDrafts(undefined);
  return (
    <>
      {boxes.length > 1 && (
        <label className="field">
          {say.classes.box}
          <select
            value={box.id}
            onChange={(event) => {
              setBoxId(event.currentTarget.value);
              forget();
            }}
          >
            {boxes.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
      )}
      <Weekday
        weekday={weekday}
        onChange={(chosen) => {
          setWeekday(chosen);
          forget();
        }}
      />
      <WishForm {...{ box, weekday, rule, drafts, onKept }} onDrafts={setDrafts} />
    </>
  );
}

function Weekday({ weekday, onChange }: { readonly weekday: number; readonly onChange: (weekday: number) => void }) {
  const { language, say } = useLanguage();
  return (
    <label className="field">
      {say.weekly.weekday}
      <select value={weekday} onChange={(event) => onChange(Number(event.currentTarget.value))}>
        {WEEKDAYS.map((one) => (
          <option key={one} value={one}>
            {weekdayName(one, language)}
          </option>
        ))}
      </select>
    </label>
  );
}

interface WishParts {
  readonly box: Box;
  readonly weekday: number;
  readonly rule: Rule | undefined;
  readonly drafts: readonly Draft[] | undefined;
  readonly onDrafts: (drafts: readonly Draft[]) => void;
  readonly onKept: (kept: KeptRule) => void;
}

function WishForm({ box, weekday, rule, drafts, onDrafts, onKept }: WishParts) {
  const { say } = useLanguage();
  const words = say.weekly;
  const act = useAct<void>();
  const { data, error } = useDay(box.id, nextDay(box, weekday));
  const isWaiting = data === undefined && error === null;
  const classes: readonly GymClass[] = (data?.classes ?? []).filter(({ bookable }) => bookable);
  const shown = drafts ?? [nextDraft([], classes)];
  const submit = (form: FormData) =>
    act.run(async () => {
      const wish: RuleWish = { boxId: box.id, weekday, ...wishIn(shown, form) };
      onKept(await (rule ? changeRule(rule, wish) : makeRule(wish)));
    });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(new FormData(event.currentTarget));
      }}
    >
      {isWaiting ? (
        <Waiting rows={1} label={say.loading} />
      ) : (
        <RuleChoices drafts={shown} classes={classes} onChange={onDrafts} />
      )}
      <label className="check">
        <input type="checkbox" name="waitlist" defaultChecked={rule?.waitlist ?? false} />
        {say.classes.orWaitlist}
      </label>
      <div className="buttons">
        <label className="field">
          {words.from}
          <input type="date" name="from" defaultValue={isoOf(rule?.from)} />
        </label>
        <label className="field">
          {words.to}
          <input type="date" name="until" defaultValue={isoOf(rule?.until)} />
        </label>
      </div>
      <div>
        <Button kind="main" isSubmit isBusy={act.isBusy || isWaiting}>
          {act.isBusy ? say.classes.busy : rule ? words.keep : words.make}
        </Button>
      </div>
      {act.error !== undefined && <ErrorNote error={act.error} />}
    </form>
  );
}

function wishIn([first, ...others]: readonly Draft[], form: FormData): Omit<RuleWish, 'boxId' | 'weekday'> {
  const given = (name: string) => String(form.get(name) ?? '').replaceAll('-', '');
  const [from, until] = [given('from'), given('until')];
  return {
    ...(first && choiceOf(first)),
    alternatives: others.map(choiceOf),
    waitlist: form.get('waitlist') !== null,
    ...(from !== '' && { from }),
    ...(until !== '' && { until }),
  };
}
