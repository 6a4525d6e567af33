// Puts an answer on the wire, whole or spoilt, and closes its history entry.
// By the time it runs, truth has changed or not; nothing here can take that back.
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HistoryEntry } from './history.ts';
import type { Loss } from './knob-shapes.ts';
import { oddPage, statusPage } from './pages.ts';
import { htmlReply, type Reply } from './reply.ts';
import { systemMs } from './sim-clock.ts';
import { resetSocket } from './sockets.ts';
import { summaryOf } from './summary.ts';
import type { World } from './world.ts';

/** Sends the reply, or loses it in the manner asked for. */
export function deliver(world: World, response: ServerResponse, entry: HistoryEntry, reply: Reply, how?: Loss): void {
  response.once('close', () => {
    if (!response.writableFinished && entry.broke === null) entry.broke = 'client';
    world.history.record(entry);
  });
  const wire = { world, response, entry };
  if (how === undefined) whole(wire, reply);
  else losses[how](wire, reply);
}

interface Wire {
  world: World;
  response: ServerResponse;
  entry: HistoryEntry;
}

function whole({ world, response, entry }: Wire, reply: Reply): void {
  const body = bodyOf(reply);
  response.writeHead(reply.status, headersOf(world, entry, reply, body));
  response.end(body);
  entry.answer = summaryOf(reply);
  entry.status = reply.status;
  entry.answeredAtMs = systemMs();
}

const bodyOf = (reply: Reply): Buffer => Buffer.from(reply.html ?? JSON.stringify(reply.json) ?? '');

function headersOf(world: World, entry: HistoryEntry, reply: Reply, body: Buffer) {
  return {
    date: dateHeader(world, entry),
    'content-type': 'text/html; charset=UTF-8',
    'content-length': body.length,
    ...(reply.setCookies && reply.setCookies.length > 0 ? { 'set-cookie': reply.setCookies } : {}),
    ...reply.headers,
  };
}

/** Whole seconds of the gym's clock, cut off: the header flips at the very instant the second does. */
function dateHeader(world: World, entry: HistoryEntry): string {
  const call = { op: entry.op === 'unknown' ? ('schedule' as const) : entry.op, box: entry.box ?? undefined };
  const offsetMs = world.knobs.take('date-offset', { ...call, memberId: entry.memberId ?? undefined })?.offsetMs ?? 0;
  return new Date(Math.floor((world.clock.nowMs() + offsetMs) / 1000) * 1000).toUTCString();
}

const broken = (wire: Wire, act: (socket: Socket) => void): void => {
  wire.entry.broke = 'simulator';
  if (wire.response.socket) act(wire.response.socket);
};

const losses: Record<Loss, (wire: Wire, reply: Reply) => void> = {
  reset: (wire) => broken(wire, resetSocket),
  fin: (wire) => broken(wire, (socket) => socket.destroySoon()),
  garbage: (wire) => broken(wire, (socket) => socket.end(Buffer.from('\u0000\u0001garbage\r\n\u00ff\r\n', 'latin1'))),
  hang: () => undefined,
  empty: (wire, reply) => whole(wire, { ...reply, html: '' }),
  html: (wire, reply) => whole(wire, { ...reply, html: oddPage }),
  'bad-gateway': (wire) => whole(wire, htmlReply(502, statusPage(502))),
  truncated: (wire, reply) => {
    const body = begin(wire, reply);
    wire.response.write(body.subarray(0, Math.floor(body.length / 2)), () =>
      broken(wire, (socket) => socket.destroySoon()),
    );
  },
  trickle: (wire, reply) => {
    const body = begin(wire, reply);
    let sent = 0;
    const timer = setInterval(() => {
      wire.response.write(body.subarray(sent, sent + 1));
      sent++;
      if (sent >= body.length) wire.response.end();
    }, 1000);
    wire.response.once('close', () => clearInterval(timer));
  },
};

/** Sends the head that promises the whole body, and answers the body. */
function begin({ world, response, entry }: Wire, reply: Reply): Buffer {
  const body = bodyOf(reply);
  response.writeHead(reply.status, headersOf(world, entry, reply, body));
  response.flushHeaders();
  entry.status = reply.status;
  entry.answer = summaryOf(reply);
  return body;
}
