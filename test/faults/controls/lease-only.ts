// Wrong on purpose: the twin takes a lease before it renews a session, and does nothing else for safety. Before a call to the gym, the twin does not
// read the session's row again and stores no intent. The twin has no spool, no token journal, and no check of the lease at the commit. If a lease
// expires during a call of this twin to the gym, two processes renew the session, and the slower one overwrites the other's token.
import { randomUUID } from 'node:crypto';
import { backgroundStaleAt } from '../../../services/session/freshness.ts';
import type { SealedSession } from '../../../services/store/session-store.ts';
import { inLanes, ownHand } from './own-hand.ts';
import type { Twin } from './twins.ts';

const LEASE = `update public.auth_sessions set lease_owner = $2, lease_until = clock_timestamp() + interval '45 seconds'
  where id = $1 and (lease_until is null or lease_until < clock_timestamp())`;
const RELEASE =
  'update public.auth_sessions set lease_owner = null, lease_until = null where id = $1 and lease_owner = $2';

export const leaseOnly: Twin = (real, setting) => {
  const hand = ownHand(real, setting);
  async function renewOne(row: SealedSession): Promise<void> {
    const now = real.clock.now();
    const owner = randomUUID();
    if ((await hand.pool.query(LEASE, [row.id, owner])).rowCount !== 1) return;
    const answer = await real.gym.renew(hand.open(row), async () => {});
    if (answer.kind === 'renewed' || answer.kind === 'cookies-lost') await hand.write(row, answer.key, now);
    else if (answer.kind === 'token-refused') await hand.bury(row, now);
    else await hand.fail(row, now);
    await hand.pool.query(RELEASE, [row.id, owner]);
  }
  return { run: async () => inLanes(await hand.due(backgroundStaleAt(real.clock.now())), renewOne) };
};
