// How long an answer received from the gym is only in memory: from the moment its bytes are whole until it is in the spool on disk.
import type { Episode } from './episode.ts';

/** Gives, for each received answer with a token, the milliseconds for which the answer was only in memory. */
export function receiptWindows({ events }: Pick<Episode, 'events'>): number[] {
  return events.flatMap((kept) => {
    if (kept.event !== 'kept') return [];
    const received = events.find(
      (one) => one.event === 'received' && one.pid === kept.pid && one.token === kept.token && one.atMs <= kept.atMs,
    );
    return received ? [kept.atMs - received.atMs] : [];
  });
}

export function describeWindows(windows: readonly number[]): { count: number; ownMs: number; words: string } {
  const sorted = [...windows].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const words = [0.1, 0.5, 0.99, 1].map((share) => at(share).toFixed(2));
  return {
    count: sorted.length,
    // `ownMs` estimates how long an answer is only in memory if its process never waits for a CPU. Times longer than `ownMs` include waits for a CPU.
    ownMs: at(0.1),
    words: `${words[0]} ms by itself (10th percentile), ${words[1]} ms at the median, ${words[2]} ms at the 99th percentile, ${words[3]} ms at most (${sorted.length} answers)`,
  };
}

export const windowsOf = (episodes: readonly Episode[]) => describeWindows(episodes.flatMap(receiptWindows));
