// One service process of the race harness: the real jobs on real sockets; its parent tells it when to work and how far the hand-moved part of the
// clock has gone. It is killed for real, often; the next one finds its rows as they were.
import { openSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { executePrebooking } from '../../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../../jobs/sweep-prebookings.ts';
import { withdrawPrebooking } from '../../../jobs/withdraw-prebooking.ts';
import { type Clock, systemClock } from '../../../services/clock.ts';
import { asFailure } from '../../../services/failures.ts';
import { platforms } from '../../../services/gym/platforms.ts';
import { createHttp } from '../../../services/http.ts';
import { createAccess } from '../../../services/identity/access.ts';
import { createFamily } from '../../../services/identity/family.ts';
import { createLogger } from '../../../services/log.ts';
import { createFreshener } from '../../../services/renewal/freshen.ts';
import { openSpool } from '../../../services/renewal/spool.ts';
import { createSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import { createStore } from '../../../services/store/store.ts';
import type { Services } from '../../../worker/services.ts';
import { raceTwins } from './controls/race-twins.ts';
import { createEdges, watchRace } from './edges.ts';
import type { Numbered, RaceSetting, Reply } from './orders.ts';

let offsetMs = 0;
/** Real time, plus what the parent has moved all clocks by. Pauses are real: the instant's nature is real time. */
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offsetMs) };

const tell = (reply: Reply): void => void process.send?.(reply);

async function assemble(setting: RaceSetting): Promise<Services> {
  const logFile = openSync(join(setting.folder, 'service.log'), 'a');
  const logger = createLogger('info', { write: (line) => writeSync(logFile, line) });
  const platform = platforms.aimharder(setting.gymUrls);
  const signing = new Secret(setting.sessionSigningKey);
  const parts = {
    clock,
    logger,
    store: createStore({ supabaseUrl: setting.supabaseUrl, secretKey: new Secret(setting.secretKey) }),
    gym: platform.gym({ http: createHttp({ allow: [platform.owns] }), clock }),
    seal: createSeal(new Secret(setting.keyring)),
    spool: await openSpool(join(setting.folder, 'spool'), `r${setting.slot}`, logger),
  };
  const dispatch = {
    longestDelayMs: 7 * 24 * 60 * 60_000,
    wake: async () => 'a message that is never delivered',
    shareRefresh: async () => undefined,
    callBack: async () => undefined,
  };
  const authUrl = `${setting.supabaseUrl}/auth/v1`;
  return {
    ...{ ...parts, dispatch },
    access: await createAccess({ signingKey: signing, issuer: setting.publicUrl, authUrl }),
    admission: { mode: 'open', boxes: [] },
    family: createFamily(signing),
    freshener: createFreshener(parts),
  };
}

/** The function that runs an order. A wrong twin replaces any of them. */
export interface Engine {
  readonly execute: typeof executePrebooking;
  readonly sweep: typeof sweepPrebookings;
  readonly request: (body: string, headers: Readonly<Record<string, string>>) => Promise<unknown>;
}

async function start(setting: RaceSetting): Promise<void> {
  const edges = createEdges(openSync(join(setting.folder, 'race-events.jsonl'), 'a'), setting.slot);
  edges.points = setting.points;
  const services = watchRace(await assemble(setting), edges);
  const twin = raceTwins[setting.engine];
  if (setting.engine !== 'real' && !twin) throw new Error(`Expected a twin named ${setting.engine}`);
  const real: Engine = {
    execute: executePrebooking,
    sweep: sweepPrebookings,
    request: async (body, headers) => (await import('./door.ts')).knock(services, setting, body, headers),
  };
  const engine: Engine = { ...real, ...twin?.(services, setting) };
  const work = (order: Numbered): Promise<unknown> => {
    switch (order.do) {
      case 'execute': {
        const { prebookingId, jti, until } = order;
        const end = until === undefined ? {} : { until: new Date(until) };
        return engine
          .execute(services, { prebookingId, delivery: { jti, messageId: jti }, ...end })
          .then((done) => done.status);
      }
      case 'request':
        return engine.request(order.body, order.headers);
      case 'sweep':
        return engine.sweep(services);
      case 'withdraw':
        return withdrawPrebooking(services, { userId: order.userId, id: order.prebookingId }).then((one) => one.status);
      case 'points':
        edges.points = order.points;
        return Promise.resolve(undefined);
    }
  };
  process.on('message', (order: Numbered) => {
    offsetMs = order.offsetMs;
    work(order)
      .then(
        (report) => tell({ id: order.id, report }),
        (error: unknown) => tell({ id: order.id, code: asFailure(error).code, said: String(error).slice(0, 300) }),
      )
      // Between two waves, when the race's code has been compiled: a killed process writes no cache at its end.
      .finally(() => order.do === 'sweep' && flushCompileCache());
  });
  process.on('disconnect', () => process.exit(0));
  tell({ ready: true });
}

process.once('message', (setting: RaceSetting) => {
  start(setting).catch((error) => {
    process.stderr.write(`A service process of the race harness did not start: ${String(error)}\n`);
    process.exit(1);
  });
});
