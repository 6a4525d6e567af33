// Whether this process can work: the database can be written, the queue answers, received answers can be stored, this process has every key of
// SEAL_KEYS that is in use, and this process's clock agrees with the database's. The check reports problems, and repairs none.
import { withDeadline } from '../services/clock.ts';
import { asFailure } from '../services/failures.ts';
import { checkSeals } from '../services/seal/check-seals.ts';
import type { AppContext } from './app-context.ts';
import { MAX_SKEW_MS, measureSkewMs } from './clock-skew.ts';
import type { Services } from './services.ts';

export interface Check {
  readonly ok: boolean;
  /** Why the check failed: a failure's code, or words without secrets. */
  readonly reason?: string;
  /** Our clock minus the database's in ms; present only in the result of the check `clock`. */
  readonly skewMs?: number;
}
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<'database' | 'queue' | 'receipts' | 'seal' | 'clock', Check>>;
}

/**
 * How long, in ms, an answer received from the gym may wait for its commit to the database before the check for `/ready` fails. The commit of a
 * received answer is tried for one minute; the replay of the spool tries it again within two more minutes. An answer that waits longer than
 * `MAX_WAITING_MS` for its commit is a sign that the database can be read but not written, for example because its disk is full.
 */
const MAX_WAITING_MS = 180_000;
const TIMEOUT_MS = 4_000;

/** How long, in ms, the result of one check is reused: `/ready` is public, and each check asks the database and the queue. */
const KEPT_MS = 1_000;

/** Makes the check for `/ready`: a function that begins at most one check a second; calls in between get the result of the last one. */
export function createReadiness(services: Services, context: AppContext): () => Promise<Readiness> {
  let last: { readonly askedAtMs: number; readonly readiness: Promise<Readiness> } | undefined;
  return () => {
    const nowMs = services.clock.monotonicMs();
    if (last === undefined || nowMs - last.askedAtMs > KEPT_MS)
      last = { askedAtMs: nowMs, readiness: probeHealth(services, context) };
    return last.readiness;
  };
}

async function probeHealth(services: Services, { probes }: AppContext): Promise<Readiness> {
  const [database, disk, seal, clock, queue] = await Promise.all([
    check(services, async () => void (await services.store.takeFromBuckets([PROBE], services.clock.now()))),
    check(services, probes.disk),
    check(services, () => checkSeals(services.store, services.seal)),
    checkClock(services, probes.databaseTime),
    check(services, probes.queue),
  ]);
  const checks = { database, queue, receipts: disk.ok ? checkReceipts(services) : disk, seal, clock };
  return { ready: Object.values(checks).every(({ ok }) => ok), checks };
}

/**
 * The row of the rate limiter that each check for `/ready` writes: writing it proves that the database can be written, and not only read. The limit
 * in the rate limiter's row `ready`, 1,000 checks a second, is never reached.
 */
const PROBE = { name: 'ready', perSecond: 1_000, burst: 1_000 };

async function check({ clock }: Services, look: () => Promise<unknown>): Promise<Check> {
  try {
    const answered = look().then((): Check => ({ ok: true }));
    return await withDeadline(clock, TIMEOUT_MS, answered, () => ({ ok: false, reason: 'no answer in time' }));
  } catch (error) {
    return { ok: false, reason: asFailure(error).code };
  }
}

const checkReceipts = ({ spool }: Services): Check =>
  spool.waitingMs() <= MAX_WAITING_MS ? { ok: true } : { ok: false, reason: 'received answers wait to be written' };

async function checkClock(services: Services, databaseTime: () => Promise<Date>): Promise<Check> {
  let skewMs = 0;
  const answered = await check(services, async () => {
    skewMs = await measureSkewMs(services.clock, databaseTime);
  });
  if (!answered.ok) return answered;
  const ok = Math.abs(skewMs) <= MAX_SKEW_MS;
  return { ok, skewMs, ...(!ok && { reason: 'our clock and the database differ' }) };
}
