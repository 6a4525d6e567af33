// The webhook channel: one signed POST to an address of the member's own choice. It follows no redirect, reads no answer but its status,
// and connects only to addresses that were checked to be public.
import { createHmac } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';
import { Failure } from '../../failures.ts';
import type { Secret } from '../../secret.ts';
import type { Channel } from '../channel.ts';
import type { Message } from '../messages.ts';
import { checkAddress, type Lookup, publicAddressesOf } from '../public-address.ts';

const TIMEOUT_MS = 8_000;

export interface WebhookOptions {
  readonly find?: Lookup;
  readonly timeoutMs?: number;
  /** Lets plain http and this machine's own addresses pass; for tests alone. */
  readonly allowLoopback?: boolean;
}

/** `Puntual-Signature: t=<unix seconds>,v1=<hex>`: HMAC-SHA256 with the channel's secret over `<t>.<body>`. */
export const signatureOf = (secret: Secret, seconds: number, body: string): string =>
  `t=${seconds},v1=${createHmac('sha256', secret.reveal()).update(`${seconds}.${body}`).digest('hex')}`;

export function createWebhookChannel(options: WebhookOptions = {}): Channel {
  return async (message, { address, signingSecret }) => {
    const { url, lookup } = await destination(address.reveal(), options);
    const body = JSON.stringify(message);
    const signature = signatureOf(signingSecret, Math.floor(Date.parse(message.sentAt) / 1000), body);
    const status = await post(url, lookup, body, signature, message, options.timeoutMs ?? TIMEOUT_MS);
    if (status < 200 || status > 299)
      throw new Failure('notice/refused', `The channel answered ${status}.`, { details: { status } });
  };
}

async function destination(
  address: string,
  { find, allowLoopback = false }: WebhookOptions,
): Promise<{ url: URL; lookup: LookupFunction | undefined }> {
  if (allowLoopback && /^(127\.|localhost$|\[::1\])/.test(new URL(address).hostname))
    return { url: new URL(address), lookup: undefined };
  const url = checkAddress(address);
  const found = await publicAddressesOf(url, find);
  // The socket gets what was checked, whatever the name says by now.
  const lookup: LookupFunction = (_host, { all }, done) => {
    const [first] = found;
    if (all) done(null, [...found]);
    else done(null, first?.address ?? '', first?.family);
  };
  return { url, lookup };
}

function post(
  url: URL,
  lookup: LookupFunction | undefined,
  body: string,
  signature: string,
  { id }: Message,
  timeoutMs: number,
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  const sending = request(url, {
    method: 'POST',
    agent: false,
    signal: AbortSignal.timeout(timeoutMs),
    ...(lookup && { lookup }),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'puntual',
      'puntual-notice-id': id,
      'puntual-signature': signature,
    },
  });
  sending.once('response', (answer) => {
    resolve(answer.statusCode ?? 0);
    // Its words are of no interest, and may be endless.
    answer.destroy();
  });
  sending.once('error', (cause) => reject(new Failure('notice/unreachable', 'The channel gave no answer.', { cause })));
  sending.end(body);
  return promise;
}
