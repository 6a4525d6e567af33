// Wrong on purpose: the twin claims by reading a status, and writing it when it was the right one. Two processes that read at once both write.
import { answerFor, bookAtOpening, endOf, matesOf, ownPool } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

/** A pause between the read and the write, in which the second delivery is read: on a quick machine the mistake would seldom show without it. */
const BETWEEN_MS = 200;

export const readThenWritten: RaceTwin = (services, setting) => {
  const pool = ownPool(setting);
  return {
    async execute(_, { prebookingId }) {
      const mates = await matesOf(services, pool, prebookingId);
      const free = mates.filter((one) => one.status === 'scheduled' || one.status === 'scheduling');
      await services.clock.sleep(BETWEEN_MS);
      for (const one of free) await pool.query(`update prebookings set status = 'claimed' where id = $1`, [one.id]);
      await Promise.allSettled(
        free.map(async (one) => {
          const end = endOf(await bookAtOpening(services, one));
          const sql =
            'update prebookings set status = $2, outcome = $2, reservation_id = $3, settled_at = $4 where id = $1';
          await pool.query(sql, [one.id, end.status, end.reservationId, services.clock.now()]);
        }),
      );
      return answerFor(free);
    },
  };
};
