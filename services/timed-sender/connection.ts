// One connection to the gym, which comes up once, writes prepared bytes, reads whole answers and goes down once. A connection never reconnects and
// never writes a request twice; warm-connection.ts replaces a connection that went down.
import type { Socket } from 'node:net';
import { type Address, dial } from './dial.ts';
import { readAnswer, type WholeAnswer } from './http-response.ts';
import { type BatchOptions, hrtimeMs, type ShotReport, type ShotResult } from './protocol.ts';

/** One request that may be written at most once. `claim` says whether this thread may write the request, and is asked right before the write. */
export interface Flight {
  readonly index: number;
  readonly bytes: Uint8Array;
  claim(): boolean;
  report(shot: ShotReport): void;
}

export interface Connection {
  isIdle(): boolean;
  /** Writes the requests immediately, one after the other; a request whose `claim` returns false is left out. */
  write(flights: readonly Flight[]): void;
  /** Runs the code of a write with no bytes at all, so that the real write does not run that code for the first time. */
  rehearse(): void;
  /** Closes the connection if a request written before `beforeMs` is still unanswered. */
  expire(beforeMs: number): void;
  close(reason: string): void;
}

export interface ConnectionEvents {
  up(): void;
  down(reason: string): void;
}

const NOTHING = new Uint8Array(0);
const UNCLAIMABLE: Flight = { index: -1, bytes: NOTHING, claim: () => false, report: () => undefined };

interface InFlight {
  readonly flight: Flight;
  readonly sentAtMs: number;
  firstByteAtMs: number | undefined;
}

export function openConnection(address: Address, options: BatchOptions, events: ConnectionEvents): Connection {
  const inFlight: InFlight[] = [];
  /** The connection's socket; undefined while the connection is not up. */
  let socket: Socket | undefined;
  let reader = readAnswer();
  const giveUp = dial(address, options, { up, down });
  const patience = setTimeout(() => giveUp('connect-timeout'), options.connectTimeoutMs);

  function up(opened: Socket): void {
    clearTimeout(patience);
    socket = opened;
    opened.on('data', (chunk: Buffer) => hear(chunk, hrtimeMs()));
    opened.on('end', () => heardEnd(hrtimeMs()));
    events.up();
  }
  function down(reason: string): void {
    clearTimeout(patience);
    socket = undefined;
    settleCut();
    for (const { flight, sentAtMs, firstByteAtMs } of inFlight.splice(0)) {
      flight.report(report(flight.index, { kind: 'unknown', reason }, { sentAtMs, firstByteAtMs }));
    }
    events.down(reason);
  }

  function hear(chunk: Buffer, atMs: number): void {
    let bytes = chunk;
    while (bytes.length > 0 && socket?.destroyed === false) {
      const [current] = inFlight;
      // A server that sends something unasked (a 408 on an idle connection) is about to close the connection. Bytes that the server sends unasked are
      // no answer to a shot.
      if (!current) {
        giveUp('unasked-answer');
        return;
      }
      current.firstByteAtMs ??= atMs;
      const answer = attempt(() => reader.push(bytes));
      if (!answer) return;
      bytes = reader.rest();
      settle(current, answer, atMs);
    }
  }
  function heardEnd(atMs: number): void {
    const [current] = inFlight;
    const answer = current && attempt(() => reader.end());
    if (current && answer) settle(current, answer, atMs);
  }
  /**
   * Reports the received part of an answer that the end of the connection cut off; the answer's status or JSON may be whole. The gym reads a request
   * whole before it answers, so a cut answer proves as much about the request as a whole answer does.
   */
  function settleCut(): void {
    const [current] = inFlight;
    const answer = current && attempt(() => reader.cut());
    if (current && answer) settle(current, answer, hrtimeMs());
  }
  function attempt(read: () => WholeAnswer | undefined): WholeAnswer | undefined {
    try {
      return read();
    } catch {
      // Bytes that are no plain answer tell nothing, not even the part of them that could be read.
      reader = readAnswer();
      giveUp('unreadable-answer');
      return undefined;
    }
  }
  function settle(current: InFlight, answer: WholeAnswer, atMs: number): void {
    inFlight.shift();
    reader = readAnswer();
    if (!answer.reusable) giveUp('closed-by-gym');
    const { flight, sentAtMs, firstByteAtMs } = current;
    const times = { sentAtMs, firstByteAtMs, answeredAtMs: atMs, gymDateMs: answer.dateMs };
    flight.report(report(flight.index, { kind: 'answer', raw: answer.raw }, times));
  }
  function write(flights: readonly Flight[]): void {
    if (!socket) return;
    if (flights.length > 1) socket.cork();
    for (const flight of flights) {
      if (!flight.claim()) continue;
      inFlight.push({ flight, sentAtMs: hrtimeMs(), firstByteAtMs: undefined });
      socket.write(flight.bytes);
    }
    if (flights.length > 1) socket.uncork();
  }

  return {
    isIdle: () => socket?.writable === true && inFlight.length === 0,
    write,
    rehearse() {
      write([UNCLAIMABLE]);
      socket?.write(NOTHING);
    },
    expire(beforeMs) {
      if (inFlight.some((one) => one.sentAtMs <= beforeMs)) giveUp('answer-timeout');
    },
    close: giveUp,
  };
}

/** Makes the report on one shot; instants that `times` does not give are undefined. */
export function report(
  index: number,
  result: ShotResult,
  times: Partial<Omit<ShotReport, 'index' | 'result'>> = {},
): ShotReport {
  const none = { sentAtMs: undefined, firstByteAtMs: undefined, answeredAtMs: undefined, gymDateMs: undefined };
  return { index, ...none, ...times, result };
}
