// Deliveries that no queue should send (and a few that only look odd), each with the HTTP statuses that the endpoint may answer: rows W7–W10 and W12.
// This file only makes the deliveries; QStash's official receiver checks each delivery in the app's own endpoint.
import { createHash, randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { SignJWT } from 'jose';
import type { Secrets } from '../../../embedded/secrets.ts';
import { EXECUTE_PATH } from '../../../services/dispatch/qstash.ts';
import { PUBLIC_URL } from './crew.ts';

export interface Crooked {
  /** The row of the fault catalogue that this delivery plays; `forged` for a delivery that belongs to no row. */
  readonly row: 'W7' | 'W8' | 'W9' | 'W10' | 'W12' | 'forged';
  readonly name: string;
  readonly body: string;
  /**
   * Makes the headers at the moment of sending. A signature that was made earlier, with a time some seconds ahead of our clock, might no longer be
   * ahead when it is sent.
   */
  readonly headers: () => Promise<Readonly<Record<string, string>>>;
  readonly may: readonly number[];
}

interface Change {
  readonly key?: string;
  readonly url?: string;
  readonly shiftS?: number;
  readonly signedBody?: string;
  readonly without?: 'jti' | 'exp' | 'body';
}

/** Gives the signature of a delivery as the queue makes it, a short-lived JWT over the hash of the exact body; `change` says what is odd about it. */
export async function signDelivery(secrets: Secrets, body: string, change: Change = {}): Promise<string> {
  const at = Math.floor(Date.now() / 1000) + (change.shiftS ?? 0);
  const hash = createHash('sha256')
    .update(change.signedBody ?? body)
    .digest('base64url');
  const sub = change.url ?? `${PUBLIC_URL}${EXECUTE_PATH}`;
  const claims = { iss: 'Upstash', sub, iat: at, nbf: at, exp: at + 300, jti: `jwt_${randomUUID()}`, body: hash };
  const kept = Object.fromEntries(Object.entries(claims).filter(([name]) => name !== change.without));
  const key = new TextEncoder().encode(change.key ?? secrets.qstashCurrentSigningKey.reveal());
  return new SignJWT(kept).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(key);
}

const IN = [200, 503];
const OUT = [401];
type Plan = readonly [row: Crooked['row'], name: string, change: Change, may: readonly number[], sent?: string];

function plansFor(secrets: Secrets, prebookingId: string, url: string): readonly Plan[] {
  const body = JSON.stringify({ prebookingId });
  const packed = gzipSync(body).toString('latin1');
  const large = JSON.stringify({ prebookingId, pad: 'x'.repeat(2_000_000) });
  return [
    ['W7', 'our clock 2 s behind', { shiftS: 2 }, IN],
    ['W7', 'our clock 2 s ahead', { shiftS: -2 }, IN],
    ['W7', 'our clock 5 s behind', { shiftS: 5 }, IN],
    ['W7', 'our clock 5 s ahead', { shiftS: -5 }, IN],
    ['W7', 'our clock 30 s behind', { shiftS: 30 }, OUT],
    // A receiver whose clock is 30 s ahead cannot tell a delivery just signed from one that took half a minute to arrive, and accepts both.
    ['W7', 'our clock 30 s ahead', { shiftS: -30 }, IN],
    ['W7', 'our clock 301 s behind', { shiftS: 301 }, OUT],
    ['W7', 'our clock 310 s ahead', { shiftS: -310 }, OUT],
    ['W8', 'keys rolled once', { key: secrets.qstashNextSigningKey.reveal() }, IN],
    ['W8', 'keys rolled twice', { key: `sig_${randomUUID()}` }, OUT],
    ['W9', 'for https', { url: url.replace('http:', 'https:') }, OUT],
    ['W9', 'for a trailing slash', { url: `${url}/` }, OUT],
    ['W9', 'for the proxy’s host', { url: url.replace(/\/\/[^/]+/, '//10.0.0.7') }, OUT],
    ['W9', 'for another endpoint', { url: url.replace(EXECUTE_PATH, '/cron/refresh-tokens') }, OUT],
    ['W10', 'serialised again', { signedBody: body.replace(':', ': ') }, OUT],
    ['W10', 'in another charset', { signedBody: Buffer.from(body, 'utf16le').toString('latin1') }, OUT],
    ['W10', 'packed on its way', { signedBody: body }, OUT, packed],
    ['W10', 'packed and then signed', {}, [400], packed],
    ['W10', 'empty', { signedBody: body }, [400, 401], ''],
    ['W10', 'two megabytes', {}, [401, 413], large],
    ['W10', 'signed, and no JSON', {}, [400, 489], 'prebookingId=1'],
    ['W10', 'signed, with a field more', {}, [400, 489], JSON.stringify({ prebookingId, userId: prebookingId })],
    ['W12', 'signed, of a prebooking that is gone', {}, [489], JSON.stringify({ prebookingId: randomUUID() })],
    ['forged', 'without a jti', { without: 'jti' }, OUT],
    ['forged', 'without an end', { without: 'exp' }, OUT],
    ['forged', 'without the body’s hash', { without: 'body' }, OUT],
  ];
}

/**
 * Gives deliveries whose signature or body is odd, each with the HTTP statuses that may answer it. A delivery that is accepted is answered with 200,
 * or with 503 if the queue must deliver it again.
 */
export function crookedDeliveries(
  secrets: Secrets,
  prebookingId: string,
  url = `${PUBLIC_URL}${EXECUTE_PATH}`,
): readonly Crooked[] {
  const body = JSON.stringify({ prebookingId });
  const signed = plansFor(secrets, prebookingId, url).map(([row, name, change, may, sent = body]): Crooked => {
    const headers = async () => ({ 'Upstash-Signature': await signDelivery(secrets, sent, { url, ...change }) });
    return { row, name, may, body: sent, headers };
  });
  return [
    { row: 'forged', name: 'unsigned', body, headers: async () => ({}), may: OUT },
    { row: 'forged', name: 'signed with words', body, headers: async () => ({ 'Upstash-Signature': 'yes' }), may: OUT },
    ...signed,
  ];
}
