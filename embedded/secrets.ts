// The secrets of an embedded stack: made once, stored in DATA_DIR/secrets.json (0600), and read again at every start. This file does not read the
// environment: worker/assemble.ts decides which of the data folder's secrets are used.
import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JSONWebKeySet, type JWK } from 'jose';
import { z } from 'zod';
import { Failure } from '../services/failures.ts';
import { newVapidKeys } from '../services/notify/channels/web-push.ts';
import { Secret } from '../services/secret.ts';

const NAME = 'secrets.json';

const kept = z.object({
  publishableKey: z.string(),
  secretKey: z.string(),
  roleKey: z.string(),
  qstashToken: z.string(),
  qstashCurrentSigningKey: z.string(),
  qstashNextSigningKey: z.string(),
  cronSecret: z.string(),
  operatorToken: z.string(),
  sealKeys: z.string(),
  sessionSigningKey: z.string(),
  postgresPassword: z.string(),
  vapidKeys: z.string(),
});
const someKept = kept.partial();
type Kept = z.infer<typeof kept>;

/** All secrets of an embedded stack, as text. `roleKey` is base64url (the `k` of an oct JWK); `sessionSigningKey` is a private ES256 JWK as JSON. */
export type Secrets = { readonly publishableKey: string } & {
  readonly [name in Exclude<keyof Kept, 'publishableKey'>]: Secret;
};

const random = (bytes: number): string => randomBytes(bytes).toString('base64url');

async function newSigningKey(): Promise<string> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = await exportJWK(privateKey);
  return JSON.stringify({ ...jwk, kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig' });
}

async function newSecrets(): Promise<Kept> {
  return {
    publishableKey: `sb_publishable_${random(24)}`,
    secretKey: `sb_secret_${random(32)}`,
    roleKey: random(32),
    qstashToken: random(32),
    qstashCurrentSigningKey: `sig_${random(32)}`,
    qstashNextSigningKey: `sig_${random(32)}`,
    cronSecret: random(32),
    operatorToken: random(32),
    sealKeys: `k1:${randomBytes(32).toString('base64')}`,
    sessionSigningKey: await newSigningKey(),
    // The password has letters and digits only, because it is put into URLs and into an SQL literal.
    postgresPassword: randomBytes(24).toString('hex'),
    vapidKeys: newVapidKeys(),
  };
}

function wrap(plain: Kept): Secrets {
  const { publishableKey, ...rest } = plain;
  const secrets = Object.entries(rest).map(([name, value]) => [name, new Secret(value)]);
  return { publishableKey, ...Object.fromEntries(secrets) } as Secrets;
}

/**
 * Writes a file that other processes see whole or not at all, readable by this user only. With `ifAbsent`, an existing file is left alone, and the
 * promise resolves with false.
 */
export async function writePrivately(path: string, content: string, ifAbsent = false): Promise<boolean> {
  const unfinished = `${path}.${process.pid}.${random(6)}`;
  try {
    await writeFile(unfinished, content, { mode: 0o600, flush: true });
    await (ifAbsent ? link(unfinished, path) : rename(unfinished, path));
    return true;
  } catch (cause) {
    if (ifAbsent && (cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw cause;
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** Makes fresh secrets and stores them nowhere. */
export const makeSecrets = async (): Promise<Secrets> => wrap(await newSecrets());

/**
 * Reads the data folder's secrets; makes the folder (0700) and missing secrets first. Several processes that call `loadOrMakeSecrets` at the same
 * time all get the same secrets. Throws stack/start-failed when secrets.json exists and cannot be read as secrets: newly made secrets would not
 * decrypt the folder's data.
 */
export async function loadOrMakeSecrets(dataDir: string): Promise<Secrets> {
  const path = join(dataDir, NAME);
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw cause;
  });
  const before = text === undefined ? {} : parsed(path, text);
  if (Object.keys(kept.shape).every((name) => name in before)) return wrap(kept.parse(before));
  const now = kept.parse({ ...(await newSecrets()), ...before });
  const written = await writePrivately(path, `${JSON.stringify(now, null, 2)}\n`, text === undefined);
  return written ? wrap(now) : loadOrMakeSecrets(dataDir);
}

/** The secrets in the text of secrets.json. The failure of a damaged file quotes nothing of the file. */
function parsed(path: string, text: string): z.infer<typeof someKept> {
  try {
    return someKept.parse(JSON.parse(text));
  } catch {
    // The parser's error is left out, because its message may quote the file.
    throw new Failure(
      'stack/start-failed',
      `Expected ${path} to hold this folder's secrets; it is damaged. Restore that file, or remove the folder to start afresh.`,
    );
  }
}

/** The public half of a private JWK, as a key set that may be published. */
export function publicJwks(privateJwk: Secret): JSONWebKeySet {
  const { kty, crv, x, y, kid, alg, use } = JSON.parse(privateJwk.reveal()) as JWK;
  return { keys: [{ kty, crv, x, y, kid, alg, use } as JWK] };
}
