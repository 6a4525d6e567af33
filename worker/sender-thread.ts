// Keeps the thread that sends races' requests open for the life of the process. On a machine with too little memory for the thread, the process fails
// when it starts, and not seconds before an opening. This file sends no booking; each race opens its own sender on the thread that this file keeps
// open.
import { Failure } from '../services/failures.ts';
import { openTimedSender } from '../services/timed-sender/timed-sender.ts';

/** Starts the thread, and resolves when the thread has answered a first call. Throws stack/start-failed when the thread cannot run. */
export async function holdSenderThread(): Promise<{ release(): Promise<void> }> {
  const sender = await openTimedSender();
  // Loading an empty list of requests makes the thread answer, which proves that it runs; without a thread the call fails.
  await sender.load([]);
  await sender.load([]).catch((cause: unknown) => {
    throw new Failure('stack/start-failed', 'The thread that sends bookings cannot run: is there enough memory?', {
      cause,
    });
  });
  return { release: () => sender.close() };
}
