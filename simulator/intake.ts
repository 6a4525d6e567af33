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

// The most bytes that a body may have; the limit is this large because the body of a control call may hold a scenario of ten thousand members.
const BODY_LIMIT = 64_000_000;

/** Calls `judge` once a request's body is whole. A request that breaks off before its end counts as never received. */
export function createIntake(stamps: Stamps, judge: (arrival: Arrival) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const arrivedAtMs = stamps.readAtMs(request.socket);
    const arrival = { request, response, body: '', arrivedAtMs, bodyReadAtMs: arrivedAtMs };
    const chunks: Buffer[] = [];
    let size = 0;
    const push = request.push.bind(request);
    // The stamp of a chunk is known only while the parser pushes the chunk; the stream's own events come too late to ask for the stamp.
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
