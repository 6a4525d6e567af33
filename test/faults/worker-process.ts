// One service process of the harness: the real refresh run and the real freshener on real sockets; its parent tells it when to work and what the
// hand-moved clock shows. It is killed for real, often; the next one finds its rows and files as they were.
import { openSync, writeSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { replaySpool } from '../../jobs/replay-spool.ts';
import { type Clock, systemClock } from '../../services/clock.ts';
import { asFailure } from '../../services/failures.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp } from '../../services/http.ts';
import { createLogger } from '../../services/log.ts';
import { createFreshener, type Want } from '../../services/renewal/freshen.ts';
import type { RenewServices } from '../../services/renewal/renew.ts';
import { openSpool } from '../../services/renewal/spool.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';
import { twins } from './controls/twins.ts';
import { createEdges, type Edges, watchEdges } from './edges.ts';
import type { Answer, Order, WorkerSetting } from './worker-orders.ts';

let nowMs = 0;
const clockOf = ({ haste, skewMs }: WorkerSetting): Clock => ({
  now: () => new Date(nowMs + skewMs),
  monotonicMs: () => systemClock.monotonicMs() * haste,
  sleep: (ms, signal) => systemClock.sleep(ms / haste, signal),
});
/** Aborted by SIGTERM, as worker/main.ts does it: renewals under way finish, none is begun any more. */
const ending = new AbortController();

const tell = (answer: Answer): void => {
  process.send?.(answer);
};

async function start(setting: WorkerSetting): Promise<void> {
  const { slot, folder } = setting;
  const edges = createEdges(openSync(join(folder, 'events.jsonl'), 'a'), slot);
  const logFile = openSync(join(folder, 'service.log'), 'a');
  const logger = createLogger('info', { write: (line) => writeSync(logFile, line) });
  const platform = platforms.aimharder(setting.gymUrls);
  const spoolFolder = resolve(folder, setting.spoolFolder);
  if (setting.isDiskFull) await fillDisk(spoolFolder, `w${slot}`);
  const clock = clockOf(setting);
  const bare: RenewServices = {
    clock,
    logger,
    store: createStore({ supabaseUrl: setting.supabaseUrl, secretKey: new Secret(setting.secretKey) }),
    gym: platform.gym({ http: createHttp({ allow: [platform.owns] }), clock }),
    seal: createSeal(new Secret(setting.keyring)),
    spool: await openSpool(spoolFolder, `w${slot}`, logger),
  };
  const work = workOf(setting, bare, edges);
  const running = new Set<Promise<unknown>>();
  process.on('message', (order: Order) => {
    nowMs = order.nowMs;
    const done = work(order)
      .then(
        (report) => tell({ id: order.id, report }),
        (error: unknown) => tell({ id: order.id, code: asFailure(error).code, said: sayOf(error) }),
      )
      // By now the code of a run has been compiled; a killed process writes no cache at its end.
      .finally(() => flushCompileCache());
    running.add(done);
  });
  const leave = async () => {
    await Promise.all(running);
    await bare.spool.close();
    process.exit(0);
  };
  process.once('SIGTERM', () => {
    ending.abort();
    leave().catch(() => process.exit(1));
  });
  process.on('disconnect', () => process.exit(0));
  tell({ ready: true, pid: process.pid });
}

/** Instead of its spool file this process gets a device that is always full: each write is a real ENOSPC. */
async function fillDisk(spoolFolder: string, owner: string): Promise<void> {
  await mkdir(spoolFolder, { recursive: true });
  await symlink('/dev/full', join(spoolFolder, `${hostname()}.${process.pid}.${owner}.jsonl`));
}

const sayOf = (error: unknown): string => {
  const failure = asFailure(error);
  return `${failure.message} ${failure.cause instanceof Error ? (failure.cause.stack ?? '') : ''}`.slice(0, 600);
};

type Work = (order: Order) => Promise<unknown>;

/** Each engine is built when it is first asked for, and kept. */
function workOf(setting: WorkerSetting, bare: RenewServices, edges: Edges): Work {
  const engines = new Map<string, Work>();
  return async (order) => {
    const work = engines.get(order.engine) ?? engineOf(order.engine, setting, bare, edges);
    engines.set(order.engine, work);
    return work(order);
  };
}

function engineOf(name: string, setting: WorkerSetting, bare: RenewServices, edges: Edges): Work {
  const twin = name === 'real' ? undefined : twins[name];
  if (name !== 'real' && !twin) throw new Error(`Expected a twin named ${name}`);
  const watched = watchEdges(bare, edges);
  const { services, run } = { services: watched, run: refreshBackgroundSessions, ...twin?.(watched, setting) };
  const freshener = createFreshener(services);
  return async (order) => {
    edges.points = 'points' in order ? order.points : {};
    if (order.do === 'weigh') {
      for (let turn = 0; turn < 4; turn++) globalThis.gc?.();
      return process.memoryUsage();
    }
    if (order.do === 'run') {
      edges.blockMs = order.blockMs ?? 0;
      // As the schedule does each minute on a process with a disk.
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
    // The caller is told after a while that it is slow; the renewal itself goes on.
    if (order.do === 'devices') await services.spool.settled();
    return ends.map((end) =>
      end.status === 'fulfilled' ? (end.value.trouble?.code ?? 'fresh') : asFailure(end.reason).code,
    );
  };
}

/** Asked for by a device that wants a token no older than cron would leave it. */
const DEVICES_STALE_MS = 18 * 60_000;

process.once('message', (setting: WorkerSetting) => {
  start(setting).catch((error) => {
    process.stderr.write(`A service process of the harness did not start: ${sayOf(error)}\n`);
    process.exit(1);
  });
});
