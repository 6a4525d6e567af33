// What an app reads of its surroundings, as fixed values for tests about something else: the clocks agree, the queue has no schedules, and there is
// no disk.
import type { Clock } from '../../services/clock.ts';
import type { Probes, Site } from '../../worker/app-context.ts';

export const quietProbes = (clock: Clock): Probes => ({
  databaseTime: async () => clock.now(),
  queue: async () => {},
  queueTime: async () => clock.now(),
  restVersion: async () => undefined,
  disk: async () => {},
  askAsMember: async () => ({ status: 200, code: undefined }),
});

export const quietSite: Site = {
  ticks: true,
  schedules: { list: async () => [], put: async () => {} },
  spoolFolder: undefined,
  region: undefined,
  gymProxy: false,
  operatorChannel: false,
};
