// Wrong on purpose: an answer that is neither a token nor a clear refusal is deleted. When the session is about to be declared dead, no token is
// left to try, though the deleted answer held the token that the gym would accept.
import type { Twin } from './twins.ts';

export const deletedUnclear: Twin = (real) => ({
  services: { ...real, spool: { ...real.spool, keepUnclear: async () => true } },
});
