// The port to the queue, which only wakes us: call me at T. A message carries a prebooking id and nothing else. No message is ever cancelled: a
// wake-up may stand for other members too, and one that finds no work does nothing. The queue's state decides nothing: the table does.

export interface WakeUp {
  /** Stands for every prebooking of its box and opening instant. */
  readonly prebookingId: string;
  readonly at: Date;
  /** Two calls with one key within the queue's window are one message; a convenience, not a guarantee. */
  readonly deduplicationId: string;
}

export interface Dispatch {
  /** The longest delay the queue accepts; the sweep schedules later instants when they come nearer. */
  readonly longestDelayMs: number;
  /** Returns the queue's message id. Throws queue/unavailable. */
  wake(wakeUp: WakeUp): Promise<string>;
  /** Asks the queue for `parts` further calls on one refresh run, now. Leases divide the sessions among them. Throws queue/unavailable. */
  shareRefresh(share: { runId: string; parts: number }): Promise<void>;
  /** Asks to be called at once, to test that a call arrives: the call leaves a run under this id. Throws queue/unavailable. */
  callBack(runId: string): Promise<void>;
}
