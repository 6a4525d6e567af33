// A person signed in by Supabase gets a session of our own. Member, session and first refresh token are written together, or none of them is.
import type { Clock } from '../services/clock.ts';
import type { Access } from '../services/identity/access.ts';
import type { Family } from '../services/identity/family.ts';
import { bridgeUserSession, type Origin, type OwnTokens } from '../services/identity/open-user-session.ts';
import type { AdmissionPolicy } from '../services/store/admission-store.ts';
import type { Store } from '../services/store/store.ts';

/** Opens the session. @param who a verified Supabase token's claims. Throws auth/not-admitted, auth/session-revoked, request/limited, database/…. */
export const bridgeSession = (
  services: { clock: Clock; store: Store; access: Access; family: Family; admission: AdmissionPolicy },
  who: Origin & {
    userId: string;
    email: string | undefined;
    supabaseSessionId: string | undefined;
    issuedAt: Date | undefined;
  },
): Promise<OwnTokens> => bridgeUserSession(services, { ...who, mode: services.admission.mode });
