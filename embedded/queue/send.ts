// One delivery of one message: the signed HTTP request and its answer. This file uses node:http, because fetch refuses some ports, bodies and headers
// that a destination may want. No redirect of the destination is followed, and reply.ts interprets the destination's answer.
import { createHash, randomUUID } from 'node:crypto';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { SignJWT } from 'jose';
import type { Secret } from '../../services/secret.ts';
import type { MessageRow, Reply } from './store.ts';

const SIGNATURE_LIFE_S = 300;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** Makes the `Upstash-Signature` header for a body that is sent to an address, as QStash's Receiver requires it. */
function signDelivery(key: Secret, url: string, body: Buffer, now: Date): Promise<string> {
  const issuedS = Math.floor(now.getTime() / 1000);
  return new SignJWT({ body: createHash('sha256').update(body).digest('base64url') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('Upstash')
    .setSubject(url)
    .setIssuedAt(issuedS)
    .setNotBefore(issuedS)
    .setExpirationTime(issuedS + SIGNATURE_LIFE_S)
    .setJti(`jwt_${randomUUID().replaceAll('-', '')}`)
    .sign(new TextEncoder().encode(key.reveal()));
}

function headersFor(message: MessageRow, signature: string): Record<string, string> {
  const labels = message.spec.labels.join(',');
  return {
    ...message.spec.headers,
    'user-agent': 'Upstash-QStash',
    'upstash-signature': signature,
    'upstash-message-id': message.id,
    'upstash-retried': String(message.retried),
    ...(message.schedule_id === null ? {} : { 'upstash-schedule-id': message.schedule_id }),
    ...(labels === '' ? {} : { 'upstash-label': labels }),
    ...(message.spec.method === 'GET' && message.body.length === 0
      ? {}
      : { 'content-length': String(message.body.length) }),
  };
}

/** Reads the destination's answer and keeps the answer's first megabyte, for the list of failed messages. */
async function readAnswer(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    if (bytes < MAX_ANSWER_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, MAX_ANSWER_BYTES);
}

function listed(headers: IncomingMessage['headersDistinct']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values ?? []]));
}

/** Sends a message once and gives the destination's answer. Never throws: a connection error gives a reply with status 0. */
export async function sendMessage(message: MessageRow, key: Secret, now: Date, stopping: AbortSignal): Promise<Reply> {
  const late = AbortSignal.timeout(message.spec.timeoutMs);
  try {
    const headers = headersFor(message, await signDelivery(key, message.url, message.body, now));
    const request = message.url.startsWith('https:') ? requestHttps : requestHttp;
    const signal = AbortSignal.any([late, stopping]);
    // No connection is kept open: on a connection that the destination had closed, one delivery of the message would fail without reaching the
    // destination.
    const outgoing = request(message.url, { method: message.spec.method, headers, signal, agent: false });
    const answered = Promise.withResolvers<IncomingMessage>();
    outgoing.once('response', answered.resolve).once('error', answered.reject);
    outgoing.end(message.body);
    const answer = await answered.promise;
    return { status: answer.statusCode ?? 0, headers: listed(answer.headersDistinct), body: await readAnswer(answer) };
  } catch (cause) {
    const reason = late.aborted ? `no answer within ${message.spec.timeoutMs} ms` : String((cause as Error).message);
    return { status: 0, headers: {}, body: Buffer.from(reason) };
  }
}
