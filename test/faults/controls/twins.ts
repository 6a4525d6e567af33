// The wrong twins by name. Each is what a hurried engineer would write instead of services/session/renew.ts; the harness must see it.
import type { RefreshRequest } from '../../../jobs/refresh-background-sessions.ts';
import type { RenewServices } from '../../../services/session/renew.ts';
import type { WorkerSetting } from '../worker-orders.ts';
import { naive } from './naive.ts';

/** What a twin puts in the place of the real parts. */
export interface TwinParts {
  readonly services?: RenewServices;
  readonly run?: (services: RenewServices, request: RefreshRequest) => Promise<unknown>;
}
export type Twin = (real: RenewServices, setting: WorkerSetting) => TwinParts;

export const twins: Readonly<Record<string, Twin>> = {
  'naive read-call-write': naive,
};
