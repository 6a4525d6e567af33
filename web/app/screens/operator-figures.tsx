// The operator's figures: background sessions by the age of their token, the refresh runs, the last run of each job, and undelivered notices.
import type { Monitor } from '../data/operator.ts';
import { useLanguage } from '../language/language.tsx';
import { useOperatorWords } from '../language/operator.ts';
import type { OperatorMessages } from '../language/operator-en.ts';
import { Note } from '../parts/note.tsx';
import { momentWords } from '../time.ts';

/** The token age at which the bar is full, in minutes: a session that missed two refreshes has a full bar. */
const BAR_MINUTES = 40;
const MAX_RUNS = 12;

/** A name and its value, as one line of a list of facts. */
export const Fact = ({ name, children }: { readonly name: string; readonly children: string | number }) => (
  <>
    <dt>{name}</dt>
    <dd className="numbers">{children}</dd>
  </>
);

type SessionLine = Monitor['sessions'][number];

/**
 * How many background sessions are in each state. For the sessions that were renewed longest ago, bars show the minutes since that renewal, with
 * marks at 18 and 25 minutes.
 */
export function Sessions({ monitor }: { readonly monitor: Monitor }) {
  const words = useOperatorWords();
  const { sessions, statuses, dueMinutes, lateMinutes } = monitor;
  const all = Object.values(statuses).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <h2>{words.sessions}</h2>
      <p className="facts">
        {Object.entries(statuses).map(([status, count]) => (
          <span key={status}>
            {count} {statusWords(status, words)}
          </span>
        ))}
      </p>
      {all === 0 ? <p>{words.none}</p> : <p className="soft">{words.sessionsHint(dueMinutes, lateMinutes)}</p>}
      {sessions.length < all && <p className="soft">{words.oldest(sessions.length, all)}</p>}
      <ul className="rows">
        {sessions.map((session) => (
          <OneSession key={session.id} session={session} due={dueMinutes} late={lateMinutes} />
        ))}
      </ul>
    </>
  );
}

interface OneSessionParts {
  readonly session: SessionLine;
  readonly due: number;
  readonly late: number;
}

function OneSession({ session, due, late }: OneSessionParts) {
  const { language } = useLanguage();
  const words = useOperatorWords();
  const { id, status, ageMinutes, tokenUpdateCount, tokenSuccessCount, tokenUpdateCountChangedAt, lastError } = session;
  const tone = ageMinutes < late ? (ageMinutes < due ? '' : 'warn') : 'bad';
  const share = (minutes: number) => `${Math.min(1, minutes / BAR_MINUTES) * 100}%`;
  return (
    <li className="card stack">
      <div className="facts numbers">
        <span>{id.slice(0, 8)}</span>
        <span>{statusWords(status, words)}</span>
        <span>{words.minutes(ageMinutes.toLocaleString(language, { maximumFractionDigits: 1 }))}</span>
        <span>{words.attempts(tokenUpdateCount, tokenSuccessCount)}</span>
        {tokenUpdateCountChangedAt && (
          <span>{words.lastAttempt(momentWords(tokenUpdateCountChangedAt, language))}</span>
        )}
        {lastError && <span className="state bad">{lastError}</span>}
      </div>
      <div className="meter" aria-hidden="true">
        <i className={tone} style={{ width: share(ageMinutes) }} />
        <b style={{ left: share(due) }} />
        <b style={{ left: share(late) }} />
      </div>
    </li>
  );
}

const statusWords = (status: string, words: OperatorMessages): string =>
  status in words.statuses ? words.statuses[status as keyof typeof words.statuses] : status;

/** The latest finished refresh runs, newest first. */
export function RefreshRuns({ monitor }: { readonly monitor: Monitor }) {
  const { refreshRuns, lastGoodRefreshAt, alerts, dueMinutes } = monitor;
  const isNoneDue = refreshRuns.length === 0 && !alerts.includes('never-refreshed');
  const { language } = useLanguage();
  const words = useOperatorWords();
  return (
    <>
      <h2>{words.refreshRuns}</h2>
      <p className="soft">
        {lastGoodRefreshAt
          ? words.lastGood(momentWords(lastGoodRefreshAt, language))
          : isNoneDue
            ? words.noneDue(dueMinutes)
            : words.noGood}
      </p>
      <ul className="rows">
        {refreshRuns.slice(0, MAX_RUNS).map(({ startedAt, finishedAt, failureCode, counts }) => (
          <li key={startedAt} className="facts numbers">
            <span>{words.began(momentWords(startedAt, language))}</span>
            {counts && <span>{words.counts(counts.updated, counts.due)}</span>}
            {counts !== null && counts.failed > 0 && <span className="state bad">{words.failed(counts.failed)}</span>}
            {counts !== null && counts.skipped > 0 && <span>{words.skipped(counts.skipped)}</span>}
            <RunEnd {...{ finishedAt, failureCode }} />
          </li>
        ))}
      </ul>
    </>
  );
}

type Run = Monitor['runs'][number];

function RunEnd({ finishedAt, failureCode }: Pick<Run, 'finishedAt' | 'failureCode'>) {
  const words = useOperatorWords();
  if (failureCode !== null)
    return (
      <span className="state bad">
        {words.check.red}: {failureCode}
      </span>
    );
  return finishedAt === null ? <span>{words.running}</span> : <span className="state good">{words.check.ok}</span>;
}

/** How each job's last run ended. */
export function Runs({ runs }: { readonly runs: readonly Run[] }) {
  const { language } = useLanguage();
  const words = useOperatorWords();
  return (
    <>
      <h2>{words.runs}</h2>
      {runs.length === 0 && <p className="soft">{words.none}</p>}
      <ul className="rows">
        {runs.map(({ job, finishedAt, failureCode }) => (
          <li key={job} className="facts numbers">
            <span>{job}</span>
            {finishedAt && <span>{words.ran(momentWords(finishedAt, language))}</span>}
            <RunEnd {...{ finishedAt, failureCode }} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** How many notices wait to be sent, and how many reached no channel. */
export function Notices({ notices: { waiting, deadLetters, members } }: Pick<Monitor, 'notices'>) {
  const words = useOperatorWords();
  return (
    <>
      <h2>{words.notices}</h2>
      <dl className="facts-list">
        <Fact name={words.waiting}>{waiting}</Fact>
        <Fact name={words.deadLetters}>{words.deadLettersTo(deadLetters, members)}</Fact>
      </dl>
      {deadLetters > 0 && (
        <Note tone="warn">
          <p>
            <b>{words.whatNow}</b> {words.news['dead-letters'].now}
          </p>
        </Note>
      )}
    </>
  );
}
