// Releases sessions from quarantine once their sealed tokens can be opened, for example after a missing key was added or a row was repaired. Nothing
// is sent to the gym: the next refresh renews the released sessions.
import type { Logger } from 'pino';
import type { Seal } from '../seal/seal.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { Store } from '../store/store.ts';
import { openKey } from './open-session.ts';

const BATCH = 200;

interface ReleaseServices {
  readonly store: Pick<Store, 'readQuarantined' | 'releaseQuarantined'>;
  readonly seal: Seal;
  readonly logger: Logger;
}

/** Returns how many sessions were released from quarantine. Throws database/…. */
export async function releaseQuarantined({ store, seal, logger }: ReleaseServices): Promise<number> {
  let released = 0;
  let after: string | undefined;
  for (;;) {
    const found = await store.readQuarantined(after, BATCH);
    const ids = found.filter((one) => opens(seal, one)).map(({ id }) => id);
    if (ids.length > 0) {
      released += await store.releaseQuarantined(ids);
      logger.warn({ ids }, 'session: opens again, and is put aside no longer');
    }
    if (found.length < BATCH) return released;
    after = found.at(-1)?.id;
  }
}

type Sealed = Omit<LeasedSession, 'leaseEpoch' | 'renewalId' | 'nextGeneration' | 'boxes' | 'isNoted' | 'rule'>;

function opens(seal: Seal, one: Sealed): boolean {
  try {
    openKey(seal.openMember(one.userId, one.wrapped), one);
    return true;
  } catch {
    return false;
  }
}
