// Wrong on purpose: the twin believes a delivery's body without checking the sender, and books the class that the body names.
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
