// Wrong on purpose: takes every prebooking of the instant, even if a living process holds it, since its own wake-up says that it is due.
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
