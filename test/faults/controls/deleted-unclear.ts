// Wrong on purpose: an unclear answer of the gym is thrown away instead of being kept in the spool. Before a session is declared dead, its unclear
// answers are searched for a token, which may be the only one that the gym still accepts.
import type { Twin } from './twins.ts';

export const deletedUnclear: Twin = (real) => ({
  services: { ...real, spool: { ...real.spool, keepUnclear: async () => true } },
});
