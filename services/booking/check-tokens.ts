// Whether a member's subscription still has a token for a place. A wish of a member without tokens is refused when the wish is made, not later.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/** Throws subscription/no-tokens if no tokens are left in this period. A class that opens in the next period uses that period's tokens. */
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
