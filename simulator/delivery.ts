// Puts an answer on the wire, whole or spoilt, and closes its history entry.
// By the time it runs, truth has changed or not; nothing here can take that back.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HistoryEntry } from './history.ts';
import type { Loss } from './knob-shapes.ts';
import type { Call } from './knobs.ts';
import { oddPage, statusPage } from './pages.ts';
import { htmlReply, type Reply } from './reply.ts';
import { systemMs } from './sim-clock.ts';
import { resetSocket } from './sockets.ts';
import { summaryOf } from './summary.ts';
import type { World } from './world.ts';

/** Where an answer goes. */
export interface Wire {
  world: World;
  call: Call;
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

/** How the head tells where the body ends: truly, by a length too large, or by chunks. */
type Frame = 'true' | 'overlong' | 'chunked';

/** Prepares the head that promises the whole body, and answers the body: as text, which Node sends with the head in one write. */
function begin(wire: Wire, reply: Reply, frame: Frame = 'true'): string {
  const { before, after } = reply.around ?? { before: '', after: '' };
  const body = before + (reply.html ?? JSON.stringify(reply.json) ?? '') + after;
  wire.response.writeHead(reply.status, headersOf(wire, reply, frameOf(body, frame)));
  wire.entry.status = reply.status;
  wire.entry.answer = summaryOf(reply);
  return body;
}

const MISSING_BYTES = 64;
function frameOf(body: string, frame: Frame): Record<string, string | number> {
  if (frame === 'chunked') return { 'transfer-encoding': 'chunked' };
  return { 'content-length': Buffer.byteLength(body) + (frame === 'overlong' ? MISSING_BYTES : 0) };
}

function headersOf({ world, call }: Wire, reply: Reply, frame: Record<string, string | number>) {
  return {
    date: dateHeader(world, call),
    'content-type': 'text/html; charset=UTF-8',
    ...frame,
    ...(reply.setCookies && reply.setCookies.length > 0 ? { 'set-cookie': reply.setCookies } : {}),
    ...reply.headers,
    ...world.knobs.take('headers', call)?.set,
  };
}

/** Whole seconds of the gym's clock, cut off: the header flips at the very instant the second does. */
function dateHeader(world: World, call: Call): string {
  const offsetMs = world.knobs.take('date-offset', call)?.offsetMs ?? 0;
  return new Date(Math.floor((world.clock.nowMs() + offsetMs) / 1000) * 1000).toUTCString();
}

const broken = (wire: Wire, act: (socket: Socket) => void): void => {
  wire.entry.broke = 'simulator';
  if (wire.response.socket) act(wire.response.socket);
};

/** Every byte of the body goes out, and then the connection closes before the frame says that this was all. */
function wholeThenCut(wire: Wire, reply: Reply, frame: Frame): void {
  const body = begin(wire, reply, frame);
  wire.response.write(body, () => broken(wire, (socket) => socket.destroySoon()));
  wire.entry.answeredAtMs = systemMs();
}

const GARBAGE = Buffer.from('\u0000\u0001garbage\r\n\u00ff\r\n', 'latin1');
const losses: Record<Loss, (wire: Wire, reply: Reply) => void> = {
  reset: (wire) => broken(wire, resetSocket),
  fin: (wire) => broken(wire, (socket) => socket.destroySoon()),
  garbage: (wire) => broken(wire, (socket) => socket.end(GARBAGE)),
  hang: () => undefined,
  empty: (wire, reply) => whole(wire, { ...reply, html: '' }),
  html: (wire, reply) => whole(wire, { ...reply, html: oddPage }),
  'bad-gateway': (wire) => whole(wire, htmlReply(502, statusPage(502))),
  overlong: (wire, reply) => wholeThenCut(wire, reply, 'overlong'),
  unended: (wire, reply) => wholeThenCut(wire, reply, 'chunked'),
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
