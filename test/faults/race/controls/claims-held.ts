// Wrong on purpose: the twin takes every prebooking with the box and opening of its wake-up, even one that a living process has claimed. The twin
// treats a wake-up as the right to run the race.
import { answerFor, bookAtOpening, endOf, ownPool, settle, takeByForce } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const claimsHeld: RaceTwin = (services, setting) => {
  const pool = ownPool(setting);
  return {
    async execute(_, { prebookingId }) {
      const taken = await takeByForce(services, pool, prebookingId, 'true');
      await Promise.allSettled(
        taken.map(async (one) => settle(services, one, endOf(await bookAtOpening(services, one)))),
      );
      return answerFor(taken);
    },
  };
};
