// The operator's alerts: each is sent once when its cause begins, and once when it is over.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant } from './column.ts';

const newsRow = z.object({ kind: z.string(), since: instant, count: z.number(), isOver: z.boolean() });
/** One alert for the operator, and how many sessions, runs or notices it is about. */
export type News = z.infer<typeof newsRow>;

/** The database calls for the operator's alerts. */
export const newsStore = (call: Call) => ({
  /**
   * Gives the alerts to send: the beginning of each current alert that was not sent yet, and the end of each sent alert whose cause is over.
   * @param agedAt a background session last renewed with success at this instant or earlier is too old. @param seen for each kind of alert, the
   * number of cases that this process has seen and that the database does not know.
   */
  raiseNews: (agedAt: Date, seen: Readonly<Record<string, number>>, now: Date) =>
    call('raise_news', { aged_at: agedAt, seen, now }, z.array(newsRow)),
  noteNewsTold: (lines: readonly Pick<News, 'kind' | 'isOver'>[], now: Date) =>
    call('note_news_told', { lines, now }, z.number()),
});
