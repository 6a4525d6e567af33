// Stores, at every start and each minute, the gym's answers that were received and never committed, as after a crash or a minute without the
// database. Every step of the replay may be repeated without harm. The replay sends nothing to the gym.
import { asFailure } from '../services/failures.ts';
import { createCommits } from '../services/renewal/commit-batch.ts';
import { openKept } from '../services/renewal/received-answer.ts';
import { type RenewServices, settleAnswer } from '../services/renewal/renew.ts';
import type { SpoolLine } from '../services/renewal/spool.ts';
import { checkSeals } from '../services/seal/check-seals.ts';
import type { KeptRenewal } from '../services/store/renewal-store.ts';

export interface ReplayReport {
  /** Answers that were stored: their token is in force, or is kept in the token journal as a candidate. */
  readonly replayed: number;
  /** Answers that need nothing: their renewal was settled before, or their member is erased. */
  readonly dropped: number;
  /** Answers that belong to no known session, or that cannot be decrypted: they are set aside for the operator. */
  readonly orphans: number;
  /** Answers that could not be stored or set aside because of an error; the next replay tries again. */
  readonly left: number;
}

type Fate = 'replayed' | 'dropped' | 'orphans' | 'left';

/** How many lines of the spool are looked up in one SQL statement. */
const CONCURRENCY = 200;

/**
 * Tries once to store the answer in each line left in the spool. The error of a line is logged, and the next replay tries that line again. Throws
 * database/….
 */
export async function replaySpool(services: RenewServices): Promise<ReplayReport> {
  const report = { replayed: 0, dropped: 0, orphans: 0, left: 0 };
  for (const { lines, done } of await services.spool.leftovers()) {
    let isDone = true;
    for (let at = 0; at < lines.length; at += CONCURRENCY) {
      const abreast = lines.slice(at, at + CONCURRENCY);
      for (const [index, fate] of (await replayLines(services, abreast)).entries()) {
        report[fate] += 1;
        isDone &&= fate !== 'left';
        // Drops the settled line if it stands in this process's own spool file; `forget` ignores the lines of other files. Without this call, one
        // unsettled line of the own file would make each replay settle the file's other lines again.
        if (fate !== 'left') await services.spool.forget(abreast[index]?.renewalId ?? '');
      }
    }
    if (isDone) await done();
  }
  return report;
}

async function replayLines(services: RenewServices, lines: readonly SpoolLine[]): Promise<Fate[]> {
  const asks = lines.map(({ renewalId, userId, sessionId }) => ({ renewalId, userId, sessionId }));
  const rows = await services.store.readKeptRenewals(asks);
  const byId = new Map(rows.map((row) => [row.renewalId, row]));
  const commit = createCommits(services);
  return Promise.all(
    lines.map((line) =>
      replayLine({ ...services, commit }, line, byId.get(line.renewalId)).catch((error) => {
        const code = asFailure(error).code;
        services.logger.error({ code, renewalId: line.renewalId, err: error }, 'spool: a line could not be replayed');
        return 'left' as const;
      }),
    ),
  );
}

type ReplayServices = Parameters<typeof settleAnswer>[0];

async function replayLine(services: ReplayServices, line: SpoolLine, kept: KeptRenewal | undefined): Promise<Fate> {
  if (!kept || kept.state === 'orphan') return setAside(services, line, 'its session is gone');
  if (kept.state !== 'ready') return 'dropped';
  const opened = openKept(services.seal, line, kept);
  if (!opened) {
    // If this process holds a wrong key under a right name, the fault is not the line's: the line stays for a process that has the right key.
    await checkSeals(services.store, services.seal);
    return setAside(services, line, 'it cannot be opened');
  }
  const answer = services.gym.understandRenewal(opened.raw, opened.key);
  const renewal = await settleAnswer({ ...services, isReplay: true }, kept, opened, answer, line);
  services.logger.info(
    { sessionId: kept.id, renewalId: line.renewalId, end: renewal.kind },
    'spool: a line was replayed',
  );
  return 'replayed';
}

async function setAside({ spool, logger }: ReplayServices, line: SpoolLine, why: string): Promise<Fate> {
  if (!(await spool.setAside(line, why))) return 'left';
  logger.error(
    { code: 'session/write-lost', renewalId: line.renewalId, sessionId: line.sessionId },
    `alert: a received answer is kept aside, ${why}`,
  );
  return 'orphans';
}
