// A push service on this machine, and a simulated browser that decrypts what it gets (RFC 8188 and 8291). The browser's decrypting code follows RFC
// 8188 and 8291 and does not use the library that encrypts.
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Push {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}
export interface PushService {
  readonly heard: Push[];
  status: number | 'hang';
  readonly url: string;
  stop(): Promise<void>;
}

export async function startPushService(): Promise<PushService> {
  const heard: Push[] = [];
  const service = { status: 201 as PushService['status'] };
  const server = createServer(async (request, response) => {
    heard.push({ path: request.url ?? '', headers: request.headers, body: await buffer(request) });
    if (service.status === 'hang') return request.socket.destroy();
    response.writeHead(service.status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(service, {
    heard,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise<void>((resolve) => server.close(() => resolve())),
  });
}

export interface Browser {
  readonly subscription: {
    readonly endpoint: string;
    readonly keys: { readonly p256dh: string; readonly auth: string };
  };
  /** Gives the message that the page's service worker would get. Throws for a push message that was not encrypted for this browser. */
  open(body: Buffer): string;
}

export function makeBrowser(endpoint: string): Browser {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const auth = randomBytes(16);
  const own = ecdh.getPublicKey();
  return {
    subscription: { endpoint, keys: { p256dh: own.toString('base64url'), auth: auth.toString('base64url') } },
    open(body) {
      const salt = body.subarray(0, 16);
      const keyLength = body[20] ?? 0;
      const theirs = body.subarray(21, 21 + keyLength);
      const sealed = body.subarray(21 + keyLength);
      const shared = ecdh.computeSecret(theirs);
      const info = Buffer.concat([Buffer.from('WebPush: info\0'), own, theirs]);
      const ikm = Buffer.from(hkdfSync('sha256', shared, auth, info, 32));
      const key = Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from('Content-Encoding: aes128gcm\0'), 16));
      const nonce = Buffer.from(hkdfSync('sha256', ikm, salt, Buffer.from('Content-Encoding: nonce\0'), 12));
      const decipher = createDecipheriv('aes-128-gcm', key, nonce, { authTagLength: 16 });
      decipher.setAuthTag(sealed.subarray(-16));
      const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
      // The last record of an encrypted push message ends with 0x02 and padding of zeroes.
      return plain.subarray(0, plain.lastIndexOf(2)).toString();
    },
  };
}

const point = (curve: string): Buffer => {
  const ecdh = createECDH(curve);
  ecdh.generateKeys();
  return ecdh.getPublicKey();
};
const changed = (bytes: Buffer, at: number, byte: (was: number) => number): Buffer =>
  Buffer.from(bytes.map((was, index) => (index === at ? byte(was) : was)));

/** Byte strings that have the length of a key and are no valid keys: no browser can decrypt what is encrypted with them. */
export const NO_KEYS: Readonly<Record<string, string>> = {
  'nothing but zeros': Buffer.alloc(65).toString('base64url'),
  'a point beside the curve': changed(point('prime256v1'), 64, (was) => was ^ 1).toString('base64url'),
  'a point of another curve': point('secp256k1').toString('base64url'),
  // OpenSSL accepts a key in the hybrid form, and no browser gives such a key.
  'a point in the hybrid form': (() => {
    const key = point('prime256v1');
    return changed(key, 0, () => 6 | ((key[64] ?? 0) & 1)).toString('base64url');
  })(),
};
