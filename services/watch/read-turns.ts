// Takes the watched days that are due and reads them side by side, so that one slow box does not delay the reads at other boxes.
import { asFailure } from '../failures.ts';
import type { RaceServices } from '../race/race-context.ts';
import { readTurn } from './read-turn.ts';
import type { TakeCall } from './take-places.ts';

const MAX_TURNS = 500;

export interface Turns {
  /**
   * The reads that have begun, one for each watched day that was due; each resolves with the number of free places for which it made a prebooking,
   * and never rejects.
   */
  readonly reads: readonly Promise<number>[];
  /** The time until the next watched day is due to be read, ms; undefined if no day is watched. */
  readonly nextInMs: number | undefined;
}

/**
 * Begins the reads of all watched days that are due, and does not wait for them. Throws database/….
 * @param turn an id made for this call; no other call has the same id.
 */
export async function readTurns(services: RaceServices, turn: string, call: TakeCall = {}): Promise<Turns> {
  const { store, clock, logger } = services;
  const { turns, nextInMs } = await store.takeWatchTurns(turn, MAX_TURNS, clock.now());
  const reads = turns.map((one) =>
    readTurn(services, one, call).catch((error: unknown) => {
      logger.error(
        { box: one.box.at.slug, day: one.day, code: asFailure(error).code, err: error },
        'watch: a turn failed',
      );
      return 0;
    }),
  );
  return { reads, nextInMs };
}
