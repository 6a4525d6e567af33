// The screen /operator: an operator types the operator's token and sees the state of the service. The screen shows first the alerts, each with what
// to do, then members and boxes, then whether the coming races will work, then figures. A sketch of the screen:
//
//   Operador
//   Token del operador [________] [Abrir]
//   ▌ alert → what to do
//   Ana · espera   [Admitir] [Rechazar] [Borrar]     boxes, each with [Declarar]     [Probar] the alerts' channels
//   ¿Funcionará esta noche?   ✕ check: said → remedy
//   Sesiones por edad   ▓▓▓░░|18  |25   12 min · 41 attempts, 40 good, last 11:02
//   Renovaciones        began 11:02  12 of 12 renewed  ok
//   Retraso de las carreras   · ·· ·   half within 0.4 ms
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { codeOf } from '../data/member.ts';
import { createOperator, type Operator as OperatorCalls, type Seen } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { useOperatorWords } from '../language/operator.ts';
import { Button, Goto } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Screen } from '../parts/screen.tsx';
import { OperatorAlerts, OperatorChannels } from './operator-alerts.tsx';
import { OperatorBoxes } from './operator-boxes.tsx';
import { Fact, Notices, RefreshRuns, Runs, Sessions } from './operator-figures.tsx';
import { Lateness } from './operator-lateness.tsx';
import { OperatorInvitations, OperatorMembers } from './operator-members.tsx';
import { Tonight } from './operator-tonight.tsx';

/** What the screen holds once the operator's token was accepted; the token itself is kept only in the function that makes the calls. */
interface Opened {
  readonly operator: OperatorCalls;
  readonly seen: Seen;
}

export default function Operator() {
  const { say } = useLanguage();
  const words = useOperatorWords();
  const act = useAct<Opened>();
  const [opened, setOpened] = useState<Opened>();
  const [token, setToken] = useState('');
  const open = (operator: OperatorCalls) =>
    act.run(async () => {
      const read = { operator, seen: await operator.read() };
      setOpened(read);
      return read;
    });
  return (
    <div className="page">
      <Screen
        title={say.titles.operator}
        aside={
          <Goto to="/account" kind="plain">
            {say.back}
          </Goto>
        }
      >
        <p>{words.lead}</p>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void open(createOperator(token));
          }}
        >
          <label className="field">
            {words.token}
            <input
              type="password"
              autoComplete="off"
              required
              value={token}
              onChange={(event) => setToken(event.currentTarget.value)}
            />
          </label>
          <Button kind="main" isSubmit isBusy={act.isBusy}>
            {act.isBusy ? say.classes.busy : opened ? words.again : words.open}
          </Button>
        </form>
        {act.error !== undefined &&
          (codeOf(act.error) === 'auth/refused' ? (
            <Note tone="bad">{words.refused}</Note>
          ) : (
            <ErrorNote error={act.error} />
          ))}
        {opened && <Everything {...opened} onChanged={() => void open(opened.operator)} />}
      </Screen>
    </div>
  );
}

function Everything({ operator, seen, onChanged }: Opened & { readonly onChanged: () => void }) {
  const { say } = useLanguage();
  const words = useOperatorWords();
  const { monitor, members, boxes, invitations } = seen;
  return (
    <>
      <OperatorAlerts {...monitor} />
      <OperatorMembers operator={operator} members={members} onChanged={onChanged} />
      <OperatorInvitations operator={operator} invitations={invitations} onChanged={onChanged} />
      <OperatorBoxes operator={operator} boxes={boxes} onChanged={onChanged} />
      <OperatorChannels operator={operator} />
      <Tonight operator={operator} />
      <Sessions monitor={monitor} />
      <RefreshRuns monitor={monitor} />
      <Lateness monitor={monitor} boxes={boxes} />
      <h2>{words.prebookings}</h2>
      <dl className="facts-list">
        {Object.entries(monitor.prebookings).map(([status, count]) => (
          <Fact key={status} name={status in say.states ? say.states[status as keyof typeof say.states] : status}>
            {count}
          </Fact>
        ))}
      </dl>
      <Notices notices={monitor.notices} />
      <Runs runs={monitor.runs} />
      <p>
        <a href="/monitor">{words.monitor}</a>
      </p>
    </>
  );
}
