// Erases a member, step by step; each step may be repeated. Prebookings that are not armed are withdrawn; armed ones run to their end. Then the
// last notice is sent. The member's id is written to a file outside the database. The key of their seals is destroyed, then their rows are
// deleted. Bookings at the gym stay.
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
  /** Absent: no disk, so a restored backup is not erased again. */
  readonly erasures?: ErasureList | undefined;
}

/** How far an erasure is. An `erasing` one goes on by itself, once its `live` prebookings have ended. */
export type Erased = { readonly state: 'erased' } | { readonly state: 'erasing'; readonly live: number };

/** How long the erasure waits for a channel that does not take the last notice. */
const TELL_MS = 60 * 60_000;
const MAX_AT_ONCE = 50;

/** Begins an erasure or carries it on; undefined for no member. @param tell delivers the notices that are due. Throws database/…. */
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

/** The file first: from then on even a backup of this minute is erased again. */
async function destroy({ store, clock, logger, erasures }: EraseServices, userId: string): Promise<boolean> {
  const erasedAt = clock.now();
  await erasures?.keep({ userId, erasedAt: erasedAt.toISOString() });
  if ((await store.destroySeals(userId, erasedAt)) === 0) return false;
  await store.deleteErased(userId);
  logger.info({ userId, erasedAt }, 'account: erased');
  return true;
}

/** Carries on every erasure under way. An error with one member is logged, and the others go on. Returns how many are done. Throws database/…. */
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
 * Erases again the members that a restored database has back. Call it before anything is served. Returns how many members were deleted; there
 * should be none. Throws database/….
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
