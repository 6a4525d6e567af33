// Wrong on purpose: an armed prebooking whose send deadline has not passed is taken for one that was not sent, and is raced for again. A send
// deadline says until when a request may be sent; it does not say that no request was sent.
import { answerFor, bookAtOpening, claimAndArm, endOf, ownPool, settle, takeByForce } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const freesByDeadline: RaceTwin = (services, setting) => {
  const pool = ownPool(setting);
  return {
    async execute(_, { prebookingId }) {
      const claimed = await claimAndArm(services, prebookingId);
      const freed = await takeByForce(services, pool, prebookingId, `m.status = 'armed' and m.send_deadline > now()`);
      const all = claimed.length > 0 ? claimed : freed;
      await Promise.allSettled(
        all.map(async (one) => settle(services, one, endOf(await bookAtOpening(services, one)))),
      );
      return answerFor(all);
    },
  };
};
