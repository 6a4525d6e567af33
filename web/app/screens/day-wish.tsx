// The form in which a member chooses, for one date of a rule, other classes than the rule's own. The chosen classes are tried in the form's order.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { useDay } from '../data/queries.ts';
import { changeDay, type Rule } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { choiceOf, type Draft } from './rule-choice.tsx';
import { nextDraft, RuleChoices } from './rule-choices.tsx';

interface DayWishParts {
  readonly rule: Rule;
  readonly day: string;
  readonly onKept: () => void;
}

export function DayWish({ rule, day, onKept }: DayWishParts) {
  const { say } = useLanguage();
  const act = useAct<void>();
  const { data, error } = useDay(rule.boxId, day);
  const [drafts, setDrafts] = useState<readonly Draft[]>();
  if (data === undefined && error === null) return <Waiting rows={1} label={say.loading} />;
  const classes = (data?.classes ?? []).filter(({ bookable }) => bookable);
  const shown = drafts ?? [nextDraft([], classes)];
  const keep = () =>
    act.run(async () => {
      await changeDay(rule.id, day, shown.map(choiceOf));
      onKept();
    });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        void keep();
      }}
    >
      <RuleChoices drafts={shown} classes={classes} onChange={setDrafts} />
      <div>
        <Button kind="main" isSubmit isBusy={act.isBusy}>
          {act.isBusy ? say.classes.busy : say.weekly.keepDay}
        </Button>
      </div>
      {act.error !== undefined && <ErrorNote error={act.error} />}
    </form>
  );
}
