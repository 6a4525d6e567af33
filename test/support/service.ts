// puntual without the code in worker/, on a real database, a real PostgREST and the pretend gym over real sockets. Tests call the functions of jobs/
// as the code in worker/ calls them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { signIn } from '../../jobs/sign-in.ts';
import type { Clock } from '../../services/clock.ts';
import type { Dispatch } from '../../services/dispatch/dispatch.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp } from '../../services/http.ts';
import { createAccess } from '../../services/identity/access.ts';
import { createFamily } from '../../services/identity/family.ts';
import { createFreshener } from '../../services/renewal/freshen.ts';
import { openSpool } from '../../services/renewal/spool.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { Services } from '../../worker/services.ts';
import { type Cloud, startCloud } from './cloud.ts';
import { openNearStore } from './near-store.ts';

export interface TestService {
  readonly services: Services;
  readonly cloud: Cloud;
  readonly gym: Simulator;
  /** The folder that holds the service's spool. */
  readonly folder: string;
  /** The lines that the service logged. */
  readonly log: string[];
  /** The wake-ups that the service asked its queue for; no wake-up is delivered. */
  readonly wakeUps: { prebookingId: string; at: Date }[];
  /** Signs a member of the scenario in; in these tests every password is `right`. */
  signIn(email: string): ReturnType<typeof signIn>;
  stop(): Promise<void>;
}

/** A queue that records the wake-ups it is asked for and never calls back. */
function silentDispatch(wakeUps: { prebookingId: string; at: Date }[]): Dispatch {
  return {
    longestDelayMs: 7 * 24 * 60 * 60_000,
    wake: async ({ prebookingId, at }) => {
      wakeUps.push({ prebookingId, at });
      return `message-${wakeUps.length}`;
    },
    shareRefresh: async () => undefined,
    callBack: async () => undefined,
  };
}

/** What a test may change about the service that it starts. */
export interface ServiceOptions {
  /** With `true` the store calls the database's functions directly (near-store.ts), for tests that play the passes of hours or weeks. */
  readonly isNear?: boolean;
}

export async function startService(
  scenario: ScenarioInput,
  clock: Clock,
  { isNear = false }: ServiceOptions = {},
): Promise<TestService> {
  const cloud = await startCloud();
  const near = isNear ? await openNearStore(cloud.postgresUrl.reveal()) : undefined;
  const gym = await startSimulator({ scenario });
  const folder = await mkdtemp(join(tmpdir(), 'puntual-test-'));
  const log: string[] = [];
  const logger = pino({ level: 'debug' }, { write: (line: string) => log.push(line) });
  const platform = platforms.aimharder({
    loginUrl: gym.loginUrl,
    mainUrl: gym.mainUrl,
    boxUrlTemplate: gym.boxUrlTemplate,
  });
  const http = createHttp({ allow: [platform.owns] });
  const wakeUps: { prebookingId: string; at: Date }[] = [];
  const parts = {
    clock,
    logger,
    store: near?.store ?? createStore({ supabaseUrl: cloud.supabaseUrl, secretKey: cloud.secretKey }),
    gym: platform.gym({ http, clock }),
    seal: createSeal(cloud.secrets.sealKeys),
    spool: await openSpool(join(folder, 'spool'), 'test', logger),
  };
  const signing = cloud.secrets.sessionSigningKey;
  const services: Services = {
    ...parts,
    dispatch: silentDispatch(wakeUps),
    admission: { mode: 'open', boxes: [] },
    access: await createAccess({
      signingKey: signing,
      issuer: 'http://puntual.test',
      authUrl: cloud.accessTokenIssuer,
    }),
    family: createFamily(signing),
    freshener: createFreshener(parts),
  };
  return {
    services,
    cloud,
    gym,
    folder,
    log,
    wakeUps,
    signIn: (email) => signIn(services, { email, password: new Secret('right') }),
    async stop() {
      await parts.spool.close();
      await http.close();
      await gym.stop();
      await near?.stop();
      await cloud.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
