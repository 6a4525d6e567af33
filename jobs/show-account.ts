// Everything a page needs after a reload: the member's profile, boxes, background session, devices, channels, the number of plan tokens left, and the
// warnings of `ACCOUNT_WARNINGS`. This job does not ask the gym.
import type { Clock } from '../services/clock.ts';
import type { NotifyOptions } from '../services/notify/notify.ts';
import { isAssumed } from '../services/prebooking/possible-openings.ts';
import { UNUSABLE } from '../services/prebooking/readiness.ts';
import type { OwnBox } from '../services/store/box-store.ts';
import type { Account } from '../services/store/profile-store.ts';
import type { Store } from '../services/store/store.ts';

/**
 * - `login-needed`: the service has no gym login for booking, and the member has to sign in at the gym;
 * - `no-channel`: the member has no address for notices, which are then only shown in the app;
 * - `quota`: no plan token is left to the member in the current period of the plan at puntual;
 * - `zone-assumed`: the time zone of one of the boxes is a guess;
 * - `unplaced-boxes`: the gym named a box that the service could not identify.
 */
export const ACCOUNT_WARNINGS = ['login-needed', 'no-channel', 'quota', 'zone-assumed', 'unplaced-boxes'] as const;
export type AccountWarning = (typeof ACCOUNT_WARNINGS)[number];

/** The member's plan at puntual, and how many plan tokens are left in the plan's current period. */
export type Usage = NonNullable<Awaited<ReturnType<Store['readUsage']>>>;

export interface ShownAccount {
  /** The member's row; undefined for a person who has no such row yet. */
  readonly account: Account | undefined;
  readonly boxes: readonly OwnBox[];
  readonly usage: Usage | undefined;
  readonly warnings: readonly AccountWarning[];
}

export interface ShowServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly notifyOptions?: NotifyOptions | undefined;
}

/** Throws database/…. */
export async function showAccount(services: ShowServices, { userId }: { userId: string }): Promise<ShownAccount> {
  const { store, clock } = services;
  const [account, boxes, usage] = await Promise.all([
    store.readAccount(userId),
    store.readMemberBoxes(userId),
    store.readUsage(userId, clock.now()),
  ]);
  const known = { account: account ?? undefined, boxes, usage: usage ?? undefined };
  return { ...known, warnings: warningsOf(services, known) };
}

function warningsOf({ notifyOptions }: ShowServices, known: Omit<ShownAccount, 'warnings'>): AccountWarning[] {
  const { account, boxes, usage } = known;
  const found: Record<AccountWarning, boolean> = {
    'login-needed': !account?.background.some(({ status }) => !UNUSABLE.includes(status)),
    'no-channel':
      !account?.channels.some(({ state }) => state === 'live' || state === 'failing') &&
      notifyOptions?.operator === undefined,
    quota: usage !== undefined && !usage.unlimited && usage.tokens === 0,
    'zone-assumed': boxes.some(isAssumed),
    'unplaced-boxes': account?.hasUnplacedBoxes === true,
  };
  return ACCOUNT_WARNINGS.filter((warning) => found[warning]);
}
