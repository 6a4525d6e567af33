// How long TCP handshakes take, from connections that are made anyway: the way to a host and back without a server's work. It opens no
// connection; services/http.ts reports each socket that it has begun to open.
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The fastest and the median of the latest handshakes with one host, ms. */
export interface Handshakes {
  readonly fastestMs: number;
  readonly medianMs: number;
}

/** `tlsMs` follows TCP's, and holds the server's own work; undefined without TLS, or until it is done. */
interface Seen {
  readonly atMs: number;
  readonly tcpMs: number;
  tlsMs: number | undefined;
}

/** The way to a host changes rarely, and whole pools are opened at once. */
const MAX_AGE_MS = 10 * 60_000;
const MAX_KEPT = 64;
/** TLS takes one more round trip, or two, and this much work. If it takes longer, a relay near us answered TCP's handshake. */
const MAX_TLS_ROUNDS = 2;
const MAX_TLS_WORK_MS = 20;

/** Keeps the handshake times of sockets, by origin. `nowMs` is any clock that never jumps. */
export function timeHandshakes(nowMs: () => number) {
  const kept = new Map<string, Seen[]>();
  const latest = (origin: string) => (kept.get(origin) ?? []).filter((one) => one.atMs > nowMs() - MAX_AGE_MS);
  function note(origin: string, one: Seen): void {
    kept.set(origin, [...latest(origin), one].slice(-MAX_KEPT));
  }
  return {
    /** @param socket just created. Looking up the name is not counted, and of several addresses only the one that answered. */
    watch(origin: string, socket: unknown): void {
      if (!(socket instanceof Socket)) return;
      let beganAtMs: number | undefined;
      socket.on('connectionAttempt', () => {
        beganAtMs = nowMs();
      });
      socket.once('connect', () => {
        if (beganAtMs === undefined) return;
        const one: Seen = { atMs: nowMs(), tcpMs: nowMs() - beganAtMs, tlsMs: undefined };
        note(origin, one);
        if (!(socket instanceof TLSSocket)) return;
        socket.once('secureConnect', () => {
          one.tlsMs = nowMs() - one.atMs;
        });
      });
    },
    /** undefined: none yet, none lately, or TLS shows that TCP's do not measure the way to the host itself. */
    of(origin: string): Handshakes | undefined {
      const seen = latest(origin);
      const tcp = seen.map((one) => one.tcpMs).sort((a, b) => a - b);
      const [fastestMs] = tcp;
      if (fastestMs === undefined) return undefined;
      const tls = seen.flatMap((one) => one.tlsMs ?? []);
      if (tls.length > 0 && Math.min(...tls) > MAX_TLS_ROUNDS * fastestMs + MAX_TLS_WORK_MS) return undefined;
      return { fastestMs, medianMs: tcp[Math.floor(tcp.length / 2)] ?? fastestMs };
    },
  };
}
