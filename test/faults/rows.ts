// The list: every R and D row of the fault catalogue by its id, how it is staged here, and what came of it. A row that is not staged
// says why; nothing is counted as done because it is listed.
import type { Tally } from './campaign.ts';

interface Row {
  readonly id: string;
  readonly fault: string;
  /** Names (or their beginnings) of the planned faults that stage it. */
  readonly by: readonly string[];
  /** Staged by something other than a planned fault; or, with `not`, why it is not staged here. */
  readonly how?: string;
  readonly not?: string;
}

const ROWS: readonly Row[] = [
  { id: 'R1', fault: 'kill before the intent', by: ['kill after the lease was granted', 'lease request lost'] },
  { id: 'R2', fault: 'kill after the intent, before bytes leave', by: ['kill after:lease', 'kill before:renew'] },
  {
    id: 'R3',
    fault: 'kill when the gym has rotated, answer lost',
    by: ['kill after the gym acted', 'kill before the gym heard'],
  },
  { id: 'R4', fault: 'kill between the answer and the receipt', by: ['kill received'] },
  {
    id: 'R5',
    fault: 'kill after the receipt, before the database',
    by: ['kill kept', 'kill before:commit', 'kill before the commit arrived'],
  },
  { id: 'R6', fault: 'kill in the commit', by: ['kill commit-sent'] },
  { id: 'R7', fault: 'kill after the commit', by: ['kill after:commit', 'kill after the commit'] },
  {
    id: 'R8',
    fault: 'database refuses after a token was received',
    by: ['database refuses connections', 'commit request lost'],
  },
  { id: 'R9', fault: 'commit acknowledgement lost', by: ['commit acknowledgement'] },
  { id: 'R10', fault: 'the pointer cannot move', by: ['lease stolen while', 'process paused'] },
  { id: 'R11', fault: 'gym slower than the lease', by: ['lease stolen while', 'lease stolen before'] },
  { id: 'R12', fault: 'process paused and resumed', by: ['process paused'] },
  {
    id: 'R13',
    fault: 'cron runs overlap',
    by: [],
    how: 'every faulty and every cron pass is run by three processes at once',
  },
  { id: 'R14', fault: 'cron, a person and a race at once', by: ['cron, a person'] },
  { id: 'R15', fault: 'logout 1', by: ['logout 1', 'session ended at the gym'] },
  { id: 'R16', fault: 'logout 0, "0", null, false beside a token', by: ['no logout'] },
  { id: 'R17', fault: 'logout "1", true', by: ['logout "1"', 'logout true'] },
  {
    id: 'R18',
    fault: 'HTML, empty, truncated, another type',
    by: ['lost before effect', 'lost after effect', 'answer is a list', 'answer of another kind'],
  },
  { id: 'R19', fault: '5xx', by: ['status 5'] },
  { id: 'R20', fault: '429', by: ['429'] },
  { id: 'R21', fault: '403 page', by: ['geo-block'] },
  { id: 'R22', fault: 'the same token again', by: ['token same'] },
  { id: 'R23', fault: 'malformed, expired, huge token', by: ['token malformed', 'token huge', 'token expired'] },
  {
    id: 'R24',
    fault: 'only balancer cookies',
    by: [],
    how: 'every renewal of the pretend gym sets only these; the jar is compared in every snapshot',
  },
  { id: 'R25', fault: 'odd cookies', by: ['cookies '] },
  { id: 'R26', fault: 'connection refused', by: ['gym refuses connections'] },
  { id: 'R27', fault: 'reset mid-request, mid-answer, half-open', by: ['gym wire'] },
  { id: 'R28', fault: 'poison row', by: ['poison row'] },
  { id: 'R29', fault: 'a share of the rows fails', by: [], how: 'every batch: about nine in ten carry a fault' },
  { id: 'R30', fault: 'all fail', by: [], not: 'shown by the stories of the refresh job, in the tests of jobs' },
  {
    id: 'R31',
    fault: 'all fresh',
    by: [],
    how: 'the run straight after a calm cron pass finds nothing due and does not throw (I9)',
  },
  { id: 'R32', fault: 'the row is gone', by: ['member leaves'] },
  { id: 'R33', fault: 'the member leaves in mid-flight', by: ['member leaves'] },
  { id: 'R34', fault: 'a new login in mid-flight', by: ['new login'] },
  { id: 'R35', fault: 'key rotation in mid-flight', by: ['key rewrapped'] },
  {
    id: 'D1',
    fault: 'Postgres stopped at once',
    by: [],
    how: 'immediate stops during faulty passes, counted as "immediate stops"',
  },
  { id: 'D2', fault: 'connections terminated', by: ['database connections terminated'] },
  {
    id: 'D3',
    fault: 'serialization failure, deadlock',
    by: [],
    not: 'our functions take row locks in one order; a deadlock cannot be provoked from outside without changing them',
  },
  {
    id: 'D4',
    fault: 'pool exhausted',
    by: [],
    not: 'PostgREST queues; its pool is smaller than the load here, so waiting happens, 30 s of none does not',
  },
  { id: 'D5', fault: 'stale read', by: [], not: 'there is one primary here; every decision is an update on it' },
  {
    id: 'D6',
    fault: 'disk full on the spool',
    by: [],
    not: 'needs a file system of its own; shown by the tests of the spool with a failing file',
  },
  { id: 'D7', fault: 'disk full in Postgres', by: [], not: 'needs a file system of its own' },
  {
    id: 'D8',
    fault: 'SIGTERM in mid-flight',
    by: [],
    not: 'belongs to the shell (worker/main), whose tests stop it in mid-flight',
  },
  { id: 'D9', fault: 'random kills on several processes', by: ['kill '] },
  { id: 'D10', fault: 'event loop blocked beyond the trust window', by: ['process paused'] },
  {
    id: 'D11',
    fault: 'a clock jumps',
    by: [],
    not: 'leases use the database clock by construction; a jump of one process is not staged',
  },
  { id: 'D12', fault: 'migration under an old version', by: [], not: 'there is one version so far' },
  { id: 'D13', fault: 'two schedulers on one database', by: [], how: 'as R13: three at once' },
  { id: 'D14', fault: 'memory over a long time', by: [], not: 'measured by the bench, not here' },
];

interface RowOutcome {
  readonly id: string;
  readonly fault: string;
  readonly outcome: 'held' | 'VIOLATED' | 'did not strike' | 'not staged';
  readonly note: string;
}

/** What a campaign says of each row. */
function rowOutcomes(tally: Tally): RowOutcome[] {
  return ROWS.map(({ id, fault, by, how, not }) => {
    const isIts = (name: string) => by.some((start) => name.startsWith(start));
    const struck = Object.entries(tally.faults).reduce((sum, [name, n]) => sum + (isIts(name) ? n : 0), 0);
    const broken = tally.found.filter(({ episode }) =>
      episode.plan.faults.some((one) => one && isIts(one.name)),
    ).length;
    if (not !== undefined) return { id, fault, outcome: 'not staged', note: not };
    if (by.length === 0) return { id, fault, outcome: 'held', note: how ?? '' };
    if (struck === 0) return { id, fault, outcome: 'did not strike', note: by.join(', ') };
    return { id, fault, outcome: broken > 0 ? 'VIOLATED' : 'held', note: `struck ${struck} times` };
  });
}

export const linesOfRows = (tally: Tally): string[] =>
  rowOutcomes(tally).map(({ id, fault, outcome, note }) => `${id.padEnd(4)}${outcome.padEnd(15)}${fault}: ${note}`);
