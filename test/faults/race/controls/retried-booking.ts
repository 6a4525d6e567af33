// Wrong on purpose: the twin claims and arms correctly, and then sends the booking through the function that repeats failed reads.
import { retrySafeRead } from '../../../../services/retry.ts';
import { answerFor, bookAtOpening, claimAndArm, endOf, settle } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const retriedBooking: RaceTwin = (services) => ({
  async execute(_, { prebookingId }) {
    const prebookings = await claimAndArm(services, prebookingId);
    await Promise.allSettled(
      prebookings.map(async (one) => {
        const book = async () => {
          const answer = await bookAtOpening(services, one);
          if (answer.kind === 'unknown') throw new Error(answer.reason);
          return answer;
        };
        const answer = await retrySafeRead(book, { clock: services.clock, judge: () => ({ again: 'yes' }) });
        await settle(services, one, endOf(answer));
      }),
    );
    return answerFor(prebookings);
  },
});
