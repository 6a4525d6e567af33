// Describes the machine on which the figures were measured, and how much other work disturbed it: by how much the times of a fixed busy loop differ.
import { cpus, loadavg, release, totalmem } from 'node:os';
import { round } from './bench.ts';
import { nowMs } from './moment.ts';
import { quantile } from './stats.ts';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  readonly openssl: string;
  readonly load1: number;
  readonly noise: Noise;
}

/**
 * How much the machine disturbs a loop that always does the same work. `loopMs` is the duration of the loop's fastest run; the percentages say by how
 * much the p50, p95 and p99 of all runs exceed `loopMs`.
 */
export interface Noise {
  readonly loopMs: number;
  readonly p50Percent: number;
  readonly p95Percent: number;
  readonly p99Percent: number;
  /** The longest time, measured during half a second, for which the system did not let this process run. */
  readonly longestPauseMs: number;
}

const LOOPS = 400;
const TURNS = 1_500_000;

function busyLoop(): number {
  const startedAtMs = nowMs();
  let sum = 0;
  for (let turn = 0; turn < TURNS; turn += 1) sum = (sum + turn * 7) | 0;
  return nowMs() - startedAtMs + (sum === 0.5 ? 1 : 0);
}

function longestPause(forMs: number): number {
  let longestMs = 0;
  let before = nowMs();
  for (const endsAtMs = before + forMs; before < endsAtMs; ) {
    const now = nowMs();
    longestMs = Math.max(longestMs, now - before);
    before = now;
  }
  return longestMs;
}

export function hostNoise(): Noise {
  for (let turn = 0; turn < 20; turn += 1) busyLoop();
  const samples = Array.from({ length: LOOPS }, busyLoop);
  const loopMs = quantile(samples, 0);
  const beyond = (p: number): number => round((quantile(samples, p) / loopMs - 1) * 100);
  return {
    loopMs: round(loopMs),
    p50Percent: beyond(0.5),
    p95Percent: beyond(0.95),
    p99Percent: beyond(0.99),
    longestPauseMs: round(longestPause(500)),
  };
}

export function describeMachine(): Machine {
  const noise = hostNoise();
  const [cpu] = cpus();
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.version,
    openssl: process.versions.openssl,
    load1: round(loadavg()[0] ?? 0),
    noise,
  };
}
