// Keeps one child process alive: starts the child again when it dies, with a growing pause between two tries to start it. This file does not know
// which program the child is; database/postgres.ts and database/postgrest.ts do.
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Child } from './child.ts';

const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 5_000;
/** A child that ran this long (in ms) was healthy: when that child dies, the first try to start it again comes after the shortest pause. */
const HEALTHY_MS = 30_000;

export interface Kept {
  stop(): Promise<void>;
  /** Stops the child, which is then started again after the shortest pause. */
  restart(): Promise<void>;
}

export interface KeepOptions {
  readonly name: string;
  readonly logger: Logger;
  /** Starts the child and resolves when it is ready to serve. */
  readonly start: () => Promise<Child>;
  /** Called after every successful start of the child except the first. */
  readonly onBack?: () => void;
}

/** Starts the child and keeps it alive until `stop` is called. Throws what the first start of the child throws. */
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
      // If the child has ended, the loop in `watch` is already starting it again.
      if (child.isGone()) return;
      wanted = true;
      await child.stop();
    },
    stop: async () => {
      stopping.abort();
      await child.stop();
      await watching;
      // If `stop` came during a start, that start may have made another child, which is stopped here.
      await child.stop();
    },
  };
}
