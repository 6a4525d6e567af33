// At every start and each minute: answers that were received and never committed are put where they belong.
import type { RenewServices } from '../services/renewal/renew.ts';
import { type ReplayReport, replaySpool as replay } from '../services/renewal/replay-spool.ts';

/** Throws database/…. What cannot be dealt with now stays for the next time. */
export const replaySpool = (services: RenewServices): Promise<ReplayReport> => replay(services);
