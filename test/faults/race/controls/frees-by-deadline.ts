// Wrong on purpose: when the send deadline of an armed prebooking has not passed, the twin believes that no request was sent, and runs the race
// again. A send deadline says until when a request may be sent; it does not say that no request was sent.
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
