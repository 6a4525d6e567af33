// What the operator is notified of: once when it begins, and once when it is over.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant } from './column.ts';

const newsRow = z.object({ kind: z.string(), since: instant, count: z.number(), isOver: z.boolean() });
/** One notification for the operator, and how many sessions, runs or notices it is about. */
export type News = z.infer<typeof newsRow>;

/** The verbs of the operator's news. */
export const newsStore = (call: Call) => ({
  /** Standing news not sent yet, and sent news that is over. @param agedAt a last success up to it is too old. @param seen our own counts. */
  raiseNews: (agedAt: Date, seen: Readonly<Record<string, number>>, now: Date) =>
    call('raise_news', { aged_at: agedAt, seen, now }, z.array(newsRow)),
  noteNewsTold: (lines: readonly Pick<News, 'kind' | 'isOver'>[], now: Date) =>
    call('note_news_told', { lines, now }, z.number()),
});
