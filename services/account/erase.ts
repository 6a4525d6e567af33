// Erases a member in steps that may each be repeated. The member's prebookings that are not armed are withdrawn, armed ones run to their end, and
// then the member is told of the erasure. When the notice of the erasure is delivered or an hour old, the member's id is written to a file outside
// the database, and the member's data key and rows are deleted. An erasure cancels no booking at the gym.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { deliverNotices, type NotifyServices } from '../notify/notify.ts';
import type { Store } from '../store/store.ts';
import type { ErasureList } from './erasure-list.ts';

export interface EraseServices extends NotifyServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly logger: Logger;
  /** The list of erased members; absent if the process has no disk: members that a restored backup brings back are then not erased again. */
  readonly erasures?: ErasureList | undefined;
}

/**
 * How far an erasure has come. In the state `erasing`, `live` counts the member's prebookings that have not ended; once they have ended, the erasure
 * goes on by itself.
 */
export type Erased = { readonly state: 'erased' } | { readonly state: 'erasing'; readonly live: number };

/** How long, at most, an erasure waits for a notice channel to take the member's last notice, which tells of the erasure. */
const TELL_MS = 60 * 60_000;
const MAX_AT_ONCE = 50;

/**
 * Begins a member's erasure, or goes on with it, and returns how far it has come; undefined if there is no such member. Throws database/….
 * @param tell true to deliver due notices of all members within this call, among them the notice that tells this member of the erasure.
 */
export async function carryOnErasure(
  services: EraseServices,
  userId: string,
  { tell }: { readonly tell: boolean },
): Promise<Erased | undefined> {
  const { store, clock } = services;
  const step = () => store.beginErasure(userId, TELL_MS, clock.now());
  let reached = await step();
  if (reached?.state === 'telling' && tell) {
    await deliverNotices(services);
    reached = await step();
  }
  if (!reached) return undefined;
  if (reached.state !== 'ready') return { state: 'erasing', live: reached.live };
  return (await destroy(services, userId)) ? { state: 'erased' } : { state: 'erasing', live: reached.live };
}

/**
 * Deletes the member's data key and rows. The member's id goes into the file of erased members before anything is deleted: if an older backup is
 * restored later, the member is erased again.
 */
async function destroy({ store, clock, logger, erasures }: EraseServices, userId: string): Promise<boolean> {
  const erasedAt = clock.now();
  await erasures?.keep({ userId, erasedAt: erasedAt.toISOString() });
  if ((await store.destroySeals(userId, erasedAt)) === 0) return false;
  await store.deleteErased(userId);
  logger.info({ userId, erasedAt }, 'account: erased');
  return true;
}

/**
 * Goes on with the erasures under way, at most fifty in one call. An error in the erasure of one member is logged, and the erasures of the other
 * members go on. Returns how many erasures ended. Throws database/….
 */
export async function carryOnErasures(services: EraseServices): Promise<number> {
  let done = 0;
  for (const userId of await services.store.readErasing(MAX_AT_ONCE)) {
    try {
      const reached = await carryOnErasure(services, userId, { tell: false });
      if (reached?.state === 'erased') done += 1;
    } catch (error) {
      services.logger.error({ userId, code: asFailure(error).code, err: error }, 'account: not erased yet');
    }
  }
  return done;
}

/**
 * Deletes again the erased members that a restored backup has brought back. Call `repeatErasures` before the process serves any request. Returns how
 * many members were deleted, which is 0 unless a backup was restored. Throws database/….
 */
export async function repeatErasures({
  store,
  logger,
  erasures,
}: Pick<EraseServices, 'store' | 'logger' | 'erasures'>): Promise<number> {
  const again = await store.repeatErasures((await erasures?.read()) ?? []);
  if (again > 0) logger.error({ again }, 'alert: a restored database held erased members, they are erased again');
  return again;
}
