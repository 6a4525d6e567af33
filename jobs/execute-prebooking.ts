// A wake-up arrived: take every prebooking of its box and opening instant, and race for them. Any later delivery only hears how it stands.
import { randomUUID } from 'node:crypto';
import { Failure } from '../services/failures.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { CLAIM_MS, type OpeningServices, runOpening } from '../services/prebooking/run-opening.ts';

/** A wake-up may come this early; earlier ones are asked to come again. */
const LEAD_MS = 60_000;

export interface ExecuteAnswer {
  /** `in-progress` while another delivery is at it; else how the named prebooking stands. */
  readonly status: string;
  readonly prebookings: readonly Prebooking[];
}

/** Throws prebooking/missing (never again), prebooking/not-yet (again, with retryAfterMs), database/…. */
export async function executePrebooking(
  services: OpeningServices,
  { prebookingId }: { prebookingId: string },
): Promise<ExecuteAnswer> {
  const owner = randomUUID();
  const now = services.clock.now();
  const claim = await services.store.claimPrebookings({
    id: prebookingId,
    owner,
    leadMs: LEAD_MS,
    claimMs: CLAIM_MS,
    now,
  });
  switch (claim.state) {
    case 'missing':
      throw new Failure('prebooking/missing', 'This prebooking is gone.');
    case 'too-soon':
      throw new Failure('prebooking/not-yet', 'This prebooking opens later.', {
        retryAfterMs: claim.prebooking.opensAt.getTime() - LEAD_MS - now.getTime(),
      });
    case 'in-progress':
      return { status: 'in-progress', prebookings: [claim.prebooking] };
    case 'settled':
      return { status: claim.prebooking.status, prebookings: [claim.prebooking] };
    case 'claimed': {
      const settled = await runOpening(services, owner, claim.prebookings);
      const own = settled.find((one) => one.id === prebookingId);
      return { status: own?.status ?? 'in-progress', prebookings: settled };
    }
  }
}
