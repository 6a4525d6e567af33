// Wrong on purpose: the twin checks whether the gym's list already shows the member's place, and books if the list shows none. Two processes that
// check at the same moment both see that the member has no place yet, and both book.
import { answerFor, bookAtOpening, doorOf, endOf, matesOf, ownPool } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const checkThenBook: RaceTwin = (services, setting) => {
  const pool = ownPool(setting);
  return {
    async execute(_, { prebookingId }) {
      const mates = await matesOf(services, pool, prebookingId);
      await Promise.allSettled(
        mates.map(async (one) => {
          const { session, box } = await doorOf(services, one);
          const day = await services.gym.readDay(session.key, box, one.day);
          const isThere = day.kind === 'day' && day.slots.some((slot) => slot.mine !== undefined);
          if (isThere) return;
          const end = endOf(await bookAtOpening(services, one));
          const sql =
            'update prebookings set status = $2, outcome = $2, reservation_id = $3, settled_at = $4 where id = $1';
          await pool.query(sql, [one.id, end.status, end.reservationId, services.clock.now()]);
        }),
      );
      return answerFor(mates);
    },
  };
};
