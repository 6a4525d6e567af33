// Fires together, at the firing instant, the first entrants of a race: in each class as many as it has free places. Before the firing instant, one of
// the first entrants can be moved back in favour of a late entrant with an older prebooking.
import { asFailure } from '../failures.ts';
import type { Shot } from '../timed-sender/timed-sender.ts';
import type { Armed } from './arm.ts';
import type { Entrant } from './entrant.ts';
import { type Firing, follow, isCrowded, notSent, shootInTurn } from './firing.ts';
import type { EntrantShots } from './shots.ts';

export interface Volley {
  /**
   * Resolves when all entrants given to `fireFirst` have ended, to the shots of each entrant. The value for an entrant that was not armed is
   * undefined, because no request was sent for it.
   */
  readonly ends: Promise<(EntrantShots | undefined)[]>;
  /**
   * Makes room for a late entrant that is ready, if the entrants before it may take every free place of its class (`isCrowded`). After the firing
   * instant the call does nothing. Of the volley's entrants in that class with younger prebookings than the late entrant's, the one with the last
   * turn leaves the volley and shoots after the late entrant.
   */
  makeRoom(late: Entrant): void;
}

/**
 * Fires the loaded requests at the firing instant. Every entrant of the volley joins the turn queue, where entrants with a later turn wait. An
 * entrant that was not armed ends at once without a shot, and its request is withdrawn from the sender.
 */
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
  // A rejection of `fireAt` means that the timed sender was closed, or lost its thread, before the call: no request of the volley was sent.
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
      // If the request has been written already, or its shot is over, the entrant stays in the volley.
      if (!sender.withdraw(index)) {
        out.delete(index);
        return;
      }
      queue.takeBack(one.entrant);
      one.end.resolve(shootInTurn(firing, armed, one.entrant));
    },
  };
}
