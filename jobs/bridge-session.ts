// A person signed in by Supabase gets a puntual session. The member's row, the puntual session and its first refresh token are written together, or
// none of them is.
import type { Clock } from '../services/clock.ts';
import type { Access } from '../services/identity/access.ts';
import type { Family } from '../services/identity/family.ts';
import { bridgeUserSession, type Origin, type OwnTokens } from '../services/identity/open-user-session.ts';
import type { AdmissionPolicy } from '../services/store/admission-store.ts';
import type { Store } from '../services/store/store.ts';

/**
 * Opens a puntual session for the person that a Supabase token names. @param who the claims of a verified Supabase token. Throws auth/not-admitted,
 * auth/session-revoked, request/limited, database/….
 */
export const bridgeSession = (
  services: { clock: Clock; store: Store; access: Access; family: Family; admission: AdmissionPolicy },
  who: Origin & {
    userId: string;
    email: string | undefined;
    supabaseSessionId: string | undefined;
    issuedAt: Date | undefined;
  },
): Promise<OwnTokens> => bridgeUserSession(services, { ...who, mode: services.admission.mode });
