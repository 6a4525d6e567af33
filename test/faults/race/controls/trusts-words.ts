// Wrong on purpose: the twin claims and arms correctly, treats an answer in words as a refusal without reading the gym's list, and goes on to the
// next choice.
import { choicesOf } from '../../../../services/prebooking/class-choice.ts';
import { answerFor, bookAtOpening, claimAndArm, doorOf, type End, endOf, settle } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const trustsWords: RaceTwin = (services) => ({
  async execute(_, { prebookingId }) {
    const prebookings = await claimAndArm(services, prebookingId);
    await Promise.allSettled(
      prebookings.map(async (one) => {
        const { session, box } = await doorOf(services, one);
        const day = await services.gym.readDay(session.key, box, one.day);
        let end: End = { status: 'refused', reservationId: undefined };
        for (const slot of day.kind === 'day' ? choicesOf(one, day.slots) : []) {
          const answer = await bookAtOpening(services, one, slot.id);
          end = endOf(answer);
          if (answer.kind !== 'refused-in-words') break;
        }
        await settle(services, one, end);
      }),
    );
    return answerFor(prebookings);
  },
});
