// Makes an arrival out of a request: the request with its whole body and the instants at which its head and its last byte were read off the socket.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Stamps } from './stamps.ts';

export interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
  arrivedAtMs: number;
  bodyReadAtMs: number;
}

// The most bytes that a request's body may have: a control call's body may hold a scenario of ten thousand members.
const BODY_LIMIT = 64_000_000;

/** Calls `judge` with the arrival once the request's body has come whole. For a request that breaks off before its end, `judge` is not called. */
export function createIntake(stamps: Stamps, judge: (arrival: Arrival) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const arrivedAtMs = stamps.readAtMs(request.socket);
    const arrival = { request, response, body: '', arrivedAtMs, bodyReadAtMs: arrivedAtMs };
    const chunks: Buffer[] = [];
    let size = 0;
    const push = request.push.bind(request);
    // A chunk's stamp (when it was read off the socket) can be asked for only while the parser pushes the chunk, not in the stream's own events.
    request.push = (chunk: Buffer | null) => {
      if (chunk === null) {
        arrival.body = Buffer.concat(chunks).toString('utf8');
        judge(arrival);
        return push(null);
      }
      arrival.bodyReadAtMs = stamps.readAtMs(request.socket);
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else request.destroy();
      return true;
    };
    request.on('error', () => undefined);
    request.resume();
  };
}
