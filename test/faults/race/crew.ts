// The service processes of a race campaign, each in a berth (a fixed place). The processes that faults strike (`rough`) talk to the gym through a
// proxy that can refuse connections. A killed process is replaced in its berth at once, as a supervisor would replace it; the prebookings it had
// claimed stay as they were.
import { linkedOf } from '../../support/linked.ts';
import { type FaultProxy, type Orders, type Passing, startFaultProxy } from '../staging/fault-proxy.ts';
import { type Done, settingOf } from '../staging/orders.ts';
import { countDeaths, type Deaths, type ServiceProcess, startServiceProcess } from '../staging/service-process.ts';
import type { Stand } from '../staging/stand.ts';
import type { Errand, Order, RaceSetting } from './orders.ts';

const WORKER = new URL('./worker-process.ts', import.meta.url);
/** The program of the thread that sends a race's requests; a service process's bundle needs it beside the code that starts the thread. */
const THREAD = new URL('../../../services/timed-sender/thread.ts', import.meta.url);
export const PUBLIC_URL = 'http://puntual.test';
/** The number of berths with processes that no fault strikes; `ROUGH` is the number of berths with processes that faults strike. */
const CALM = 3;
const ROUGH = 5;

export interface Berth extends Omit<ServiceProcess<Order>, 'send'> {
  readonly proxy: FaultProxy | undefined;
  send(errand: Errand): Promise<Done | undefined>;
}

/**
 * What the crew does in the current campaign. `engine` names the code that races: `real`, or a wrong twin's name. `watch` says what a berth's proxy
 * does with a call to the gym. Only the berths `RaceCrew.rough`, whose processes faults may strike, have a proxy.
 */
export interface Duty {
  readonly watch: (call: Passing, berth: Berth) => Orders | undefined;
  readonly engine: string;
}

export interface RaceCrew extends Omit<Deaths, 'note'> {
  /** Makes the crew serve the next campaign. The same processes serve several campaigns. */
  serve(duty: Duty): void;
  /** The berths with processes that no fault strikes; `rough` are the berths with processes that faults strike. */
  readonly calm: readonly Berth[];
  readonly rough: readonly Berth[];
  /** How far, in ms, the campaign has moved all clocks on since the wave began. */
  offsetMs: number;
  /**
   * Sets, by box id, the kill point at which a process that races for this box kills itself, in the berths that faults strike (`rough`). The process
   * that replaces a killed one gets the same kill points.
   */
  setPoints(points: RaceSetting['points']): Promise<void>;
  stop(): Promise<void>;
}

/** The settings that hold for all berths of the crew. */
interface State {
  duty: Duty;
  offsetMs: number;
  points: RaceSetting['points'];
}

export async function hireRaceCrew(stand: Stand): Promise<RaceCrew> {
  const state: State = { duty: { watch: () => undefined, engine: 'real' }, offsetMs: 0, points: {} };
  const deaths = countDeaths();
  const slots = Array.from({ length: CALM + ROUGH }, (_, slot) => slot);
  const berths = await Promise.all(slots.map((slot) => moor(stand, slot, state, deaths)));
  const rough = berths.slice(CALM);
  return {
    ...{ calm: berths.slice(0, CALM), rough, kills: deaths.kills, strays: deaths.strays },
    serve(next) {
      state.duty = next;
    },
    get offsetMs() {
      return state.offsetMs;
    },
    set offsetMs(ms) {
      state.offsetMs = ms;
    },
    async setPoints(points) {
      state.points = points;
      await Promise.all(rough.map((berth) => berth.send({ do: 'points', points })));
    },
    async stop() {
      await Promise.all(berths.map((berth) => berth.stop()));
    },
  };
}

async function moor(stand: Stand, slot: number, state: State, deaths: Deaths): Promise<Berth> {
  const isRough = slot >= CALM;
  const gymPort = Number(new URL(stand.gym.url).port);
  let berth: Berth | undefined;
  const hear = (call: Passing) => (berth ? state.duty.watch(call, berth) : undefined);
  const proxy = isRough ? await startFaultProxy(() => gymPort, hear) : undefined;
  const own = await startServiceProcess<Order>({
    ...{ compiled: 'races', deaths },
    program: () => linkedOf('races', WORKER, { thread: THREAD }),
    setting: () => raceSettingOf(stand, slot, proxy?.port ?? gymPort, isRough ? state.points : {}),
  });
  berth = {
    ...{ ...own, proxy },
    send: (errand) => own.send({ ...errand, engine: state.duty.engine, offsetMs: state.offsetMs }),
    async stop() {
      await own.stop();
      await proxy?.stop();
    },
  };
  return berth;
}

function raceSettingOf(stand: Stand, slot: number, gymPort: number, points: RaceSetting['points']): RaceSetting {
  const { secrets, restPort: databasePort } = stand;
  return {
    ...settingOf(stand, { slot, keyring: secrets.sealKeys.reveal(), gymPort, databasePort }),
    ...{ points, publicUrl: PUBLIC_URL, publishableKey: secrets.publishableKey },
    sessionSigningKey: secrets.sessionSigningKey.reveal(),
    queueKeys: { current: secrets.qstashCurrentSigningKey.reveal(), next: secrets.qstashNextSigningKey.reveal() },
  };
}
