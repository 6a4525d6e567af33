// Before a session is declared dead, tokens found in its unclear answers (neither a token nor a clear refusal) of the last day are stored as tokens
// to try. A token that no answer clearly named is tried only when the session would otherwise be declared dead. The search for tokens sends nothing
// to the gym.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Gym } from '../gym/gym.ts';
import type { Seal } from '../seal/seal.ts';
import type { KeptRenewal } from '../store/renewal-store.ts';
import type { Store } from '../store/store.ts';
import type { Commit } from './commit-batch.ts';
import { sealKey } from './open-session.ts';
import { openKept } from './received-answer.ts';
import type { Spool, SpoolLine } from './spool.ts';

interface TryServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly spool: Spool;
  readonly logger: Logger;
  readonly commit: Commit;
}

/**
 * Searches the unclear answers that the spool keeps for the session and that have brought no token yet, and stores each token found in the token
 * journal. Throws database/….
 */
export async function tryUnclear(services: TryServices, sessionId: string): Promise<void> {
  const { spool, store, clock } = services;
  const lines = await spool.unclearOf(sessionId, clock.now());
  if (lines.length === 0) return;
  const asks = lines.map(({ renewalId, userId }) => ({ renewalId, userId, sessionId }));
  const rows = await store.readKeptRenewals(asks);
  for (const line of lines) {
    const kept = rows.find((row) => row.renewalId === line.renewalId);
    if (kept?.state === 'ready') await tryOne(services, line, kept);
  }
}

async function tryOne(
  services: TryServices,
  line: SpoolLine,
  kept: Extract<KeptRenewal, { state: 'ready' }>,
): Promise<void> {
  const { gym, seal, clock, logger, commit } = services;
  const opened = openKept(seal, line, kept);
  if (!opened) return;
  const answer = gym.understandRenewal(opened.raw, opened.key, 'last-resort');
  if (answer.kind !== 'renewed' && answer.kind !== 'cookies-lost') return;
  const at = { ...kept, attemptId: line.renewalId, generation: kept.nextGeneration };
  await commit({ renewalId: line.renewalId, ...sealKey(opened.member, at, answer.key), now: clock.now() });
  logger.warn(
    { sessionId: kept.id, renewalId: line.renewalId },
    'session: an unclear answer is tried before the verdict',
  );
}
