// Which of one member's wishes shoots at a class: one, and no other. A gym may well give the same class twice, and both would cost.
// Pure: it knows one opening's race. What a class said to one wish holds for the other too, so that nothing is ever given back.
import type { Slot } from '../gym/gym.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import type { Decided, Entrant } from './entrant.ts';

export interface OwnAims {
  /** True when the class is this wish's to shoot at, now and from now on; false when another wish of the same person has it. */
  take(prebooking: Prebooking, slot: Slot): boolean;
}

export function createOwnAims(): OwnAims {
  const holders = new Map<string, string>();
  return {
    take: ({ id, userId, familyId }, slot) => {
      const which = JSON.stringify([userId, familyId ?? '', slot.day, slot.id]);
      const holder = holders.get(which) ?? id;
      holders.set(which, holder);
      return holder === id;
    },
  };
}

/**
 * Everybody takes the class they shoot at first, in order of creation, before anybody takes an alternative: a class that is one
 * wish's first choice is no other's second. Who comes too late wants what is wanted already.
 */
export function takeFirstAims(
  aims: OwnAims,
  entrants: readonly Entrant[],
): { entrants: Entrant[]; doubled: Decided[] } {
  const isOwn = ({ prebooking, choices: [slot] }: Entrant) => slot !== undefined && aims.take(prebooking, slot);
  const own = new Set(entrants.filter(isOwn));
  return {
    entrants: entrants.filter((one) => own.has(one)),
    doubled: entrants.filter((one) => !own.has(one)).map(({ prebooking }) => ({ prebooking, outcome: 'wished-twice' })),
  };
}
