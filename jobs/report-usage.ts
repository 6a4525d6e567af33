// How many plan tokens a member has left in the current period of the plan at puntual.
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import type { Store } from '../services/store/store.ts';

export interface UsageReport {
  readonly tokens: { readonly current: number; readonly max: number; readonly unlimited: boolean };
  /** The plan's name as it is sold; clients of puntual's API compare this exact text. */
  readonly plan: 'Free' | 'Pro';
  readonly status: string;
}

const PLANS = { free: 'Free', pro: 'Pro' } as const;
const FREE_TOKENS = 30;
/** The number of bookings left that clients of puntual's API understand as "no limit". */
const UNLIMITED = -1;

/**
 * A member's usage; a paid Pro plan has no limit. Throws subscription/missing for a person that has no subscription, because they have not signed in
 * with a gym login yet.
 */
export async function reportUsage(
  { clock, store }: { clock: Clock; store: Store },
  { userId }: { userId: string },
): Promise<UsageReport> {
  const usage = await store.readUsage(userId, clock.now());
  if (!usage) throw new Failure('subscription/missing', 'Expected a subscription: sign in at the gym once.');
  return usageOf(usage);
}

/** Turns a usage row into the form that clients of puntual's API know. */
export function usageOf({ plan, status, tokens, unlimited }: UsageRow): UsageReport {
  const max = unlimited ? UNLIMITED : FREE_TOKENS;
  return { tokens: { current: tokens, max, unlimited }, plan: PLANS[plan], status };
}

type UsageRow = Pick<NonNullable<Awaited<ReturnType<Store['readUsage']>>>, 'plan' | 'status' | 'tokens' | 'unlimited'>;
