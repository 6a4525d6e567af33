// The screen /weekly: a member adds a weekly rule, looks at the rule's days in the coming weeks, and leaves a day out. The rules are listed by
// weekday and hour. A sketch of the screen:
//
//   Cada semana                         [Añadir]
//   martes 18:00 WOD · Box Norte
//     si está llena: 19:00 WOD
//     [Ocho semanas] [Cambiar] [Pausar] [Borrar]
//     mar 1 dic   Pedida · abre lun 21:00        [Saltar]
//     mar 8 dic   Descansa: fiesta
//   Pausas
//     del 20 al 27 dic                  [Quitar]
//   [del] [al] [Añadir pausa]
import { useState } from 'react';
import { type KeptRule, useRules } from '../data/weekly.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Waiting } from '../parts/row.tsx';
import { Age, Screen } from '../parts/screen.tsx';
import { Kept, OneRule } from './one-rule.tsx';
import { Pauses } from './pauses.tsx';
import { RuleForm } from './rule-form.tsx';

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
      {isAdding && (
        <div className="card stack">
          <RuleForm onKept={onMade} />
        </div>
      )}
      {made && !isAdding && <Kept kept={made} said={words.made} />}
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
