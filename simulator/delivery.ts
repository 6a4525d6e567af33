// Puts an answer on the wire, whole or spoilt, and closes its history entry.
// By the time it runs, truth has changed or not; nothing here can take that back.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HistoryEntry } from './history.ts';
import type { Loss } from './knob-shapes.ts';
import type { AnyCall } from './knobs.ts';
import { oddPage, statusPage } from './pages.ts';
import { htmlReply, type Reply } from './reply.ts';
import { systemMs } from './sim-clock.ts';
import { resetSocket } from './sockets.ts';
import { summaryOf } from './summary.ts';
import type { World } from './world.ts';

/** Where an answer goes; `call` is absent for a call the gym does not know, which no knob concerns. */
export interface Wire {
  world: World;
  call: AnyCall;
  response: ServerResponse;
  entry: HistoryEntry;
}

/** Sends the reply, or loses it in the manner asked for. */
export function deliver(wire: Wire, reply: Reply, how?: Loss): void {
  const { world, response, entry } = wire;
  response.once('close', () => {
    if (!response.writableFinished && entry.broke === null) entry.broke = 'client';
    world.history.record(entry);
  });
  if (how === undefined) whole(wire, reply);
  else losses[how](wire, reply);
}

function whole(wire: Wire, reply: Reply): void {
  const body = begin(wire, reply);
  wire.response.end(body);
  wire.entry.answeredAtMs = systemMs();
}

/** Prepares the head that promises the whole body, and answers the body: as text, which Node sends with the head in one write. */
function begin(wire: Wire, reply: Reply): string {
  const body = reply.html ?? JSON.stringify(reply.json) ?? '';
  wire.response.writeHead(reply.status, headersOf(wire, reply, body));
  wire.entry.status = reply.status;
  wire.entry.answer = summaryOf(reply);
  return body;
}

function headersOf({ world, call }: Wire, reply: Reply, body: string) {
  return {
    date: dateHeader(world, call),
    'content-type': 'text/html; charset=UTF-8',
    'content-length': Buffer.byteLength(body),
    ...(reply.setCookies && reply.setCookies.length > 0 ? { 'set-cookie': reply.setCookies } : {}),
    ...reply.headers,
    ...world.knobs.take('headers', call)?.set,
  };
}

/** Whole seconds of the gym's clock, cut off: the header flips at the very instant the second does. */
function dateHeader(world: World, call: AnyCall): string {
  const offsetMs = world.knobs.take('date-offset', call)?.offsetMs ?? 0;
  return new Date(Math.floor((world.clock.nowMs() + offsetMs) / 1000) * 1000).toUTCString();
}

const broken = (wire: Wire, act: (socket: Socket) => void): void => {
  wire.entry.broke = 'simulator';
  if (wire.response.socket) act(wire.response.socket);
};

const GARBAGE = Buffer.from('\u0000\u0001garbage\r\n\u00ff\r\n', 'latin1');
const losses: Record<Loss, (wire: Wire, reply: Reply) => void> = {
  reset: (wire) => broken(wire, resetSocket),
  fin: (wire) => broken(wire, (socket) => socket.destroySoon()),
  garbage: (wire) => broken(wire, (socket) => socket.end(GARBAGE)),
  hang: () => undefined,
  empty: (wire, reply) => whole(wire, { ...reply, html: '' }),
  html: (wire, reply) => whole(wire, { ...reply, html: oddPage }),
  'bad-gateway': (wire) => whole(wire, htmlReply(502, statusPage(502))),
  truncated: (wire, reply) => {
    const body = Buffer.from(begin(wire, reply));
    const half = body.subarray(0, Math.floor(body.length / 2));
    wire.response.write(half, () => broken(wire, (socket) => socket.destroySoon()));
  },
  trickle: (wire, reply) => {
    const body = Buffer.from(begin(wire, reply));
    wire.response.flushHeaders();
    let sent = 0;
    const timer = setInterval(() => {
      wire.response.write(body.subarray(sent, sent + 1));
      sent++;
      if (sent >= body.length) wire.response.end();
    }, 1000);
    wire.response.once('close', () => clearInterval(timer));
  },
};
