// What one process counts of itself since it started: requests, answers of the gym, calls to the database, the lag of its event loop. A process's own
// figures are in no database row: each process is scraped for them, and a serverless function loses them with its instance. Every metric label has
// few possible values.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { asFailure } from '../../services/failures.ts';
import type { RenewalGate } from '../../services/renewal/gate.ts';
import { VERSION } from '../version.ts';

/** The meters of one process, made once at its start. */
export type Meters = ReturnType<typeof createMeters>;

const BUCKETS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
const LOOP_RESOLUTION_MS = 20;
const NS_A_SECOND = 1e9;

export function createMeters() {
  const registry = new Registry();
  const named = (name: string, help: string, labelNames: string[]) => ({
    ...{ name: `puntual_${name}`, help: `${help}, of this process.`, labelNames, registers: [registry] },
  });
  const counter = (name: string, help: string, ...labelNames: string[]) => new Counter(named(name, help, labelNames));
  const gauge = (name: string, help: string, ...labelNames: string[]) => new Gauge(named(name, help, labelNames));
  const histogram = (name: string, help: string, ...labelNames: string[]) =>
    new Histogram({ ...named(name, help, labelNames), buckets: BUCKETS_S });
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  loop.enable();
  const breaker = gauge('gym_breaker_open', 'Pauses in force, for the whole gym and for boxes', 'scope');
  const lag = {
    mean: gauge('event_loop_lag_mean_seconds', 'How late the loop was since the scrape before, on average'),
    p99: gauge('event_loop_lag_p99_seconds', 'How late the loop was since the scrape before, 99 times in 100'),
    max: gauge('event_loop_lag_max_seconds', 'How late the loop was since the scrape before, at worst'),
  };
  gauge('build_info', 'Always 1, with what runs', 'version', 'node').set(
    { version: VERSION, node: process.version },
    1,
  );
  gauge('start_timestamp_seconds', 'When it started').set(performance.timeOrigin / 1000);
  return {
    requests: counter('http_requests_total', 'Requests by route and status', 'method', 'route', 'status'),
    requestSeconds: histogram('http_request_duration_seconds', 'Time to answer a request'),
    gymAnswers: counter('gym_answers_total', 'Answers of the gym by call and kind', 'call', 'kind'),
    databaseSeconds: histogram('database_call_duration_seconds', 'Time of a call of the database', 'outcome'),
    manualBookings: counter('manual_bookings_total', 'Bookings by hand by outcome', 'outcome'),
    manualCancellations: counter('manual_cancellations_total', 'Cancellations by hand by outcome', 'outcome'),
    deviceSyncs: counter('device_syncs_total', 'Devices that asked for their token by outcome', 'outcome'),
    deviceRenewals: counter('device_renewals_total', 'Renewals that a device asked for by outcome', 'outcome'),
    /** The Prometheus text of all counters of this process. */
    async expose(gate: RenewalGate | undefined): Promise<string> {
      const pauses = gate?.pauses() ?? [];
      breaker.set({ scope: 'gym' }, gate?.isGymResting() ? 1 : 0);
      breaker.set({ scope: 'box' }, pauses.filter(({ key }) => key.startsWith('box ')).length);
      readLag(loop, lag);
      return registry.metrics();
    },
  };
}

/** Reads the event loop's lag; the histogram's own timer interval is subtracted, because that waiting is no lag. */
function readLag(loop: ReturnType<typeof monitorEventLoopDelay>, lag: Record<'mean' | 'p99' | 'max', Gauge>): void {
  const beyond = (ns: number) => Math.max(0, (Number.isFinite(ns) ? ns : 0) / NS_A_SECOND - LOOP_RESOLUTION_MS / 1000);
  const isEmpty = loop.count === 0;
  lag.mean.set(isEmpty ? 0 : beyond(loop.mean));
  lag.p99.set(isEmpty ? 0 : beyond(loop.percentile(99)));
  lag.max.set(isEmpty ? 0 : beyond(loop.max));
  loop.reset();
}

/** Counts how `work` ended, by the label that `say` makes of its result, or by the code of its failure; returns or throws what `work` does. */
export async function counted<T>(counter: Counter, work: Promise<T>, say: (answer: T) => string): Promise<T> {
  try {
    const answer = await work;
    counter.inc({ outcome: say(answer) });
    return answer;
  } catch (error) {
    counter.inc({ outcome: asFailure(error).code });
    throw error;
  }
}
