// Wrong on purpose: takes a delivery for what its body says, without a look at the sender, and the class for the one the body names.
import { bookAtOpening } from './own-race.ts';
import type { RaceTwin } from './race-twins.ts';

export const unverifiedBody: RaceTwin = (services) => ({
  async request(body) {
    const { prebookingId, classId } = JSON.parse(body) as { prebookingId: string; classId?: string };
    const one = await services.store.readPrebooking(prebookingId);
    if (one) await bookAtOpening(services, one, classId ?? one.classId);
    return { status: 200 };
  },
});
