// Wrong on purpose: to renew a session, the twin only reads its row, calls the gym and writes the row. The twin has no lease, no intent, no spool,
// and no second read of the session's row before the write.
import { backgroundStaleAt } from '../../../services/session/freshness.ts';
import type { SealedSession } from '../../../services/store/session-store.ts';
import { inLanes, ownHand } from './own-hand.ts';
import type { Twin } from './twins.ts';

export const naive: Twin = (real, setting) => {
  const hand = ownHand(real, setting);
  async function renewOne(row: SealedSession): Promise<void> {
    const now = real.clock.now();
    const answer = await real.gym.renew(hand.open(row), async () => {});
    if (answer.kind === 'renewed' || answer.kind === 'cookies-lost') await hand.write(row, answer.key, now);
    else if (answer.kind === 'token-refused') await hand.bury(row, now);
    else await hand.fail(row, now);
  }
  return { run: async () => inLanes(await hand.due(backgroundStaleAt(real.clock.now())), renewOne) };
};
