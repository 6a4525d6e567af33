// The interface to the queue. The queue only calls the service: to wake a process at an instant, to share a refresh run, or as a test. A wake-up's
// message carries a prebooking's id. No wake-up is cancelled at the queue: a wake-up may serve other members' prebookings, too, and a wake-up that
// finds no work does nothing. Which prebookings a woken process must race for stands only in the table of prebookings.

export interface WakeUp {
  /** The prebooking whose race the wake-up is to start; the wake-up serves every prebooking of the same box and opening. */
  readonly prebookingId: string;
  readonly at: Date;
  /** Two wake-ups with the same `deduplicationId` within the queue's deduplication period usually make one message; nothing relies on that. */
  readonly deduplicationId: string;
}

export interface Dispatch {
  /** The longest delay, in ms, that the queue accepts. A wake-up further ahead is scheduled by the sweep, once its delay is short enough. */
  readonly longestDelayMs: number;
  /** Asks the queue for a wake-up and returns the queue's message id. Throws queue/unavailable. */
  wake(wakeUp: WakeUp): Promise<string>;
  /**
   * Asks the queue for `parts` further calls for one refresh run, all to be made without a delay. A process that receives a call for a part of a
   * refresh run leases some of the due sessions, so that no two parts renew the same session. Throws queue/unavailable.
   */
  shareRefresh(share: { runId: string; parts: number }): Promise<void>;
  /**
   * Asks the queue to make one call immediately, to test that calls arrive: the call writes a row into `runs` under `runId`. Throws
   * queue/unavailable.
   */
  callBack(runId: string): Promise<void>;
}
