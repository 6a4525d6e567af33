// Everything a job may use, as one plain object. worker/assemble.ts makes it; nothing here chooses or starts anything.
import type { Logger } from 'pino';
import type { Clock } from './clock.ts';
import type { Dispatch } from './dispatch/dispatch.ts';
import type { Gym } from './gym/gym.ts';
import type { Access } from './identity/access.ts';
import type { Family } from './identity/family.ts';
import type { NotifyOptions } from './notify/notify.ts';
import type { Freshener } from './renewal/freshen.ts';
import type { Spool } from './renewal/spool.ts';
import type { Seal } from './seal/seal.ts';
import type { Store } from './store/store.ts';
import type { StarterOptions } from './timed-sender/timed-sender.ts';

export interface Services {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly spool: Spool;
  readonly dispatch: Dispatch;
  readonly access: Access;
  readonly family: Family;
  /** Made with `createFreshener(…)` from the parts above, one a process. */
  readonly freshener: Freshener;
  /** Absent: members' own channels alone. */
  readonly notifyOptions?: NotifyOptions | undefined;
  /** For a gym whose certificate only a test trusts. */
  readonly starterOptions?: Pick<StarterOptions, 'tls'> | undefined;
}
