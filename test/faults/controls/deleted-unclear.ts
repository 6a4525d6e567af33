// Wrong on purpose: an answer that is neither a token nor a clear refusal is thrown away. When the session is about to be called dead,
// there is nothing left to try, though the gym's token lay in what was deleted.
import type { Twin } from './twins.ts';

export const deletedUnclear: Twin = (real) => ({
  services: { ...real, spool: { ...real.spool, keepUnclear: async () => true } },
});
