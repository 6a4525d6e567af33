// Sessions that were put aside because they could not be opened come back once they can: a keyring was mended, a row was put right.
// It asks the gym nothing; the next pass renews what came back.
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

/** Answers how many came back. Throws database/…. */
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
