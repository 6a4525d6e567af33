// Wrong on purpose: an answer of the gym that is neither a token nor a clear refusal is thrown away instead of being kept in the spool. Before a
// session is declared dead, all its stored tokens are tried at the gym; the answer thrown away here held the one token that the gym would accept.
import type { Twin } from './twins.ts';

export const deletedUnclear: Twin = (real) => ({
  services: { ...real, spool: { ...real.spool, keepUnclear: async () => true } },
});
