// Wrong on purpose: the twin claims and arms correctly, sends once, and treats a missing answer as a refusal.
import { answerFor, bookAtOpening, claimAndArm, endOf, settle } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const timeoutFailed: RaceTwin = (services) => ({
  async execute(_, { prebookingId }) {
    const prebookings = await claimAndArm(services, prebookingId);
    await Promise.allSettled(
      prebookings.map(async (one) => settle(services, one, endOf(await bookAtOpening(services, one)))),
    );
    return answerFor(prebookings);
  },
});
