// /operator. The main action: type the token, look. What is seen first: alerts, each with what to do; then whether tonight works; then numbers.
//
//   Operador
//   Token del operador [________] [Abrir]
//   ▌ alert → what to do
//   Ana · espera   [Admitir] [Rechazar] [Borrar]     boxes, each with [Declarar]     [Probar] the alerts' channels
//   ¿Funcionará esta noche?   ✕ check: said → remedy
//   Sesiones por edad   ▓▓▓░░|18  |25   12 min · 41 attempts
//   Retraso de las carreras   half ▓ 0.4 ms · 95 % ▓▓▓ 3 ms
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { codeOf } from '../data/member.ts';
import { createOperator, type Operator as OperatorCalls, type Seen } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { ErrorNote, Note } from '../parts/note.tsx';
import { Screen } from '../parts/screen.tsx';
import { OperatorAlerts, OperatorChannels } from './operator-alerts.tsx';
import { OperatorBoxes } from './operator-boxes.tsx';
import { CheckLine, Fact, Lateness, Runs, Sessions } from './operator-figures.tsx';
import { OperatorInvitations, OperatorMembers } from './operator-members.tsx';

/** The token itself is kept only in the operator's calls. */
interface Opened {
  readonly operator: OperatorCalls;
  readonly seen: Seen;
}

export default function Operator() {
  const { say } = useLanguage();
  const words = say.operator;
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
      <Screen title={say.titles.operator}>
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
  const words = say.operator;
  const { checks, samples, members, boxes, invitations } = seen;
  const named = (name: string) => samples.filter((one) => one.name === `puntual_${name}`);
  return (
    <>
      <OperatorAlerts alerts={named('alert')} />
      <OperatorMembers operator={operator} members={members} onChanged={onChanged} />
      <OperatorInvitations operator={operator} invitations={invitations} onChanged={onChanged} />
      <OperatorBoxes operator={operator} boxes={boxes} onChanged={onChanged} />
      <OperatorChannels operator={operator} />
      <h2>{words.tonight}</h2>
      <ul className="rows">
        {checks.map((check) => (
          <CheckLine key={check.name} check={check} />
        ))}
      </ul>
      <Sessions
        ages={named('session_age_seconds')}
        attempts={named('token_update_count')}
        states={named('session_status')}
      />
      <Lateness quantiles={named('race_lateness_milliseconds')} count={named('race_lateness_count')[0]?.value ?? 0} />
      <h2>{words.prebookings}</h2>
      <dl className="facts-list">
        {named('prebookings').map(({ labels: { status = '' }, value }) => (
          <Fact key={status} name={status in say.states ? say.states[status as keyof typeof say.states] : status}>
            {value}
          </Fact>
        ))}
      </dl>
      <Runs finished={named('run_last_finished_timestamp_seconds')} ok={named('run_last_ok')} />
      <p>
        <a href="/monitor">{words.monitor}</a>
      </p>
    </>
  );
}
