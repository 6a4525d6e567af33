// A lean gym in a process of its own, which accepts every booking and renewal, so that a bench measures only the caller. The server at `stampedUrl`
// stamps each request when its last bytes are read, *before* they are decrypted and parsed; it parses in slices, so that no request delays another's
// stamp. The lean gym checks nothing in a request.
import { once } from 'node:events';
import { type AddressInfo, createServer as createPlainServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { createSecureContext, createServer as createTlsServer, TLSSocket } from 'node:tls';
import { makeCertificate } from '../simulator/certificate.ts';
import { type Request, readRequests } from './gym-requests.ts';
import type { FromGym, Stamp, ToGym } from './gym-shapes.ts';
import { nowMs } from './moment.ts';

/** After this many ms of parsing, the sockets are read again before more is parsed; a stamp is late by at most about as many ms. */
const SLICE_MS = 0.2;

const certificate = makeCertificate();
let stamps: Stamp[] = [];
let latencyMs = 0;
let renewals = 0;

function answerTo(request: Request): string {
  const body = request.path.endsWith('/api/tokenUpdate')
    ? `{"newToken":"1|1900000000|${Math.random().toString(16).slice(2).padEnd(32, '0').slice(0, 32)}"}`
    : '{"bookState":1,"id":7}';
  const cookies = request.path.endsWith('/api/tokenUpdate')
    ? 'set-cookie: AWSALB=x7; Path=/\r\nset-cookie: AWSALBCORS=x7; Path=/; Secure\r\n'
    : '';
  return `HTTP/1.1 200 OK\r\ndate: ${new Date().toUTCString()}\r\ncontent-type: text/html; charset=UTF-8\r\n${cookies}content-length: ${body.length}\r\n\r\n${request.method === 'HEAD' ? '' : body}`;
}

function respond(socket: Duplex, request: Request): void {
  const send = () => socket.write(answerTo(request));
  if (!request.path.endsWith('/api/tokenUpdate')) {
    send();
    return;
  }
  renewals += 1;
  if (latencyMs > 0) setTimeout(send, latencyMs);
  else send();
}

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  readRequests(socket, (request) => respond(socket, request));
}

let waiting: { feed: () => void }[] = [];
let next = 0;

function feedSlice(): void {
  const endsAtMs = nowMs() + SLICE_MS;
  for (let chunk = waiting[next]; chunk; chunk = waiting[next]) {
    next += 1;
    chunk.feed();
    if (nowMs() >= endsAtMs) break;
  }
  if (next < waiting.length) {
    setImmediate(feedSlice);
    return;
  }
  waiting = [];
  next = 0;
}

function stampAndServe(wire: Socket): void {
  wire.setNoDelay(true);
  let readAtMs = 0;
  const inner = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      wire.write(chunk);
      done();
    },
    final(done) {
      wire.end();
      done();
    },
  });
  const hold = (feed: () => void): void => {
    if (waiting.length === 0) setImmediate(feedSlice);
    waiting.push({ feed });
  };
  wire.on('data', (chunk: Buffer) => {
    const atMs = nowMs();
    hold(() => {
      readAtMs = atMs;
      inner.push(chunk);
    });
  });
  wire.on('error', () => inner.destroy());
  wire.on('close', () => hold(() => inner.destroy()));
  const secure = new TLSSocket(inner as Socket, { isServer: true, secureContext, ALPNProtocols: ['http/1.1'] });
  secure.on('error', () => wire.destroy());
  readRequests(secure, (request) => {
    if (request.booking !== undefined) stamps.push({ booking: request.booking, atMs: readAtMs });
    respond(secure, request);
  });
}

const secureContext = createSecureContext(certificate);

async function listen(server: Server): Promise<string> {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 });
  await once(server, 'listening');
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const tell = (message: FromGym): void => {
  process.send?.(message);
};

process.on('message', (message: ToGym) => {
  switch (message.kind) {
    case 'stamps':
      tell({ kind: 'stamps', stamps });
      stamps = [];
      return;
    case 'latency':
      latencyMs = message.ms;
      tell({ kind: 'latency' });
      return;
    case 'renewals':
      tell({ kind: 'renewals', count: renewals });
      renewals = 0;
      return;
  }
});
process.on('disconnect', () => process.exit(0));

tell({
  kind: 'ready',
  stampedUrl: await listen(createPlainServer(stampAndServe)),
  servingUrl: await listen(createTlsServer({ ...certificate, ALPNProtocols: ['http/1.1'] }, serve)),
  ca: certificate.cert,
});
