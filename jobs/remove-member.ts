// The operator removes a member.
import { type RemoveServices, remove } from '../services/account/remove.ts';
import type { Store } from '../services/store/store.ts';

/**
 * Ends the member's access to puntual and deletes the member's rows. `ended` is false while a race of the member runs: the member's rows then stay,
 * and the job has to be called again. Returns null if there is no such member. Throws database/….
 */
export const removeMember = (services: RemoveServices, userId: string): ReturnType<Store['removeMember']> =>
  remove(services, userId);
