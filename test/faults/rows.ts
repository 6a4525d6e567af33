// Every R and D row of the fault catalogue: its id, the campaign's faults or scenes that play it, and the row's own result in the campaign. If the
// campaign did not play a row, the row's result says that.
import type { Tally } from './campaign.ts';

interface Row {
  readonly id: string;
  readonly fault: string;
  /** The names (or beginnings of names) of the campaign's planned faults that play this row. */
  readonly by: readonly string[];
  /** How the campaign plays this row, in words; only for a row of the catalogue that is played without one of the planned faults in `by`. */
  readonly how?: string;
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
    by: ['lost before effect', 'lost after effect', 'cut frame', 'notice', 'token under', 'answer is', 'answer of'],
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
  { id: 'R30', fault: 'all fail', by: [] },
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
  { id: 'R36', fault: 'an older process lacks the new key', by: [] },
  { id: 'D1', fault: 'Postgres stopped at once', by: ['immediate stops'] },
  { id: 'D2', fault: 'connections terminated', by: ['database connections terminated'] },
  { id: 'D3', fault: 'serialization failure, deadlock', by: [] },
  { id: 'D4', fault: 'pool exhausted', by: [] },
  { id: 'D5', fault: 'stale read', by: [] },
  { id: 'D6', fault: 'disk full on the spool', by: [] },
  { id: 'D7', fault: 'disk full in Postgres', by: [] },
  { id: 'D8', fault: 'SIGTERM in mid-flight', by: [] },
  { id: 'D9', fault: 'random kills on several processes', by: ['kill '] },
  { id: 'D10', fault: 'event loop blocked beyond the trust window', by: ['process paused'] },
  { id: 'D11', fault: 'a clock jumps', by: [] },
  { id: 'D12', fault: 'migration under an old version', by: [] },
  { id: 'D13', fault: 'two schedulers on one database', by: [], how: 'as R13: three at once' },
  { id: 'D14', fault: 'memory over a long time', by: [] },
];

interface RowOutcome {
  readonly id: string;
  readonly fault: string;
  readonly outcome: 'held' | 'VIOLATED' | 'did not strike' | 'not staged';
  readonly note: string;
}

/** Gives the outcome of each row of the fault catalogue in a campaign. */
export function rowOutcomes(tally: Tally): RowOutcome[] {
  const strikes: Record<string, number> = { ...tally.faults, 'immediate stops': tally.crashes };
  return ROWS.map(({ id, fault, by, how }) => {
    const isIts = (name: string) => by.some((start) => name.startsWith(start));
    const struck = Object.entries(strikes).reduce((sum, [name, n]) => sum + (isIts(name) ? n : 0), 0);
    const broken = tally.found.some(({ faults }) => faults.some(isIts));
    const scenes = tally.scenes.filter((one) => one.id === id);
    const isBroken = broken || scenes.some(({ wrong }) => wrong.length > 0);
    const notes = [how, struck > 0 ? `struck ${struck} times` : undefined, ...scenes.map(({ said }) => said)];
    return {
      id,
      fault,
      outcome: outcomeOf({ isBroken, notes, isDrawn: by.length > 0 }),
      note: notes.filter(Boolean).join('; '),
    };
  });
}

interface Staged {
  readonly isBroken: boolean;
  readonly notes: readonly (string | undefined)[];
  readonly isDrawn: boolean;
}

function outcomeOf({ isBroken, notes, isDrawn }: Staged): RowOutcome['outcome'] {
  if (isBroken) return 'VIOLATED';
  if (notes.some(Boolean)) return 'held';
  return isDrawn ? 'did not strike' : 'not staged';
}

export const linesOfRows = (tally: Tally): string[] =>
  rowOutcomes(tally).map(({ id, fault, outcome, note }) => `${id.padEnd(4)}${outcome.padEnd(15)}${fault}: ${note}`);
