// How long TCP handshakes take, measured on connections that are made anyway: the travel time to a host and back without a server's work.
// This file opens no connection; services/http.ts reports each socket that it has begun to open.
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The durations of the fastest and of the median TCP handshake among the latest ones with one host, ms. */
export interface Handshakes {
  readonly fastestMs: number;
  readonly medianMs: number;
}

/**
 * The times of one TCP handshake, by the clock `nowMs`. `tlsMs` is the time of the TLS handshake that follows TCP's, the server's work included;
 * undefined without TLS, or until TLS is done.
 */
interface Seen {
  readonly atMs: number;
  readonly tcpMs: number;
  tlsMs: number | undefined;
}

/** A handshake longer ago than this, ms, is not counted. Ten minutes are not too long, because the travel time to a host changes rarely. */
const MAX_AGE_MS = 10 * 60_000;
const MAX_KEPT = 64;
/**
 * A TLS handshake takes one or two round trips (`MAX_TLS_ROUNDS`) and at most `MAX_TLS_WORK_MS` of the server's work. If the fastest TLS handshake
 * takes longer than `MAX_TLS_ROUNDS` and `MAX_TLS_WORK_MS` allow, a relay near puntual, and not the host, answered the TCP handshake.
 */
const MAX_TLS_ROUNDS = 2;
const MAX_TLS_WORK_MS = 20;

/** Measures how long TCP and TLS handshakes take; keeps the latest durations for each origin. `nowMs` reads any clock that never jumps. */
export function timeHandshakes(nowMs: () => number) {
  const kept = new Map<string, Seen[]>();
  const latest = (origin: string) => (kept.get(origin) ?? []).filter((one) => one.atMs > nowMs() - MAX_AGE_MS);
  function note(origin: string, one: Seen): void {
    kept.set(origin, [...latest(origin), one].slice(-MAX_KEPT));
  }
  return {
    /**
     * Measures the TCP handshake of a socket, from the start of the connection attempt that succeeds. The DNS lookup and attempts at other IP
     * addresses do not count. @param socket a socket that was just created and is not connected yet.
     */
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
    /**
     * The handshake times of an origin; undefined without a recent handshake, or where TLS shows that TCP's handshakes do not reach the host
     * itself.
     */
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
