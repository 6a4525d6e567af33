// Deliveries as a queue must not send them (and a few that only look odd), each with the answers it may get: W7–W10.
// The official receiver judges them in the app's own door; here they are only made.
import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { EXECUTE_PATH } from '../../../services/dispatch/qstash.ts';
import type { Secrets } from '../../../services/embedded/secrets.ts';
import { PUBLIC_URL } from './crew.ts';

export interface Crooked {
  readonly name: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly may: readonly number[];
}

interface Change {
  readonly key?: string;
  readonly url?: string;
  readonly shiftS?: number;
  readonly signedBody?: string;
  readonly without?: 'jti' | 'exp' | 'body';
}

/** As the queue signs: a short JWT over the hash of the very bytes. */
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

/** All of them, for one prebooking. What is let in finds the opening taken, or takes it: 200, or 503 to come again. */
export async function crookedDeliveries(secrets: Secrets, prebookingId: string): Promise<Crooked[]> {
  const body = JSON.stringify({ prebookingId });
  const next = secrets.qstashNextSigningKey.reveal();
  const url = `${PUBLIC_URL}${EXECUTE_PATH}`;
  const IN = [200, 503];
  const OUT = [401];
  const plans: readonly (readonly [string, Change, readonly number[], string?])[] = [
    ['clock 2 s ahead', { shiftS: 2 }, IN],
    ['clock 4 s behind', { shiftS: -4 }, IN],
    ['clock 30 s ahead', { shiftS: 30 }, OUT],
    ['clock 301 s ahead', { shiftS: 301 }, OUT],
    ['310 s old', { shiftS: -310 }, OUT],
    ['keys rolled once', { key: next }, IN],
    ['keys rolled twice', { key: `sig_${randomUUID()}` }, OUT],
    ['for https', { url: url.replace('http:', 'https:') }, OUT],
    ['for a trailing slash', { url: `${url}/` }, OUT],
    ['for the proxy’s host', { url: url.replace('puntual.test', '10.0.0.7') }, OUT],
    ['for another endpoint', { url: `${PUBLIC_URL}/cron/refresh-tokens` }, OUT],
    ['serialised again', { signedBody: body.replace(':', ': ') }, OUT],
    ['in another charset', { signedBody: Buffer.from(body, 'utf16le').toString('latin1') }, OUT],
    ['empty', { signedBody: body }, [400, 401], ''],
    ['two megabytes', {}, [401, 413], JSON.stringify({ prebookingId, pad: 'x'.repeat(2_000_000) })],
    ['signed, and no JSON', {}, [400, 489], 'prebookingId=1'],
    ['signed, with a field more', {}, [400, 489], JSON.stringify({ prebookingId, userId: prebookingId })],
    ['signed, of a prebooking that is gone', {}, [489], JSON.stringify({ prebookingId: randomUUID() })],
    ['without a jti', { without: 'jti' }, OUT],
    ['without an end', { without: 'exp' }, OUT],
    ['without the body’s hash', { without: 'body' }, OUT],
  ];
  const signed = plans.map(async ([name, change, may, other]): Promise<Crooked> => {
    const sent = other ?? body;
    return { name, may, body: sent, headers: { 'Upstash-Signature': await signDelivery(secrets, sent, change) } };
  });
  return [
    { name: 'unsigned', body, headers: {}, may: OUT },
    { name: 'signed with words', body, headers: { 'Upstash-Signature': 'yes' }, may: OUT },
    ...(await Promise.all(signed)),
  ];
}
