// The wrong twins of the renewal, by name. Each twin is what a hurried engineer would write instead of services/renewal/renew.ts; the campaign must
// fail on each.
import type { RefreshRequest } from '../../../jobs/refresh-background-sessions.ts';
import type { RenewServices } from '../../../services/renewal/renew.ts';
import type { WorkerSetting } from '../worker-orders.ts';
import { alwaysTrueLock } from './always-true-lock.ts';
import { deletedUnclear } from './deleted-unclear.ts';
import { fencedDrop } from './fenced-drop.ts';
import { jarReplace } from './jar-replace.ts';
import { leaseOnly } from './lease-only.ts';
import { naive } from './naive.ts';
import { retriedPost } from './retried-post.ts';
import { updatedAt } from './updated-at.ts';

/** What a wrong twin puts in the place of the service's own functions; where a field is absent, the service's own functions are used. */
export interface TwinParts {
  readonly services?: RenewServices;
  readonly run?: (services: RenewServices, request: RefreshRequest) => Promise<unknown>;
}
export type Twin = (real: RenewServices, setting: WorkerSetting) => TwinParts;

export const twins: Readonly<Record<string, Twin>> = {
  'naive read-call-write': naive,
  'lease only': leaseOnly,
  'fenced-drop': fencedDrop,
  'deletes an unclear answer': deletedUnclear,
  'always-true lock': alwaysTrueLock,
  'jar replace': jarReplace,
  'freshness from updated_at': updatedAt,
  'p-retry around the POST': retriedPost,
};
