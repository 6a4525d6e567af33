// The code that campaigns of renewals and of races share. Each campaign plays batches one after the other with one set of service processes (the
// crew), and prints after each batch which invariants broke. Each harness defines its own batches and invariants.
import { availableParallelism } from 'node:os';
import { findCanaries } from './canaries.ts';
import { type Found, linesOfFound } from './found.ts';
import type { Deaths } from './service-process.ts';
import { type Stand, startStand } from './stand.ts';

interface AnyCrew extends Omit<Deaths, 'note'> {
  stop(): Promise<void>;
}

/** A stand (database and gym) and the crew (service processes) that work on it; several campaigns may use them, one after the other. */
export interface Company<C extends AnyCrew> {
  readonly stand: Stand;
  readonly crew: C;
  stop(): Promise<void>;
}

/** Starts a stand, and the crew that `hire` makes for it; if starting either of them throws, passes the error on and leaves nothing running. */
export async function openCompany<C extends AnyCrew>(hire: (stand: Stand) => Promise<C>): Promise<Company<C>> {
  const stand = await startStand();
  try {
    const crew = await hire(stand);
    return { stand, crew, stop: () => crew.stop().finally(stand.stop) };
  } catch (cause) {
    await stand.stop();
    throw cause;
  }
}

/**
 * Runs `play` with the company `shared` (a stand and its service processes), which other campaigns use, too. Without `shared`, `play` gets a company
 * that is started for it and stopped afterwards.
 */
export async function withCompany<K extends { stop(): Promise<void> }, T>(
  shared: K | undefined,
  start: () => Promise<K>,
  play: (company: K) => Promise<T>,
): Promise<T> {
  const company = shared ?? (await start());
  try {
    return await play(company);
  } finally {
    if (!shared) await company.stop();
  }
}

/** The options that every campaign gets at its start. */
export interface Sitting {
  readonly seed: number;
  /** The first batch's number, for a replay; 0 when absent. */
  readonly from?: number;
  readonly batches: number;
  /** The code under test: `real`, or a wrong twin's name. */
  readonly engine?: string;
  /** The arguments of the command line other than seed and batch; the printed replay command repeats them, so that it draws the same plans. */
  readonly replay: string;
  readonly say: (line: string) => void;
}

/** What a campaign of any kind counts and collects over all its batches. */
export interface BatchCount {
  episodes: number;
  readonly faults: Record<string, number>;
  readonly killsByPoint: Record<string, number>;
  readonly found: Found[];
}
/** The counts that every campaign reports in the end. `seconds` is the time that the campaign's batches took, without the start of stand and crew. */
export type BatchTally = Readonly<BatchCount> & {
  readonly seed: number;
  readonly kills: number;
  readonly seconds: number;
  readonly machine: string;
};

/** Gives counts that are all zero. */
export const newCount = (): BatchCount => ({ episodes: 0, faults: {}, killsByPoint: {}, found: [] });

/** Adds `by` to the count that `to` has for `name`. */
export const add = (to: Record<string, number>, name: string, by = 1): void => {
  to[name] = (to[name] ?? 0) + by;
};

/** Gives the seconds since an instant of `performance.now()`, rounded to tenths. */
export const secondsSince = (atMs: number): number => Math.round((performance.now() - atMs) / 100) / 10;

/** Gives the arguments with which `npm run faults` plays this batch again. */
export const replayOf = ({ replay, seed }: Sitting, batch: number): string =>
  `${replay} --seed ${seed} --batch ${batch}`;

/** @param playOne plays and counts one batch; the words it returns are printed with the batch's line. */
export async function playBatches<C extends AnyCrew, T extends BatchCount>(
  { stand, crew }: Company<C>,
  sitting: Sitting,
  count: T,
  playOne: (batch: number) => Promise<string>,
): Promise<T & BatchTally> {
  const { seed, from = 0, batches, say } = sitting;
  const startedMs = performance.now();
  const killedBefore = crew.kills();
  for (let batch = from; batch < from + batches; batch++) {
    const beganMs = performance.now();
    const before = count.found.length;
    const said = await playOne(batch);
    const note = (invariant: string, says: string) =>
      count.found.push({ where: replayOf(sitting, batch), faults: [], violation: { invariant, says, window: [] } });
    for (const how of crew.strays()) note('I9', `a service process ended by itself: ${how}`);
    for (const place of await findCanaries(stand)) note('I10', `a secret lies open: in ${place}`);
    const found = count.found.slice(before);
    say(
      `batch ${batch}: ${said}, ${secondsSince(beganMs)} s, ${crew.kills()} kills so far, ${found.length} violations`,
    );
    // The invariants that broke in this batch are printed immediately: a long campaign may be ended before it prints its report.
    for (const one of found) for (const line of linesOfFound(one)) say(line);
  }
  const machine = `${availableParallelism()} cores, ${process.platform} ${process.arch}, Node ${process.versions.node}`;
  return { ...count, seed, kills: crew.kills() - killedBefore, seconds: secondsSince(startedMs), machine };
}
