// One weekly rule: which class it asks for, its days in the coming weeks, and buttons that change, pause and delete the rule.
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { boxOf } from '../data/agenda.ts';
import { useBoxes } from '../data/queries.ts';
import { choicesIn, type KeptRule, pauseRule, type Rule, removeRule } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { dayWords, hourOf, weekdayName } from '../time.ts';
import { choiceWords } from './rule-choice.tsx';
import { RuleForm } from './rule-form.tsx';
import { RulePreview } from './rule-preview.tsx';

interface OneRuleParts {
  readonly rule: Rule;
  /**
   * True if the rule's coming weeks are shown. Only one rule's coming weeks are shown at a time, because the service reads many lists from the gym to
   * show them.
   */
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
}

export function OneRule({ rule, isOpen, onOpen }: OneRuleParts) {
  const { language, say } = useLanguage();
  const words = say.weekly;
  const pausing = useAct<void>();
  const removing = useAct<void>();
  const [asks, setAsks] = useState(false);
  const [isChanging, setIsChanging] = useState(false);
  const [changed, setChanged] = useState<KeptRule>();
  const name = nameOf(rule, say.weekly.anyHour);
  const error = pausing.error ?? removing.error;
  const onKept = (kept: KeptRule) => {
    setChanged(kept);
    setIsChanging(false);
  };
  return (
    <li className="card stack" aria-label={`${name}, ${weekdayName(rule.weekday, language)}`}>
      <div className="head">
        <p className="row-name begins">
          {weekdayName(rule.weekday, language)} {name}
        </p>
        {rule.paused && <p className="state warn">{words.paused}</p>}
      </div>
      <RuleFacts rule={rule} />
      <div className="buttons">
        <Button isPressed={isOpen} label={`${words.preview}: ${name}`} onPress={() => onOpen(!isOpen)}>
          {words.preview}
        </Button>
        <Button
          isPressed={isChanging}
          label={`${words.change}: ${name}`}
          onPress={() => {
            setChanged(undefined);
            setIsChanging(!isChanging);
          }}
        >
          {words.change}
        </Button>
        <Button
          isBusy={pausing.isBusy}
          label={`${rule.paused ? words.resume : words.pause}: ${name}`}
          onPress={() => void pausing.run(async () => void (await pauseRule(rule, !rule.paused)))}
        >
          {rule.paused ? words.resume : words.pause}
        </Button>
        <Button kind="danger" isBusy={removing.isBusy} label={`${words.remove}: ${name}`} onPress={() => setAsks(true)}>
          {words.remove}
        </Button>
      </div>
      {error !== undefined && <ErrorNote error={error} />}
      {isChanging && <RuleForm rule={rule} onKept={onKept} />}
      {changed && <Kept kept={changed} said={words.changed} />}
      {isOpen && <RulePreview rule={rule} />}
      {asks && (
        <Ask
          title={words.removeAsk}
          no={say.back}
          yes={words.remove}
          isDanger
          onNo={() => setAsks(false)}
          onYes={() => {
            setAsks(false);
            void removing.run(async () => void (await removeRule(rule.id)));
          }}
        >
          <p>{words.removeLoss}</p>
        </Ask>
      )}
    </li>
  );
}

/** `WOD 18:00`: a rule's class and hour, for the rule's row and for the screen-reader labels of the row and of the row's buttons. */
function nameOf({ timeId, className }: Rule, anyHour: string): string {
  const hour = timeId === null ? anyHour : hourOf(timeId);
  return [className, hour].filter(Boolean).join(' ');
}

/** Shows the rule's box, its alternatives, and its first and last day. */
function RuleFacts({ rule }: { readonly rule: Rule }) {
  const { language, say } = useLanguage();
  const words = say.weekly;
  const boxes = useBoxes();
  const [, ...others] = choicesIn(rule);
  return (
    <p className="facts">
      {boxes.length > 1 && <span>{boxOf(boxes, rule.boxId)?.name}</span>}
      {others.length > 0 && <span>{words.orElse(others.map((one) => choiceWords(one, say)).join(', '))}</span>}
      {rule.waitlist && <span>{say.classes.orWaitlist}</span>}
      {rule.from && <span>{words.since(dayWords(rule.from, language, 'short'))}</span>}
      {rule.until && <span>{words.until(dayWords(rule.until, language, 'short'))}</span>}
    </p>
  );
}

interface KeptParts {
  readonly kept: KeptRule;
  readonly said: string;
}

/**
 * Shows the result of making or changing a rule: the service's warnings, and how many prebookings are about to race and therefore stay as they were.
 */
export function Kept({ kept: { warnings, kept }, said }: KeptParts) {
  const { say } = useLanguage();
  return (
    <Note tone={warnings.length > 0 || kept.length > 0 ? 'warn' : 'good'}>
      <p>{said}</p>
      {kept.length > 0 && <p>{say.weekly.stays(kept.length)}</p>}
      {warnings.map((warning) => (
        <p key={warning}>{say.warnings[warning]}</p>
      ))}
    </Note>
  );
}
