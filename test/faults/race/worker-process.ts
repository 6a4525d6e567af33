// The program of one service process of the race harness: it runs the real jobs on real sockets. The parent process says when to work and how far the
// clock has been moved on by hand. The process is often killed by SIGKILL; the process that replaces it finds the rows that the killed process left.
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { executePrebooking } from '../../../jobs/execute-prebooking.ts';
import { sweepPrebookings } from '../../../jobs/sweep-prebookings.ts';
import { withdrawPrebooking } from '../../../jobs/withdraw-prebooking.ts';
import { type Clock, systemClock } from '../../../services/clock.ts';
import { createAccess } from '../../../services/identity/access.ts';
import { createFamily } from '../../../services/identity/family.ts';
import { createFreshener } from '../../../services/renewal/freshen.ts';
import { Secret } from '../../../services/secret.ts';
import type { Services } from '../../../worker/services.ts';
import { serveOrders, twinNamed, type Work } from '../staging/serve-orders.ts';
import { openParts } from '../staging/service-parts.ts';
import { raceTwins } from './controls/race-twins.ts';
import { createEdges, type Edges, watchRace } from './edges.ts';
import type { Order, RaceSetting } from './orders.ts';

let offsetMs = 0;
/**
 * The clock shows real time plus the time by which the parent process has moved all clocks on. The clock's `sleep` waits in real time: a move of the
 * clocks ends no wait.
 */
const clock: Clock = { ...systemClock, now: () => new Date(Date.now() + offsetMs) };

async function assemble(setting: RaceSetting, engine: string): Promise<Services> {
  const signing = new Secret(setting.sessionSigningKey);
  const parts = await openParts(setting, clock, join(setting.folder, 'spool', engine));
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

/** The functions with which a service process carries out its orders. A wrong twin replaces one or more functions of the engine. */
export interface Engine {
  readonly execute: typeof executePrebooking;
  readonly sweep: typeof sweepPrebookings;
  readonly request: (body: string, headers: Readonly<Record<string, string>>) => Promise<unknown>;
}

async function start(setting: RaceSetting): Promise<(engine: string) => Work<Order>> {
  const edges = createEdges(setting.folder, setting.slot);
  edges.points = setting.points;
  const first = startEngine('real', setting, edges);
  await first;
  return (name) => {
    const starting = name === 'real' ? first : startEngine(name, setting, edges);
    return async (order) => {
      offsetMs = order.offsetMs;
      return (await starting)(order);
    };
  };
}

/** Starts an engine (the real code, or a wrong twin) with services of its own, so that faults met by one engine leave no trace in the next. */
async function startEngine(name: string, setting: RaceSetting, edges: Edges): Promise<Work<Order>> {
  const services = watchRace(await assemble(setting, name), edges);
  const real: Engine = {
    execute: executePrebooking,
    sweep: sweepPrebookings,
    request: async (body, headers) => (await import('./door.ts')).knock(services, setting, body, headers),
  };
  const engine: Engine = { ...real, ...twinNamed(raceTwins, name)?.(services, setting) };
  return async (order) => {
    switch (order.do) {
      case 'execute': {
        const { prebookingId, jti, until } = order;
        const end = until === undefined ? {} : { until: new Date(until) };
        const done = await engine.execute(services, { prebookingId, delivery: { jti, messageId: jti }, ...end });
        return done.status;
      }
      case 'request':
        return engine.request(order.body, order.headers);
      case 'sweep':
        // The sweep runs between two waves, when all code that a race needs has been compiled. The compile cache is written after the sweep, because
        // a process that is killed later writes none at its end.
        return engine.sweep(services).finally(() => setImmediate(flushCompileCache));
      case 'withdraw':
        return (await withdrawPrebooking(services, { userId: order.userId, id: order.prebookingId })).status;
      case 'points':
        edges.points = order.points;
    }
  };
}

serveOrders(start);
