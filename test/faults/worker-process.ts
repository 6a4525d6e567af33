// One service process of the harness: the real refresh run and the real freshener on real sockets, told by its parent when to work
// and what the hand-moved clock says. It is killed for real, often; whatever it leaves is what the next one finds.
import { openSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { type Clock, systemClock } from '../../services/clock.ts';
import { asFailure } from '../../services/failures.ts';
import { createHosts } from '../../services/gym/aimharder/hosts.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp } from '../../services/http.ts';
import { createLogger } from '../../services/log.ts';
import { Secret } from '../../services/secret.ts';
import { createFreshener } from '../../services/session/freshen.ts';
import type { RenewServices } from '../../services/session/renew.ts';
import { replaySpool } from '../../services/session/replay.ts';
import { openSpool } from '../../services/session/spool.ts';
import { createSeal } from '../../services/store/seal.ts';
import { createStore } from '../../services/store/store.ts';
import { twins } from './controls/twins.ts';
import { createEdges, type Edges, watchEdges } from './edges.ts';
import type { Answer, Order, WorkerSetting } from './worker-orders.ts';

/** Pauses are this many times shorter here, so that a minute's patience takes seconds; the database's own clock is aged by the parent. */
const HASTE = 8;

let nowMs = 0;
const clock: Clock = {
  now: () => new Date(nowMs),
  monotonicMs: () => systemClock.monotonicMs() * HASTE,
  sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal),
};

const tell = (answer: Answer): void => {
  process.send?.(answer);
};

async function start(setting: WorkerSetting): Promise<void> {
  const { slot, folder } = setting;
  const edges = createEdges(openSync(join(folder, 'events.jsonl'), 'a'), slot);
  const logFile = openSync(join(folder, 'service.log'), 'a');
  const logger = createLogger('info', { write: (line) => writeSync(logFile, line) });
  const hosts = createHosts(setting.gymUrls);
  const bare: RenewServices = {
    clock,
    logger,
    store: createStore({ supabaseUrl: setting.supabaseUrl, secretKey: new Secret(setting.secretKey) }),
    gym: platforms.aimharder({ hosts, http: createHttp({ allow: [hosts.owns] }), clock }),
    seal: createSeal(new Secret(setting.keyring)),
    spool: await openSpool(join(folder, 'spool'), `w${slot}`, logger),
  };
  const work = workOf(setting, bare, edges);
  process.on('message', (order: Order) => {
    nowMs = order.nowMs;
    work(order)
      .then(
        (report) => tell({ id: order.id, report }),
        (error: unknown) => tell({ id: order.id, code: asFailure(error).code, said: sayOf(error) }),
      )
      // By now what a run needs has been compiled; whoever is killed writes nothing at its end.
      .finally(() => flushCompileCache());
  });
  process.on('disconnect', () => process.exit(0));
  tell({ ready: true, pid: process.pid });
}

const sayOf = (error: unknown): string => {
  const failure = asFailure(error);
  return `${failure.message} ${failure.cause instanceof Error ? (failure.cause.stack ?? '') : ''}`.slice(0, 600);
};

function workOf(setting: WorkerSetting, bare: RenewServices, edges: Edges): (order: Order) => Promise<unknown> {
  const twin = setting.engine === 'real' ? undefined : twins[setting.engine];
  if (setting.engine !== 'real' && !twin) throw new Error(`Expected a twin named ${setting.engine}`);
  const watched = watchEdges(bare, edges);
  const { services, run } = { services: watched, run: refreshBackgroundSessions, ...twin?.(watched, setting) };
  const freshener = createFreshener(services);
  return async (order) => {
    edges.points = order.do === 'run' ? order.points : {};
    if (order.do === 'run') {
      // As the schedule does each minute on a process with a disk.
      await replaySpool(services);
      return run(services, { runId: order.runId, only: order.only });
    }
    const staleAt = new Date(order.nowMs - 60_000);
    const all = order.userIds.flatMap((userId) => [
      freshener.background(userId, { staleAt }),
      freshener.background(userId, { staleAt, throughHold: true }),
    ]);
    const ends = await Promise.allSettled(all);
    return ends.map((end) =>
      end.status === 'fulfilled' ? (end.value.trouble?.code ?? 'fresh') : asFailure(end.reason).code,
    );
  };
}

process.once('message', (setting: WorkerSetting) => {
  start(setting).catch((error) => {
    process.stderr.write(`A service process of the harness did not start: ${sayOf(error)}\n`);
    process.exit(1);
  });
});
