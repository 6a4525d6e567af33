// A member erases their account. Before the erasure, the member's armed prebookings run to their end, and all other live prebookings are withdrawn.
// The erasure deletes the member's encryption key and rows.
import { carryOnErasure, type Erased, type EraseServices } from '../services/account/erase.ts';
import { Failure } from '../services/failures.ts';

/** Throws account/missing (also when the account is already erased), database/…. */
export async function eraseAccount(services: EraseServices, { userId }: { userId: string }): Promise<Erased> {
  const reached = await carryOnErasure(services, userId, { tell: true });
  if (!reached) throw new Failure('account/missing', 'There is no such account here (any more).');
  return reached;
}
