// Sends an answer, whole or spoilt, and then records the call's history entry. Whether the call takes effect is decided before this file sends the
// answer, and nothing in this file takes an effect back.
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

/** Everything that sending an answer needs: the world, the call, the response and the history entry. */
export interface Wire {
  world: World;
  call: Call;
  response: ServerResponse;
  entry: HistoryEntry;
  /** The instant that the Date header tells, by the gym's clock; when absent, the header tells the instant at which the answer is made. */
  stampAtMs?: number | undefined;
}

/** Sends the reply whole, or, if `how` is given, loses or spoils the reply in that way. */
export function deliver(wire: Wire, reply: Reply, how?: Loss): void {
  const { world, response, entry } = wire;
  response.once('close', () => {
    if (!response.writableFinished && entry.broke === null) entry.broke = 'client';
    world.history.record(entry);
  });
  endAfter(wire);
  if (how === undefined) whole(wire, reply);
  else losses[how](wire, reply);
}

/** Obeys the `close-after` knob: the server ends the connection after this answer, although the answer's head says keep-alive. */
function endAfter({ world, call, response }: Wire): void {
  const knob = world.knobs.take('close-after', call);
  const { socket } = response;
  if (!knob || !socket) return;
  const end = () => (knob.how === 'reset' ? resetSocket(socket) : socket.destroySoon());
  response.once('finish', () => (knob.afterMs > 0 ? setTimeout(end, knob.afterMs) : end()));
}

function whole(wire: Wire, reply: Reply): void {
  const { body, encoding } = begin(wire, reply);
  wire.response.end(body, encoding);
  wire.entry.answeredAtMs = systemMs();
}

/** How an answer's head tells where the body ends: by the true length, by a length that is too large, or by chunks. */
type Frame = 'true' | 'overlong' | 'chunked';

interface Body {
  /** The body is text and not bytes, because Node sends a text body together with the head in one write. */
  body: string;
  encoding: 'utf8' | 'latin1';
}

/** Writes the head of an answer and returns the body to send after it. */
function begin(wire: Wire, reply: Reply, frame: Frame = 'true'): Body {
  const { before, after } = reply.around ?? { before: '', after: '' };
  const text = before + (reply.html ?? JSON.stringify(reply.json) ?? '') + after;
  const charset = wire.world.knobs.take('charset', wire.call);
  const written: Body = charset ? { body: inLatin1(text), encoding: 'latin1' } : { body: text, encoding: 'utf8' };
  const declared = charset?.declare ? { 'content-type': 'text/html; charset=ISO-8859-1' } : {};
  wire.response.writeHead(reply.status, headersOf(wire, reply, { ...frameOf(written, frame), ...declared }));
  wire.entry.status = reply.status;
  wire.entry.answer = summaryOf(reply);
  return written;
}

/** ISO-8859-1 has no letters beyond U+00FF, so a question mark stands in for each of them. */
const inLatin1 = (text: string): string => [...text].map((letter) => (letter > '\u00ff' ? '?' : letter)).join('');

const MISSING_BYTES = 64;
function frameOf({ body, encoding }: Body, frame: Frame): Record<string, string | number> {
  if (frame === 'chunked') return { 'transfer-encoding': 'chunked' };
  return { 'content-length': Buffer.byteLength(body, encoding) + (frame === 'overlong' ? MISSING_BYTES : 0) };
}

function headersOf(
  { world, call, stampAtMs = world.clock.nowMs() }: Wire,
  reply: Reply,
  frame: Record<string, string | number>,
) {
  return {
    date: dateHeader(world, call, stampAtMs),
    'content-type': 'text/html; charset=UTF-8',
    ...(reply.setCookies && reply.setCookies.length > 0 ? { 'set-cookie': reply.setCookies } : {}),
    ...reply.headers,
    ...frame,
    ...world.knobs.take('headers', call)?.set,
  };
}

/** The Date header: the instant `atMs`, moved by the `date-offset` knob and cut to whole seconds, so it changes exactly when a second begins. */
function dateHeader(world: World, call: Call, atMs: number): string {
  const offsetMs = world.knobs.take('date-offset', call)?.offsetMs ?? 0;
  return new Date(Math.floor((atMs + offsetMs) / 1000) * 1000).toUTCString();
}

const broken = (wire: Wire, act: (socket: Socket) => void): void => {
  wire.entry.broke = 'simulator';
  if (wire.response.socket) act(wire.response.socket);
};

/** Sends every byte of the body and then closes the connection, although the announced length, or the chunked form, makes the client expect more. */
function wholeThenCut(wire: Wire, reply: Reply, frame: Frame): void {
  const { body, encoding } = begin(wire, reply, frame);
  wire.response.write(body, encoding, () => broken(wire, (socket) => socket.destroySoon()));
  wire.entry.answeredAtMs = systemMs();
}

const bytesOf = ({ body, encoding }: Body): Buffer => Buffer.from(body, encoding);

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
    const body = bytesOf(begin(wire, reply));
    const half = body.subarray(0, Math.floor(body.length / 2));
    wire.response.write(half, () => broken(wire, (socket) => socket.destroySoon()));
  },
  trickle: (wire, reply) => {
    const body = bytesOf(begin(wire, reply));
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
