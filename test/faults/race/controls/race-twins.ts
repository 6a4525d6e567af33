// The wrong twins of the race by name. Each is what a hurried engineer would write; the harness must see it.
import type { Services } from '../../../../services/services.ts';
import type { RaceSetting } from '../orders.ts';
import type { Engine } from '../worker-process.ts';

export type RaceTwin = (services: Services, setting: RaceSetting) => Partial<Engine>;

export const raceTwins: Readonly<Record<string, RaceTwin>> = {};
