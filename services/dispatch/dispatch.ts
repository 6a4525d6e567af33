// The port to the alarm clock: wake me at T. A message carries a prebooking id and nothing else.
// Nothing is ever cancelled: a wake-up may stand for other members too, and one that finds nothing to do does nothing.
// The queue is never asked what is true: the table is.

export interface WakeUp {
  /** Stands for every prebooking of its box and opening instant. */
  readonly prebookingId: string;
  readonly at: Date;
  /** Two asks with one key within the queue's window are one message; a convenience, never a guarantee. */
  readonly deduplicationId: string;
}

export interface Dispatch {
  /** The longest delay the queue accepts; what lies beyond is armed later by the sweep. */
  readonly longestDelayMs: number;
  /** Answers the queue's message id. Throws queue/unavailable. */
  wake(wakeUp: WakeUp): Promise<string>;
  /** Asks for `parts` further workers on one refresh run, now. Leases divide the work, not the messages. Throws queue/unavailable. */
  shareRefresh(share: { runId: string; parts: number }): Promise<void>;
  /** Asks to be called at once, for nothing but to see that the call arrives: it leaves a run under this id. Throws queue/unavailable. */
  callBack(runId: string): Promise<void>;
}
