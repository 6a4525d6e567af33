// Whether a member's gym subscription still has a token (a prepaid visit) for one more booking. A wish of a member without such tokens is refused
// when the wish is made, not later.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/**
 * Throws subscription/no-tokens if the subscription has no tokens left in its present period. A class that opens in a later period is not refused,
 * because booking it uses tokens of that period.
 */
export async function checkTokens(
  { clock, store }: { readonly clock: Clock; readonly store: Store },
  userId: string,
  opensAt: Date,
): Promise<void> {
  const usage = await store.readUsage(userId, clock.now());
  if (!usage || usage.unlimited || usage.tokens > 0 || opensAt >= usage.periodEndsAt) return;
  const until = usage.periodEndsAt.toISOString();
  throw new Failure('subscription/no-tokens', `No tokens are left for what opens before ${until}.`);
}
