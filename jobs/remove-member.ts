// The operator removes a member.
import { type RemoveServices, remove } from '../services/account/remove.ts';
import type { Store } from '../services/store/store.ts';

/** `ended` is false while a race of the member runs: access is closed, ask again. Null for no member. Throws database/…. */
export const removeMember = (services: RemoveServices, userId: string): ReturnType<Store['removeMember']> =>
  remove(services, userId);
