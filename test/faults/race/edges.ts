// Wraps the race's edges (store, gym) in a process of the harness: reports each call that passes, and kills the process at a named point. The kill
// points are in this wrapper, so that the service's own code has none.
import type { Gym } from '../../../services/gym/gym.ts';
import type { Prebooking } from '../../../services/prebooking/prebooking.ts';
import type { Store } from '../../../services/store/store.ts';
import { dieHere, openNotes } from '../staging/notes.ts';
import type { Point } from './openings.ts';
import type { RaceEvent } from './orders.ts';

/** The kill point `preparing` comes at a random instant, at most this many ms after the claim. */
const PREPARING_MS = 500;
/** The kill point `opening` comes at most this many ms after the opening, or after the end of the arming if the arming ends later. */
const AROUND_MS = 20;

export interface Edges {
  /** For each box id: the kill point at which the process that runs the box's race kills itself. */
  points: Readonly<Record<string, Point>>;
  say(event: Pick<RaceEvent, 'event' | 'boxId'> & Partial<RaceEvent>): void;
  /** Kills this process if `points` names this kill point for one of these boxes. */
  pass(boxIds: Iterable<string>, point: Point): void;
}

export function createEdges(folder: string, slot: number): Edges {
  const edges: Edges = {
    points: {},
    say: openNotes(folder, slot),
    pass(boxIds, point) {
      const boxId = [...boxIds].find((one) => edges.points[one] === point);
      if (boxId === undefined) return;
      edges.say({ event: 'killed', boxId, point });
      dieHere();
    },
  };
  return edges;
}

/** Gives services that work like the given ones, but report their calls to the store and the gym, and kill the process at a kill point. */
export function watchRace<S extends { store: Store; gym: Gym }>(services: S, edges: Edges): S {
  const boxOf = new Map<string, string>();
  const inHand = new Set<string>();
  const opensAt = new Map<string, number>();
  const atOpening = (boxId: string) =>
    setTimeout(
      () => edges.pass([boxId], 'opening'),
      Math.max(0, (opensAt.get(boxId) ?? 0) - Date.now()) + Math.random() * AROUND_MS,
    );
  const { store, gym } = services;
  const boxesOf = (ids: readonly string[]) => new Set(ids.map((id) => boxOf.get(id) ?? ''));
  const claimed = (prebookings: readonly Prebooking[]) => {
    for (const one of prebookings) boxOf.set(one.id, one.boxId);
    const boxes = new Set(prebookings.map((one) => one.boxId));
    for (const boxId of boxes) edges.say({ event: 'claimed', boxId });
    for (const boxId of boxes) inHand.add(boxId);
    edges.pass(boxes, 'after:claim');
    setTimeout(() => edges.pass(boxes, 'preparing'), Math.random() * PREPARING_MS);
    for (const one of prebookings.slice(0, 1)) opensAt.set(one.boxId, one.opensAt.getTime());
  };
  const watched: Store = {
    ...store,
    async claimPrebookings(ask) {
      const answer = await store.claimPrebookings(ask);
      if (answer.state === 'claimed') claimed(answer.prebookings);
      return answer;
    },
    async armPrebookings(ask) {
      const boxes = boxesOf(ask.claims.map(({ id }) => id));
      edges.pass(boxes, 'before:arm');
      const ids = await store.armPrebookings(ask);
      for (const boxId of boxesOf(ids)) edges.say({ event: 'armed', boxId });
      edges.pass(boxes, 'after:arm');
      for (const boxId of boxes) atOpening(boxId);
      return ids;
    },
    async settlePrebookings(lines, now) {
      const boxes = boxesOf(lines.map(({ id }) => id));
      edges.pass(boxes, 'before:settle');
      const settled = await store.settlePrebookings(lines, now);
      edges.pass(boxes, 'after:settle');
      return settled;
    },
  };
  const understandBook: Gym['understandBook'] = (raw) => {
    // A gym's answer does not name its box, so the kill point `heard` is passed for every box whose race this process has claimed.
    edges.pass(inHand, 'heard');
    return gym.understandBook(raw);
  };
  return { ...services, store: watched, gym: { ...gym, understandBook } };
}
