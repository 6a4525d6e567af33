// Keeps the race's sender thread open for the life of the process. A machine with too little memory for it fails at the start, and not seconds
// before an opening. It sends nothing here; each race opens its own sender on the same thread.
import { Failure } from '../services/failures.ts';
import { openTimedSender } from '../services/timed-sender/timed-sender.ts';

/** Resolves when the thread has answered. Throws stack/start-failed when it cannot run. */
export async function holdSenderThread(): Promise<{ release(): Promise<void> }> {
  const sender = await openTimedSender();
  // The thread itself answers an empty load; a sender without its thread fails the second time.
  await sender.load([]);
  await sender.load([]).catch((cause: unknown) => {
    throw new Failure('stack/start-failed', 'The thread that sends bookings cannot run: is there enough memory?', {
      cause,
    });
  });
  return { release: () => sender.close() };
}
