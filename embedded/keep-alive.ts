// Keeps one child alive: starts it again when it dies, with a growing pause between tries. It does not know which program it keeps
// (database/postgres.ts and database/postgrest.ts do).
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Child } from './child.ts';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;
/** A child that lived this long was healthy: the next death starts with the short pause again. */
const HEALTHY_MS = 30_000;

export interface Kept {
  stop(): Promise<void>;
  /** Stops the child and lets it be started again at once. */
  restart(): Promise<void>;
}

export interface KeepOptions {
  readonly name: string;
  readonly logger: Logger;
  /** Starts the child and resolves when it is ready to serve. */
  readonly start: () => Promise<Child>;
  /** Called after every start but the first. */
  readonly onBack?: () => void;
}

/** Starts the child (a failure of this first start is thrown) and keeps it alive until stopped. */
export async function keepChild({ name, logger, start, onBack }: KeepOptions): Promise<Kept> {
  let child = await start();
  let wanted = false;
  let pauseMs = FIRST_PAUSE_MS;
  const stopping = new AbortController();

  const startAgain = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await wait(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
      if (stopping.signal.aborted) return;
      pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 2);
      try {
        child = await start();
        logger.warn({ part: name }, 'embedded part is back');
        onBack?.();
        return;
      } catch (err) {
        logger.error({ part: name, pauseMs, err }, 'embedded part did not start; trying again');
      }
    }
  };

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const startedMs = performance.now();
      const code = await child.exited;
      if (stopping.signal.aborted) return;
      if (!wanted) logger.error({ part: name, code }, 'embedded part died; starting it again');
      if (wanted || performance.now() - startedMs > HEALTHY_MS) pauseMs = FIRST_PAUSE_MS;
      wanted = false;
      await startAgain();
    }
  };

  const watching = watch();
  return {
    restart: async () => {
      // A child that is gone is being started again already.
      if (child.isGone()) return;
      wanted = true;
      await child.stop();
    },
    stop: async () => {
      stopping.abort();
      await child.stop();
      await watching;
      // If we stopped during a start, that start has made a new child.
      await child.stop();
    },
  };
}
