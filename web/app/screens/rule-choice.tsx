// One choice of a rule: a class that the box shows on the rule's weekday, or an hour and a name that the member types.
import type { GymClass } from '../data/queries.ts';
import type { RuleChoice } from '../data/weekly.ts';
import type { Messages } from '../language/en.ts';
import { useLanguage } from '../language/language.tsx';
import { hourOf, startOf } from '../time.ts';

const TYPED = 'typed';
/** The length, in minutes, that the form proposes for a class that is not chosen from the list but typed in. */
const MINUTES = '60';

/**
 * A choice in the form, before the rule is stored. A choice without an hour matches a class at any hour; a choice without a name matches a class of
 * any name.
 */
export interface Draft {
  /** The number of this choice in the form, which stays the same when the order changes. */
  readonly key: number;
  readonly isTyped: boolean;
  /** The hour as `18:00`; an empty text stands for any hour. */
  readonly hour: string;
  readonly minutes: string;
  readonly name: string;
}

export function draftOf(key: number, { timeId, className = '' }: RuleChoice): Draft {
  const minutes = timeId?.split('_')[1] ?? MINUTES;
  return { key, isTyped: false, hour: timeId === undefined ? '' : hourOf(timeId), minutes, name: className };
}
export const choiceOf = ({ hour, minutes, name }: Draft): RuleChoice => ({
  ...(hour !== '' && { timeId: `${hour.replace(':', '')}_${minutes}` }),
  ...(name.trim() !== '' && { className: name.trim() }),
});

/** A choice in words: `18:00 WOD`, `18:00`, or `WOD at any hour`. */
export const choiceWords = ({ timeId, className }: RuleChoice, say: Messages): string =>
  (timeId === undefined ? [className, say.weekly.anyHour] : [hourOf(timeId), className]).filter(Boolean).join(' ');

const keyOf = ({ hour, minutes, name }: Omit<Draft, 'key' | 'isTyped'>): string => `${hour} ${minutes} ${name}`;
const listed = ({ timeId, name }: GymClass): Draft => draftOf(0, { timeId, className: name });
export const isFor = (draft: Draft, lesson: GymClass): boolean => keyOf(draft) === keyOf(listed(lesson));

interface ChoiceParts {
  readonly draft: Draft;
  readonly label: string;
  readonly classes: readonly GymClass[];
  readonly onChange: (draft: Draft) => void;
}

export function OneChoice({ draft, label, classes, onChange }: ChoiceParts) {
  const { say } = useLanguage();
  const { key, isTyped } = draft;
  const isListed = classes.some((lesson) => isFor(draft, lesson));
  const choose = (value: string) => {
    const lesson = classes.find((one) => keyOf(listed(one)) === value);
    onChange(lesson ? { ...listed(lesson), key } : { ...draft, isTyped: value === TYPED });
  };
  return (
    <>
      <label className="field">
        {label}
        <select value={isTyped ? TYPED : keyOf(draft)} onChange={(event) => choose(event.currentTarget.value)}>
          {!isListed && !isTyped && <option value={keyOf(draft)}>{choiceWords(choiceOf(draft), say)}</option>}
          {classes.map((lesson) => (
            <option key={lesson.id} value={keyOf(listed(lesson))}>
              {startOf(lesson.time)} {lesson.name}
            </option>
          ))}
          <option value={TYPED}>{say.weekly.other}</option>
        </select>
      </label>
      {isTyped && <TypedChoice draft={draft} onChange={onChange} />}
    </>
  );
}

/** The inputs with which a member describes a choice: the class's hour, length and name. Either the hour or the name may be left empty. */
function TypedChoice({ draft, onChange }: Pick<ChoiceParts, 'draft' | 'onChange'>) {
  const words = useLanguage().say.weekly;
  const { hour, minutes, name } = draft;
  return (
    <>
      <label className="field">
        {words.hour}
        <input
          type="time"
          required={name.trim() === ''}
          value={hour}
          onChange={(event) => onChange({ ...draft, hour: event.currentTarget.value })}
        />
      </label>
      <label className="field">
        {words.minutes}
        <input
          type="number"
          inputMode="numeric"
          required
          min={5}
          max={480}
          value={minutes}
          onChange={(event) => onChange({ ...draft, minutes: event.currentTarget.value })}
        />
      </label>
      <label className="field">
        {words.name}
        <input
          maxLength={100}
          value={name}
          onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
        />
      </label>
    </>
  );
}
