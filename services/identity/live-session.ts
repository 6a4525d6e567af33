// Is a puntual session (a row of user_sessions) still valid? Whether a puntual session is valid is read from the database and cached for two seconds:
// for that time, a revoked puntual session may still be accepted.
import type { Clock } from '../clock.ts';
import type { Admission } from '../store/admission-store.ts';
import type { Store } from '../store/store.ts';

export interface LiveSession {
  readonly userId: string;
  readonly deviceFingerprint: string | undefined;
  /** When the member gave the gym's password for this puntual session; undefined for one that was opened from a Supabase token. */
  readonly provedAt: Date | undefined;
  readonly admission: Admission;
}

export interface LiveSessions {
  /** The puntual session with this id; undefined if the session was revoked or never existed. Throws database/…. */
  read(id: string): Promise<LiveSession | undefined>;
  /**
   * Empties the cache of puntual sessions that were read from the database. A process calls `forget` after it has revoked a puntual session, so that
   * the revocation takes effect in that process immediately.
   */
  forget(): void;
}

const REMEMBERED_MS = 2_000;
const MAX_REMEMBERED = 10_000;

export function createLiveSessions({
  store,
  clock,
}: {
  store: Pick<Store, 'readUserSession'>;
  clock: Clock;
}): LiveSessions {
  const seen = new Map<string, { readonly atMs: number; readonly found: Promise<LiveSession | undefined> }>();
  const ask = async (id: string) => {
    const row = await store.readUserSession(id, clock.now());
    return row && row.revokedAt === undefined
      ? {
          userId: row.userId,
          deviceFingerprint: row.deviceFingerprint,
          provedAt: row.provedAt,
          admission: row.admission,
        }
      : undefined;
  };
  return {
    read(id) {
      const known = seen.get(id);
      if (known && clock.monotonicMs() - known.atMs < REMEMBERED_MS) return known.found;
      if (seen.size >= MAX_REMEMBERED) seen.clear();
      const found = ask(id).catch((error) => {
        seen.delete(id);
        throw error;
      });
      seen.set(id, { atMs: clock.monotonicMs(), found });
      return found;
    },
    forget: () => seen.clear(),
  };
}
