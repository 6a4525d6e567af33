// Everything a job may use, as one plain object. worker/assemble.ts makes it; this file chooses and starts nothing.
import type { Logger } from 'pino';
import type { ErasureList } from '../services/account/erasure-list.ts';
import type { Clock } from '../services/clock.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import type { Gym } from '../services/gym/gym.ts';
import type { Access } from '../services/identity/access.ts';
import type { Family } from '../services/identity/family.ts';
import type { NotifyOptions } from '../services/notify/notify.ts';
import type { Life } from '../services/owner.ts';
import type { Freshener } from '../services/renewal/freshen.ts';
import type { RenewalGate } from '../services/renewal/gate.ts';
import type { Spool } from '../services/renewal/spool.ts';
import type { Seal } from '../services/seal/seal.ts';
import type { AdmissionPolicy } from '../services/store/admission-store.ts';
import type { Store } from '../services/store/store.ts';
import type { TimedSenderOptions } from '../services/timed-sender/timed-sender.ts';

export interface Services {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly spool: Spool;
  /** The pauses that the gym has asked for; one a process. */
  readonly gate?: RenewalGate | undefined;
  readonly dispatch: Dispatch;
  /** False: this deployment keeps no logins at the gym. */
  readonly allowKeptLogin?: boolean | undefined;
  readonly access: Access;
  /** The admission policy. */
  readonly admission: AdmissionPolicy;
  readonly family: Family;
  /** Made with `createFreshener(…)` from the parts above, one a process. */
  readonly freshener: Freshener;
  /** Set when a lock proves that this process is alone on its data folder. */
  readonly life?: Life | undefined;
  /** Set on a machine with a disk: the list of erased members, outside of the database. */
  readonly erasures?: ErasureList | undefined;
  /** Called after every good refresh run, so that an outside monitor notices when there is none. Rejects when the call failed. */
  readonly deadman?: (() => Promise<void>) | undefined;
  /** Absent: members' own channels alone. */
  readonly notifyOptions?: NotifyOptions | undefined;
  /** The proxy that leads to the gym; a certificate that only a test trusts. */
  readonly senderOptions?: Pick<TimedSenderOptions, 'tls' | 'proxy'> | undefined;
}
