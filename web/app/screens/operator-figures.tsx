// The operator's figures: the examination, sessions by the age of their token, races by their lateness, and the last runs.
import type { Check, Sample } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { momentWords } from '../time.ts';

const MAX_SESSIONS = 50;
/** The length of the bar, in minutes; at its end two cycles were missed. */
const BAR_MINUTES = 40;
const DUE_MINUTES = 18;
const LATE_MINUTES = 25;

/** A name and its value, in a list of facts. */
export const Fact = ({ name, children }: { readonly name: string; readonly children: string | number }) => (
  <>
    <dt>{name}</dt>
    <dd className="numbers">{children}</dd>
  </>
);

const CHECK_TONES = { ok: 'good', warn: 'warn', red: 'bad', skipped: '' } as const;

/** One line of the examination. */
export function CheckLine({ check: { name, state, said, remedy } }: { readonly check: Check }) {
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

/** Background sessions, the oldest first, each as a bar. */
export function Sessions({ ages, attempts, states }: SessionsParts) {
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

/** How late races were. */
export function Lateness({ quantiles, count }: { readonly quantiles: readonly Sample[]; readonly count: number }) {
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

/** How each job's last run ended. */
export function Runs({ finished, ok }: { readonly finished: readonly Sample[]; readonly ok: readonly Sample[] }) {
  const { language, say } = useLanguage();
  const when = (seconds: number) => momentWords(new Date(seconds * 1000).toISOString(), language);
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
