// Wrong on purpose: an answer that is neither a token nor a clear refusal is deleted. Before a session is declared dead, all its stored tokens are
// tried; the deleted answer held the one token that the gym would accept.
import type { Twin } from './twins.ts';

export const deletedUnclear: Twin = (real) => ({
  services: { ...real, spool: { ...real.spool, keepUnclear: async () => true } },
});
