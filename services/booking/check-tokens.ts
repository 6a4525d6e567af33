// Whether a member may still win a place. A wish without a token left is refused when it is made, not when the place is won.
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { Store } from '../store/store.ts';

/** A place won in the next period uses the next period's tokens. Throws subscription/no-tokens. */
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
