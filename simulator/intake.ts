// Makes an arrival out of a request: its whole body, and when head and last byte were read off the socket.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Stamps } from './stamps.ts';

export interface Arrival {
  request: IncomingMessage;
  response: ServerResponse;
  body: string;
  arrivedAtMs: number;
  bodyReadAtMs: number;
}

// Room for a scenario of ten thousand members.
const BODY_LIMIT = 64_000_000;

/** Calls `judge` once the body is whole. A request that breaks off before its end was never received. */
export function createIntake(stamps: Stamps, judge: (arrival: Arrival) => void) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const arrivedAtMs = stamps.readAtMs(request.socket);
    const arrival = { request, response, body: '', arrivedAtMs, bodyReadAtMs: arrivedAtMs };
    const chunks: Buffer[] = [];
    let size = 0;
    const push = request.push.bind(request);
    // The parser pushes while the chunk's stamp is at hand; the stream's own events would come too late to ask for it.
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
