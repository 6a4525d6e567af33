// The web-push channel: sends one push to the endpoint that a browser gave, with web-push's encryption and VAPID signature. An endpoint may be
// any address, so post.ts checks it. A notice that is pushed twice is shown once: by its Topic the push service drops a first push that still waits
// there, and by its tag (the notice's id) the browser replaces a notification that it already shows.
import { createECDH, createHash, ECDH } from 'node:crypto';
import webPush from 'web-push';
import { z } from 'zod';
import { Failure } from '../../failures.ts';
import type { Language } from '../../prebooking/words/words.ts';
import { Secret } from '../../secret.ts';
import type { Channel } from '../channel.ts';
import type { Message } from '../messages.ts';
import { checkAddress } from '../public-address.ts';
import { type DoorOptions, destinationOf, post } from './post.ts';

export interface VapidKeys {
  readonly publicKey: string;
  readonly privateKey: Secret;
}

export interface WebPushOptions extends DoorOptions {
  readonly keys: VapidKeys;
  /** puntual's contact address for push services, as an https or mailto URL. */
  readonly subject: string;
}

const base64url = (bytes: number) =>
  z
    .string()
    .max(200)
    .refine((text) => Buffer.from(text, 'base64url').length === bytes, `expected ${bytes} bytes as base64url`);

/** A browser's push subscription: the result of `PushSubscription.toJSON()`. */
export const subscriptionShape = z.object({
  endpoint: z.string().min(1).max(2_000),
  expirationTime: z.number().nullish(),
  keys: z.object({ p256dh: base64url(65), auth: base64url(16) }),
});
export type PushSubscription = z.infer<typeof subscriptionShape>;

/** Makes a pair of VAPID keys, as the text `<public>.<private>` in base64url. */
export function newVapidKeys(): string {
  const { publicKey, privateKey } = webPush.generateVAPIDKeys();
  return `${publicKey}.${privateKey}`;
}

/** Reads the pair of VAPID keys in a text `<public>.<private>`. Throws config/invalid unless the two keys belong together. */
export function parseVapidKeys(pair: Secret): VapidKeys {
  const [publicKey = '', privateKey = '', more] = pair.reveal().split('.');
  const belongs = publicOf(privateKey) === Buffer.from(publicKey, 'base64url').toString('base64url');
  if (!belongs || more !== undefined)
    throw new Failure(
      'config/invalid',
      'VAPID_KEYS: expected a public and the private key that belongs to it, base64url, a dot between.',
    );
  return { publicKey, privateKey: new Secret(privateKey) };
}

/** The public key that belongs to a private key; undefined for bytes that are no private key. */
function publicOf(privateKey: string): string | undefined {
  const bytes = Buffer.from(privateKey, 'base64url');
  if (bytes.length !== PRIVATE_BYTES) return undefined;
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(bytes);
    return pair.getPublicKey('base64url');
  } catch {
    return undefined;
  }
}
const PRIVATE_BYTES = 32;

/**
 * The subscription as JSON, for sealed storage. Throws request/invalid for an endpoint that may not be called, and for a key with which
 * encryption is impossible.
 */
export function subscriptionAddress({ endpoint, keys }: PushSubscription): Secret {
  checkAddress(endpoint);
  if (!isPublicKey(keys.p256dh))
    throw new Failure('request/invalid', 'subscription.keys.p256dh: expected a point on P-256, uncompressed.');
  return new Secret(JSON.stringify({ endpoint, keys }));
}

/** True for a key that is a point on P-256 in the uncompressed form that browsers give; the right length alone is not enough. */
function isPublicKey(key: string): boolean {
  const point = Buffer.from(key, 'base64url');
  try {
    ECDH.convertKey(point, 'prime256v1');
    return point[0] === UNCOMPRESSED;
  } catch {
    return false;
  }
}
const UNCOMPRESSED = 4;

/** How long a push service keeps a push that it cannot deliver yet: a day, because an older push is mostly about a class that has begun. */
const TTL_S = 24 * 60 * 60;
const URGENT: readonly string[] = ['prebooking-at-risk', 'prebooking-rescue', 'place-freed'];

export function createWebPushChannel(options: WebPushOptions): Channel {
  const { keys, subject, timeoutMs } = options;
  const vapidDetails = { subject, publicKey: keys.publicKey, privateKey: keys.privateKey.reveal() };
  return async (message, { address }, telling) => {
    const { endpoint, keys: browserKeys } = subscriptionShape.parse(JSON.parse(address.reveal()));
    // A subscription may have been stored without the check in `subscriptionAddress`.
    if (!isPublicKey(browserKeys.p256dh))
      throw new Failure('notice/gone', 'The subscription has no key that anything could be encrypted to.');
    const subscription = { endpoint, keys: browserKeys };
    const destination = await destinationOf(subscription.endpoint, options);
    const { headers, body } = webPush.generateRequestDetails(subscription, pushOf(message, telling?.language ?? 'en'), {
      vapidDetails,
      TTL: TTL_S,
      topic: createHash('sha256').update(message.id).digest('base64url').slice(0, 32),
      urgency: URGENT.includes(message.kind) ? 'high' : 'normal',
    });
    await telling?.begin();
    const status = await post(destination, body ?? '', headers as Record<string, string>, timeoutMs);
    if (status === 404 || status === 410)
      throw new Failure('notice/gone', 'The browser has given its subscription up.');
    if (status < 200 || status > 299)
      throw new Failure('notice/refused', `The push service answered ${status}.`, { details: { status } });
  };
}

/** The push's JSON payload, which a page's service worker shows as a notification. */
const pushOf = ({ id, kind, happenedAt, text, link, prebooking }: Message, language: Language): string =>
  JSON.stringify({ id, kind, happenedAt, text: text[language], language, link, prebookingId: prebooking?.id });
