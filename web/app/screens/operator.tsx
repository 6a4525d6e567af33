// /operator. One thumb: type the token, look. The eye sees first: alerts, each with what to do; then whether tonight works; then numbers.
//
//   Operador
//   Token del operador [________] [Abrir]
//   ▌ alert → what to do
//   ¿Funcionará esta noche?   ✕ check: said → remedy
//   Sesiones por edad   ▓▓▓░░|18  |25   12 min · 41 attempts
//   Retraso de las carreras   half ▓ 0.4 ms · 95 % ▓▓▓ 3 ms
import { useState } from 'react';
import { useAct } from '../data/act.ts';
import { type Check, readOperator, type Sample, type Seen } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { Button } from '../parts/button.tsx';
import { Note } from '../parts/note.tsx';
import { Screen } from '../parts/screen.tsx';
import { clockOf, dayIn, dayWords } from '../time.ts';

const MAX_SESSIONS = 50;
/** The length of the bar, in minutes: two missed cycles are off the end. */
const BAR_MINUTES = 40;
const DUE_MINUTES = 18;
const LATE_MINUTES = 25;

export default function Operator() {
  const { say } = useLanguage();
  const words = say.operator;
  const act = useAct<Seen>();
  const [token, setToken] = useState('');
  const message = act.error instanceof Error ? act.error.message : undefined;
  return (
    <div className="page">
      <Screen title={say.titles.operator}>
        <p>{words.lead}</p>
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void act.run(() => readOperator(token));
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
            {act.isBusy ? say.classes.busy : words.open}
          </Button>
        </form>
        {message !== undefined && <Note tone="bad">{message === 'refused' ? words.refused : say.away}</Note>}
        {act.result && <Everything seen={act.result} />}
      </Screen>
    </div>
  );
}

function Everything({ seen: { checks, samples } }: { readonly seen: Seen }) {
  const { say } = useLanguage();
  const words = say.operator;
  const named = (name: string) => samples.filter((one) => one.name === `puntual_${name}`);
  const alerts = named('alert').filter(({ value }) => value === 1);
  return (
    <>
      <h2>{words.alerts}</h2>
      {alerts.length === 0 && <Note tone="good">{words.well}</Note>}
      {alerts.map(({ labels: { alert = '' } }) => (
        <Note tone="bad" key={alert}>
          {alert in words.alert ? words.alert[alert as keyof typeof words.alert] : alert}
        </Note>
      ))}
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

const Fact = ({ name, children }: { readonly name: string; readonly children: string | number }) => (
  <>
    <dt>{name}</dt>
    <dd className="numbers">{children}</dd>
  </>
);

const CHECK_TONES = { ok: 'good', warn: 'warn', red: 'bad', skipped: '' } as const;

function CheckLine({ check: { name, state, said, remedy } }: { readonly check: Check }) {
  const { say } = useLanguage();
  return (
    <li className="card">
      <div className="head">
        <p className="row-name">{name}</p>
        <p className={`state ${CHECK_TONES[state]}`}>{say.operator.check[state]}</p>
      </div>
      <p lang="en">{said}</p>
      {remedy && (
        <p lang="en" className="state">
          → {remedy}
        </p>
      )}
    </li>
  );
}

interface SessionsParts {
  readonly ages: readonly Sample[];
  readonly attempts: readonly Sample[];
  readonly states: readonly Sample[];
}

function Sessions({ ages, attempts, states }: SessionsParts) {
  const { language, say } = useLanguage();
  const words = say.operator;
  const of = (samples: readonly Sample[], session: string) =>
    samples.find(({ labels }) => labels['session'] === session);
  const oldest = [...ages].sort((a, b) => b.value - a.value).slice(0, MAX_SESSIONS);
  return (
    <>
      <h2>{words.sessions}</h2>
      <p className="soft">{words.sessionsHint}</p>
      {oldest.length === 0 && <p>{words.none}</p>}
      <ul className="rows">
        {oldest.map(({ labels: { session = '' }, value }) => {
          const minutes = value / 60;
          const tone = minutes < LATE_MINUTES ? (minutes < DUE_MINUTES ? '' : 'warn') : 'bad';
          return (
            <li key={session} className="card stack">
              <div className="facts numbers">
                <span>{session.slice(0, 8)}</span>
                <span>{of(states, session)?.labels['status']}</span>
                <span>{words.minutes(minutes.toLocaleString(language, { maximumFractionDigits: 1 }))}</span>
                <span>{words.attempts(of(attempts, session)?.value ?? 0)}</span>
              </div>
              <div className="meter" aria-hidden="true">
                <i className={tone} style={{ width: `${Math.min(1, minutes / BAR_MINUTES) * 100}%` }} />
              </div>
            </li>
          );
        })}
      </ul>
    </>
  );
}

function Lateness({ quantiles, count }: { readonly quantiles: readonly Sample[]; readonly count: number }) {
  const { language, say } = useLanguage();
  const words = say.operator;
  const most = Math.max(1, ...quantiles.map(({ value }) => value));
  return (
    <>
      <h2>{words.races}</h2>
      <p className="soft">{count === 0 ? words.none : words.racesOf(count)}</p>
      <ul className="rows">
        {quantiles.map(({ labels: { quantile = '' }, value }) => (
          <li key={quantile}>
            <div className="facts numbers">
              <span>
                {quantile in words.quantiles ? words.quantiles[quantile as keyof typeof words.quantiles] : quantile}
              </span>
              <span>{value.toLocaleString(language, { maximumFractionDigits: 1 })} ms</span>
            </div>
            <div className="meter" aria-hidden="true">
              <i style={{ width: `${(Math.max(0, value) / most) * 100}%` }} />
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function Runs({ finished, ok }: { readonly finished: readonly Sample[]; readonly ok: readonly Sample[] }) {
  const { language, say } = useLanguage();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const when = (seconds: number) =>
    `${dayWords(dayIn(seconds * 1000, here), language, 'short')} ${clockOf(seconds * 1000, here)}`;
  return (
    <>
      <h2>{say.operator.runs}</h2>
      <ul className="rows">
        {finished.map(({ labels: { job = '' }, value }) => {
          const isOk = ok.find(({ labels }) => labels['job'] === job)?.value === 1;
          return (
            <li key={job} className="facts">
              <span>{job}</span>
              <span>{say.operator.ran(when(value))}</span>
              <span className={`state ${isOk ? 'good' : 'bad'}`}>{say.operator.check[isOk ? 'ok' : 'red']}</span>
            </li>
          );
        })}
      </ul>
    </>
  );
}
