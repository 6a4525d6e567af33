// Whether a member's plan at puntual has a plan token left, so that the service may win one more place. The wish of a member without a plan token
// is refused when the wish is made, not later.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/**
 * Throws subscription/no-tokens if the member's plan has no plan tokens left in its present period. A wish for a class that opens in a later period
 * is not refused, because booking that class uses the plan tokens of the later period.
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
