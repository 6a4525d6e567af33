// Wrong on purpose: the twin claims by reading the prebooking's status and then writing the next status, as two statements. Two processes that read
// the status at the same moment both write the next status, and both book.
import { answerFor, bookAtOpening, endOf, matesOf, ownPool } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

/**
 * The wait, in ms, between reading and writing the status: so long that a second process often reads the status in between, and the twin's mistake
 * shows.
 */
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
