// /weekly. The main action: add a class, look at its weeks, leave one out. What is seen first: what is asked for every week, by weekday and hour.
//
//   Cada semana                         [Añadir]
//   martes 18:00 WOD · Box Norte        [Pausar] [Borrar]
//     [Ver ocho semanas]
//     mar 1 dic   Pedida · abre lun 21:00        [Saltar]
//     mar 8 dic   Descansa: fiesta
//   Pausas
//     del 20 al 27 dic                  [Quitar]
//   [del] [al] [Añadir pausa]
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { boxOf } from '../data/agenda.ts';
import { useBoxes } from '../data/queries.ts';
import { type KeptRule, pauseRule, type Rule, removeRule, useRules } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Ask } from '../parts/ask.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { dayWords, hourOf, weekdayName } from '../time.ts';
import { Pauses } from './pauses.tsx';
import { RuleForm } from './rule-form.tsx';
import { RulePreview } from './rule-preview.tsx';

export default function Weekly() {
  const { say } = useLanguage();
  const words = say.weekly;
  const rules = useRules();
  const [isAdding, setIsAdding] = useState(false);
  const [made, setMade] = useState<KeptRule>();
  const [openId, setOpenId] = useState<string>();
  const onMade = (kept: KeptRule) => {
    setMade(kept);
    setOpenId(kept.rule.id);
    setIsAdding(false);
  };
  return (
    <Screen
      title={say.titles.weekly}
      aside={
        <Button kind="main" isPressed={isAdding} onPress={() => setIsAdding(!isAdding)}>
          {words.add}
        </Button>
      }
    >
      <Age of={rules} />
      {isAdding && <RuleForm onMade={onMade} />}
      {made && !isAdding && (
        <Note tone={made.warnings.length > 0 ? 'warn' : 'good'}>
          <p>{words.made}</p>
          {made.warnings.map((warning) => (
            <p key={warning}>{say.warnings[warning]}</p>
          ))}
        </Note>
      )}
      {rules.error !== null && rules.data === undefined && (
        <ErrorNote error={rules.error} onRetry={() => void rules.refetch()} />
      )}
      {rules.data === undefined && rules.error === null && <Waiting label={say.loading} />}
      {rules.data?.length === 0 && !isAdding && <Note>{words.none}</Note>}
      <ul className="rows">
        {rules.data?.map((rule) => (
          <OneRule
            key={rule.id}
            rule={rule}
            isOpen={rule.id === openId}
            onOpen={(isOpen) => setOpenId(isOpen ? rule.id : undefined)}
          />
        ))}
      </ul>
      <Pauses />
    </Screen>
  );
}

interface OneRuleParts {
  readonly rule: Rule;
  /** Its weeks are shown; those of one rule at a time, since the gym is asked for each day. */
  readonly isOpen: boolean;
  readonly onOpen: (isOpen: boolean) => void;
}

function OneRule({ rule, isOpen, onOpen }: OneRuleParts) {
  const { language, say } = useLanguage();
  const words = say.weekly;
  const boxes = useBoxes();
  const pausing = useAct<void>();
  const removing = useAct<void>();
  const [asks, setAsks] = useState(false);
  const hour = rule.timeId === null ? '' : hourOf(rule.timeId);
  const name = [rule.className, hour].filter(Boolean).join(' ');
  const error = pausing.error ?? removing.error;
  return (
    <li className="card stack" aria-label={`${name}, ${weekdayName(rule.weekday, language)}`}>
      <div className="head">
        <p className="row-name">
          {weekdayName(rule.weekday, language)} {name}
        </p>
        {rule.paused && <p className="state warn">{words.paused}</p>}
      </div>
      <p className="facts">
        {boxes.length > 1 && <span>{boxOf(boxes, rule.boxId)?.name}</span>}
        {rule.waitlist && <span>{say.classes.orWaitlist}</span>}
        {rule.from && <span>{words.since(dayWords(rule.from, language, 'short'))}</span>}
        {rule.until && <span>{words.until(dayWords(rule.until, language, 'short'))}</span>}
      </p>
      <div className="buttons">
        <Button isPressed={isOpen} label={`${words.preview}: ${name}`} onPress={() => onOpen(!isOpen)}>
          {words.preview}
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
