// The choices of a rule in the order in which they are tried: the class, then the alternatives for a full class.
import type { GymClass } from '../data/queries.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { choiceOf, choiceWords, type Draft, draftOf, isFor, OneChoice } from './rule-choice.tsx';

/** The most choices of a rule: the class, and as many alternatives as the HTTP contract accepts. */
const MAX_CHOICES = 6;

interface ChoicesParts {
  readonly drafts: readonly Draft[];
  readonly classes: readonly GymClass[];
  readonly onChange: (drafts: readonly Draft[]) => void;
}

/** A draft for the first class in `classes` that is no choice yet; if there is none, a draft whose hour, length and name the member types. */
export function nextDraft(drafts: readonly Draft[], classes: readonly GymClass[]): Draft {
  const key = Math.max(0, ...drafts.map((one) => one.key)) + 1;
  const free = classes.find((lesson) => !drafts.some((one) => isFor(one, lesson)));
  return free
    ? draftOf(key, { timeId: free.timeId, className: free.name })
    : { ...draftOf(key, { timeId: '1800_60' }), isTyped: true };
}

export function RuleChoices({ drafts, classes, onChange }: ChoicesParts) {
  const { say } = useLanguage();
  const words = say.weekly;
  const earlier = (at: number, draft: Draft) => onChange(drafts.toSpliced(at, 1).toSpliced(at - 1, 0, draft));
  return (
    <>
      {drafts.map((draft, at) => {
        const name = choiceWords(choiceOf(draft), say);
        return (
          <div className="stack" key={draft.key}>
            <OneChoice
              draft={draft}
              label={at === 0 ? words.class : words.choice(at + 1)}
              classes={classes}
              onChange={(changed) => onChange(drafts.with(at, changed))}
            />
            {at > 0 && (
              <div className="buttons">
                <Button label={`${words.earlier}: ${name}`} onPress={() => earlier(at, draft)}>
                  {words.earlier}
                </Button>
                <Button
                  kind="danger"
                  label={`${words.without}: ${name}`}
                  onPress={() => onChange(drafts.toSpliced(at, 1))}
                >
                  {words.without}
                </Button>
              </div>
            )}
          </div>
        );
      })}
      {drafts.length < MAX_CHOICES && (
        <div className="stack">
          <p className="soft">{words.addChoiceHint}</p>
          <div>
            <Button onPress={() => onChange([...drafts, nextDraft(drafts, classes)])}>{words.addChoice}</Button>
          </div>
        </div>
      )}
    </>
  );
}
