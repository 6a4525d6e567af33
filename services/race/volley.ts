// The first entrants of a race: loaded, and fired at the instant together. Until then one of them can be moved back for a late one that asked
// before.
import { asFailure } from '../failures.ts';
import type { Shot } from '../timed-sender/timed-sender.ts';
import type { Armed } from './arm.ts';
import type { Entrant } from './entrant.ts';
import { type Firing, follow, isCrowded, notSent, shootInTurn } from './firing.ts';
import type { EntrantShots } from './shots.ts';

export interface Volley {
  /** Each to its end; undefined for an entrant that was not armed. */
  readonly ends: Promise<(EntrantShots | undefined)[]>;
  /** Before the instant: if a late entrant would not have a place beside all that are fired, the last one that asked after it shoots behind it. */
  makeRoom(late: Entrant): void;
}

/** Fires the loaded requests at the instant. All entrants are in the queue from the beginning; those that were not armed are taken out of it. */
export function fireFirst(firing: Firing, armed: Armed, first: readonly Entrant[]): Volley {
  const { race, sender, queue } = firing;
  const fired = first.map((entrant) => ({ entrant, end: Promise.withResolvers<EntrantShots | undefined>() }));
  const out = new Set<number>();
  for (const [index, { entrant, end }] of fired.entries()) {
    queue.joinFirst(entrant, end.promise);
    if (armed.ids.has(entrant.prebooking.id)) continue;
    out.add(index);
    sender.withdraw(index);
    end.resolve(undefined);
  }
  const onShot = (shot: Shot) => {
    const one = fired[shot.index];
    if (one && !out.has(shot.index)) one.end.resolve(follow(firing, armed, one.entrant, shot));
  };
  const firedAll = first.length > 0 ? sender.fireAt(race.atMs, onShot, armed.notAfterMs()) : Promise.resolve([]);
  // Thrown only before anything is sent, by a sender that has closed: a shot that is over keeps its own end.
  const written = firedAll.catch((error: unknown) => {
    for (const [index, { entrant, end }] of fired.entries())
      if (!out.has(index)) end.resolve(follow(firing, armed, entrant, notSent(asFailure(error).code)));
  });
  return {
    ends: written.then(() => Promise.all(fired.map(({ end }) => end.promise))),
    makeRoom(late) {
      const last = race.nowMs() < race.atMs && isCrowded(firing, late) ? queue.lastAfter(late) : undefined;
      const index = fired.findIndex(({ entrant }) => entrant === last);
      const one = fired[index];
      if (!one || out.has(index)) return;
      out.add(index);
      // It was sent after all: it stays among the first.
      if (!sender.withdraw(index)) {
        out.delete(index);
        return;
      }
      queue.takeBack(one.entrant);
      one.end.resolve(shootInTurn(firing, armed, one.entrant));
    },
  };
}
