// Everything that a job may use, as one plain object. worker/assemble.ts makes the object; here is only its type.
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
  /** Holds renewals back during pauses (services/renewal/gate.ts); all renewals of this process, for cron and for devices, share this gate. */
  readonly gate?: RenewalGate | undefined;
  readonly dispatch: Dispatch;
  /** False if this deployment keeps no gym logins (e-mail and password) of members. */
  readonly allowKeptLogin?: boolean | undefined;
  readonly access: Access;
  /** The policy that says which persons the service admits as members. */
  readonly admission: AdmissionPolicy;
  readonly family: Family;
  /** Renews members' gym sessions before use; made once per process with `createFreshener(…)`. */
  readonly freshener: Freshener;
  /** This process's identity among the owners of leases; present if a lock proves that the process is alone on its data folder. */
  readonly life?: Life | undefined;
  /** The list of erased members in a file outside the database; present on a machine with a disk. */
  readonly erasures?: ErasureList | undefined;
  /**
   * Calls the dead-man's switch after each refresh run that did not fail, so that an outside monitor notices when runs stop. The promise rejects if
   * the call to the dead-man's switch failed.
   */
  readonly deadman?: (() => Promise<void>) | undefined;
  /** The settings of notices; if absent, only members' own webhooks get notices. */
  readonly notifyOptions?: NotifyOptions | undefined;
  /** The proxy that leads to the gym, and TLS settings with which a test trusts its own certificate. */
  readonly senderOptions?: Pick<TimedSenderOptions, 'tls' | 'proxy'> | undefined;
}
