// The program of one service process of the renewal harness: the real refresh run, and the real code that renews one session on demand (`freshener`),
// on real sockets. The parent process says when to work and which time the clock shows; the campaign moves this time on by hand. The process is often
// killed by SIGKILL; the process that replaces it finds the rows and the spool that the killed process left.
import { mkdir, symlink } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { replaySpool } from '../../jobs/replay-spool.ts';
import { type Clock, systemClock } from '../../services/clock.ts';
import { asFailure } from '../../services/failures.ts';
import { createFreshener, type Want } from '../../services/renewal/freshen.ts';
import type { RenewServices } from '../../services/renewal/renew.ts';
import { twins } from './controls/twins.ts';
import { createEdges, type Edges, watchEdges } from './edges.ts';
import { serveOrders, twinNamed, type Work } from './staging/serve-orders.ts';
import { openParts } from './staging/service-parts.ts';
import type { Order, WorkerSetting } from './worker-orders.ts';

let nowMs = 0;
const clockOf = ({ haste, skewMs }: WorkerSetting): Clock => ({
  now: () => new Date(nowMs + skewMs),
  monotonicMs: () => systemClock.monotonicMs() * haste,
  sleep: (ms, signal) => systemClock.sleep(ms / haste, signal),
});
/** SIGTERM aborts this signal, as in `worker/main.ts`: renewals under way finish, and no other is begun. */
const ending = new AbortController();

async function start(setting: WorkerSetting): Promise<(engine: string) => Work<Order>> {
  const { slot, folder } = setting;
  const edges = createEdges(folder, slot);
  const spoolFolder = resolve(folder, setting.spoolFolder);
  if (setting.isDiskFull) await fillDisk(spoolFolder, `w${slot}`);
  const bare: RenewServices = await openParts(setting, clockOf(setting), spoolFolder);
  const running = new Set<Promise<unknown>>();
  const leave = async () => {
    await Promise.allSettled(running);
    await bare.spool.close();
    // The process exits when the last answer has been sent to the parent.
    setImmediate(() => process.exit(0));
  };
  process.once('SIGTERM', () => {
    ending.abort();
    leave().catch(() => process.exit(1));
  });
  return (name) => {
    const work = engineOf(name, setting, bare, edges);
    return (order) => {
      nowMs = order.nowMs;
      // At the end of the first order, all code that a refresh run needs has been compiled. The compile cache is written after each order, because a
      // process that is killed later writes no cache at its end.
      const done = work(order).finally(() => setImmediate(flushCompileCache));
      running.add(done);
      return done;
    };
  };
}

/** Links this process's spool file to a device that is always full: each write fails with a real ENOSPC. */
async function fillDisk(spoolFolder: string, owner: string): Promise<void> {
  await mkdir(spoolFolder, { recursive: true });
  await symlink('/dev/full', join(spoolFolder, `${hostname()}.${process.pid}.${owner}.jsonl`));
}

function engineOf(name: string, setting: WorkerSetting, bare: RenewServices, edges: Edges): Work<Order> {
  const watched = watchEdges(bare, edges);
  const twin = twinNamed(twins, name)?.(watched, setting);
  const { services, run } = { services: watched, run: refreshBackgroundSessions, ...twin };
  const freshener = createFreshener(services);
  return async (order) => {
    edges.points = 'points' in order ? order.points : {};
    if (order.do === 'weigh') {
      for (let turn = 0; turn < 4; turn++) globalThis.gc?.();
      return process.memoryUsage();
    }
    if (order.do === 'run') {
      edges.blockMs = order.blockMs ?? 0;
      // The spool is replayed before each refresh run; a process in production that has a disk replays its spool each minute.
      await replaySpool(services);
      return run(services, {
        ...{ runId: order.runId, only: order.only, stopping: ending.signal },
        concurrency: order.concurrency,
      });
    }
    if (order.do === 'devices') await replaySpool(services);
    const staleAt = new Date(order.nowMs - (order.do === 'devices' ? DEVICES_STALE_MS : 60_000));
    const one = ({ userId, fingerprint }: (typeof order.whose)[number], want: Want) =>
      order.sessionType === 'device' ? freshener.device(userId, fingerprint, want) : freshener.background(userId, want);
    const wants: readonly Want[] =
      order.do === 'devices' ? [{ staleAt, timeoutMs: 0 }] : [{ staleAt }, { staleAt, throughHold: true }];
    const ends = await Promise.allSettled(order.whose.flatMap((who) => wants.map((want) => one(who, want))));
    // A caller may stop waiting before its renewal has ended, so the order ends only once the spool has no write under way.
    if (order.do === 'devices') await services.spool.settled();
    return ends.map((end) =>
      end.status === 'fulfilled' ? (end.value.trouble?.code ?? 'fresh') : asFailure(end.reason).code,
    );
  };
}

/** An order `devices` renews those of its sessions whose last success is this old or older, in ms. Cron renews background sessions at this age. */
const DEVICES_STALE_MS = 18 * 60_000;

serveOrders(start);
