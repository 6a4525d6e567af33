// The doctor's checks inside the running service: everything that tonight's races need. The checks change no data except one row of `runs`.
import { Failure } from '../../services/failures.ts';
import type { AppContext } from '../app-context.ts';
import type { Services } from '../services.ts';
import { type Examination, examinationOf } from './check.ts';
import { examineDatabase, readInstallation } from './database-checks.ts';
import { examinePlace } from './place-checks.ts';
import { examineClocks, examineQueue, ROUND_TRIP_MS } from './queue-checks.ts';

/**
 * Runs every check and returns the results in a fixed order, within half a minute. Never throws.
 * @param roundTripMs how long, in ms, the check of the queue waits for the test call that it asked the queue to make to this service.
 */
export async function examine(
  services: Services,
  context: AppContext,
  roundTripMs = ROUND_TRIP_MS,
): Promise<Examination> {
  const installation = await readInstallation(services);
  const known = installation instanceof Failure ? undefined : installation;
  const databaseNow = known && (async () => (await services.store.readInstallation()).now);
  const [database, queue, clock, place] = await Promise.all([
    examineDatabase({ services, context, installation }),
    examineQueue({ services, context, roundTripMs }),
    examineClocks(services, context, databaseNow),
    examinePlace(services, context, known?.box),
  ]);
  return examinationOf([...database, ...queue, clock, ...place]);
}
