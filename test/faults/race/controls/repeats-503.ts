// Wrong on purpose: the twin claims and arms correctly, believes after the gym's 503 that the request had no effect, and sends the request once more.
import { answerFor, bookAtOpening, claimAndArm, endOf, settle } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

const isServerError = (reason: string): boolean => /^status 5\d\d/.test(reason);

export const repeats503: RaceTwin = (services) => ({
  async execute(_, { prebookingId }) {
    const prebookings = await claimAndArm(services, prebookingId);
    await Promise.allSettled(
      prebookings.map(async (one) => {
        const answer = await bookAtOpening(services, one);
        const again = answer.kind === 'unknown' && isServerError(answer.reason);
        await settle(services, one, endOf(again ? await bookAtOpening(services, one) : answer));
      }),
    );
    return answerFor(prebookings);
  },
});
