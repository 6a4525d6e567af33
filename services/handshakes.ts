// How long TCP handshakes take, from connections that are made anyway: the way to a host and back without anybody's thinking.
// It opens no connection; services/http.ts tells of each socket that it has begun to open.
import { Socket } from 'node:net';

/** The fastest and the median of the latest handshakes with one host, ms. */
export interface Handshakes {
  readonly fastestMs: number;
  readonly medianMs: number;
}

/** The way to a host changes rarely, and whole pools are opened at once. */
const MAX_AGE_MS = 10 * 60_000;
const MAX_KEPT = 64;

export function timeHandshakes(nowMs: () => number) {
  const seen = new Map<string, { readonly atMs: number; readonly tookMs: number }[]>();
  function note(origin: string, atMs: number): void {
    const young = (seen.get(origin) ?? []).filter((one) => one.atMs > nowMs() - MAX_AGE_MS);
    seen.set(origin, [...young, { atMs, tookMs: nowMs() - atMs }].slice(-MAX_KEPT));
  }
  return {
    /**
     * @param socket just created and not yet connected. Looking up the name is not counted, and of several addresses only the one that
     * answered; nor is TLS, whose handshake begins when TCP's ends and holds the server's own work.
     */
    watch(origin: string, socket: unknown): void {
      if (!(socket instanceof Socket)) return;
      let beganAtMs: number | undefined;
      socket.on('connectionAttempt', () => {
        beganAtMs = nowMs();
      });
      socket.once('connect', () => {
        if (beganAtMs !== undefined) note(origin, beganAtMs);
      });
    },
    /** undefined: none yet, or not lately. */
    of(origin: string): Handshakes | undefined {
      const took = (seen.get(origin) ?? [])
        .filter((one) => one.atMs > nowMs() - MAX_AGE_MS)
        .map((one) => one.tookMs)
        .sort((a, b) => a - b);
      const [fastestMs] = took;
      if (fastestMs === undefined) return undefined;
      return { fastestMs, medianMs: took[Math.floor(took.length / 2)] ?? fastestMs };
    },
  };
}
