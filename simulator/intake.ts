// Reads requests off the sockets and stamps them. Every socket that has something is read and stamped before
// the first of them is judged: a thousand calls of one instant keep their true arrival times.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemMs } from './sim-clock.ts';

export interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
  arrivedAtMs: number;
  bodyReadAtMs: number;
}

const BODY_LIMIT = 1_000_000;

/** Calls `judge` for each arrival, in the order in which their last bytes were read. */
export function createIntake(judge: (arrival: Arrival) => void) {
  let waiting: Arrival[] = [];
  function drain(): void {
    const batch = waiting;
    waiting = [];
    for (const arrival of batch) judge(arrival);
  }
  function enqueue(arrival: Arrival): void {
    if (waiting.length === 0) setImmediate(drain);
    waiting.push(arrival);
  }
  return (request: IncomingMessage, response: ServerResponse): void => {
    const arrivedAtMs = systemMs();
    const arrival = { request, response, body: '', arrivedAtMs, bodyReadAtMs: arrivedAtMs };
    if (request.method !== 'GET') collect(request, arrival, enqueue);
    else {
      request.resume();
      enqueue(arrival);
    }
  };
}

function collect(request: IncomingMessage, arrival: Arrival, done: (arrival: Arrival) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    arrival.bodyReadAtMs = systemMs();
    size += chunk.length;
    chunks.push(chunk);
    if (size > BODY_LIMIT) request.destroy();
  });
  // A request that breaks off before its end was never received: no judgement, no history.
  request.on('end', () => {
    arrival.body = Buffer.concat(chunks).toString('utf8');
    done(arrival);
  });
  request.on('error', () => undefined);
}
