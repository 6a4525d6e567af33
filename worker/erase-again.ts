// At a process's start, erases again the members that a restored backup brought back. While a database is being restored it may be unreachable, so
// the erasure is tried again each minute until it succeeds.
import { repeatErasures } from '../services/account/erase.ts';
import { asFailure } from '../services/failures.ts';
import type { AppContext } from './app-context.ts';
import type { Services } from './services.ts';

const PAUSE_MS = 60_000;

/**
 * Erases again the members that a restored backup brought back; resolves after the first try. After a failed first try, further tries go on by
 * themselves until one succeeds or the process stops. `further` resolves when there is no further try.
 */
export async function eraseAgain(
  services: Services,
  { stopping }: Pick<AppContext, 'stopping'>,
): Promise<{ readonly further: Promise<void> }> {
  const { clock, logger } = services;
  const isDone = async (): Promise<boolean> => {
    try {
      await repeatErasures(services);
      return true;
    } catch (error) {
      const { code, cause } = asFailure(error);
      if (code.startsWith('database/'))
        logger.warn(
          { code },
          'account: the list of erased members could not be applied to the database; it is tried again each minute',
        );
      else logger.error({ err: cause ?? error }, 'alert: the list of erased members cannot be read');
      return false;
    }
  };
  const goOn = async () => {
    while (!stopping.aborted) {
      await clock.sleep(PAUSE_MS, stopping).catch(() => undefined);
      if (stopping.aborted || (await isDone())) return;
    }
  };
  return { further: (await isDone()) ? Promise.resolve() : goOn() };
}
