// Encryption at rest: each member has a data key, which is encrypted ("wrapped") by a key of the keyring (`SEAL_KEYS`); the keyring never enters the
// database. The cipher is AES-256-GCM of node:crypto. This file knows no tables: a caller names the place (table, column and row) that a value
// belongs to, and the value can be opened for that place only.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { Failure } from '../failures.ts';
import { Secret } from '../secret.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
// The tag length is always given to Node: without it Node accepts a tag of four bytes.
const TAG_BYTES = 16;

/** The place (table, column, row) of one sealed value. The seal authenticates every field, so a value that was moved to another row does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly userId: string;
  readonly chain: string;
  readonly sessionType: string;
  readonly attemptId: string;
  readonly generation: number;
}

/** Seals and opens the values of one member. */
export interface MemberSeal {
  seal(place: SealedPlace, value: Secret): string;
  /** Opens a sealed value. Throws seal/unreadable when the value is damaged, or was sealed for another place or under another key. */
  open(place: SealedPlace, sealed: string): Secret;
  /** A keyed digest, by which equal values are found without opening them. Without the member's key the digest reveals nothing about the value. */
  digest(value: Secret): string;
}

export interface Seal {
  /** The id of the keyring key that wraps new data keys. */
  readonly kid: string;
  /** The ids of all keys of the keyring, each of which opens the data keys that it wrapped. */
  readonly kids: readonly string[];
  /** Makes a new data key for a member; returns it wrapped, for storing, with the id of the keyring key that wrapped it. */
  newMemberKey(userId: string): { kid: string; wrapped: string };
  /**
   * Unwraps a member's data key and returns the functions that seal and open with it. Throws seal/unknown-key when the key that wrapped the data key
   * is not in this keyring: another process may have that key, so this error is no sign of damage. Throws seal/unreadable when the keyring's key
   * does not open the wrapped key, or the wrapped key is damaged.
   */
  openMember(userId: string, wrapped: string): MemberSeal;
  /** Unwraps a data key and wraps it by the keyring's first key; returns undefined when `wrapped` was wrapped by the first key already. */
  rewrap(userId: string, wrapped: string): { kid: string; wrapped: string } | undefined;
}

/**
 * Throws config/invalid when the keyring has no key, a key does not have 32 bytes, or a key id is malformed or occurs twice.
 * @param keyring the keys as `kid:base64`, 32 bytes each, separated by commas; the first key wraps new data keys, each key opens what it wrapped.
 */
export function createSeal(keyring: Secret): Seal {
  const keys = parseKeyring(keyring);
  const [kid] = keys.keys();
  const writing = kid === undefined ? undefined : keys.get(kid);
  if (kid === undefined || !writing)
    throw new Failure('config/invalid', 'SEAL_KEYS: expected at least one kid:base64 key.');
  const unwrap = (userId: string, wrapped: string) => {
    const named = wrapped.split('.')[1] ?? '';
    const key = keys.get(named);
    if (!key) throw missing(named);
    return keyFrom(decrypt(key, keyBindingOf(userId), wrapped));
  };
  const wrap = (userId: string, dataKey: KeyObject) => ({
    kid,
    wrapped: encrypt(writing, kid, keyBindingOf(userId), dataKey.export().toString('base64')),
  });
  return {
    kid,
    kids: [...keys.keys()],
    newMemberKey: (userId) => wrap(userId, createSecretKey(randomBytes(KEY_BYTES))),
    openMember: (userId, wrapped) => memberSeal(unwrap(userId, wrapped)),
    rewrap: (userId, wrapped) => (wrapped.split('.')[1] === kid ? undefined : wrap(userId, unwrap(userId, wrapped))),
  };
}

function missing(kid: string): Failure {
  if (!KID.test(kid)) return new Failure('seal/unreadable', 'A member key names no key that it is wrapped by.');
  const words = 'A member key is wrapped by a key that is not in SEAL_KEYS of this process.';
  return new Failure('seal/unknown-key', words, { details: { kid } });
}

/**
 * Makes a key object from base64 text. If a key were kept as bytes, Node would make a key object for every value, and a seal would take 19 µs, not 8.
 */
const keyFrom = (base64: string): KeyObject => createSecretKey(base64, 'base64');

function memberSeal(dataKey: KeyObject): MemberSeal {
  const digestKey = createSecretKey(Buffer.from(hkdfSync('sha256', dataKey, '', 'puntual token digest', KEY_BYTES)));
  return {
    seal: (place, value) => encrypt(dataKey, 'm', bindingOf(place), value.reveal()),
    open: (place, sealed) => new Secret(decrypt(dataKey, bindingOf(place), sealed)),
    digest: (value) => createHmac('sha256', digestKey).update(value.reveal()).digest('base64url'),
  };
}

/** Writes the place of a sealed value (table, column, row) as JSON, so that two different places never give the same bytes. */
const bindingOf = (p: SealedPlace): string =>
  JSON.stringify(['v1', p.table, p.column, p.userId, p.chain, p.sessionType, p.attemptId, p.generation]);
const keyBindingOf = (userId: string): string => JSON.stringify(['v1', 'user_keys', userId]);

/**
 * Random bytes for this many seals are drawn in one call, because one call takes as long as encrypting one value. No random byte is used for two
 * seals.
 */
const IVS_A_DRAW = 256;
let ivs = Buffer.alloc(0);

function nextIv(): Buffer {
  if (ivs.length === 0) ivs = randomBytes(IV_BYTES * IVS_A_DRAW);
  const iv = ivs.subarray(0, IV_BYTES);
  ivs = ivs.subarray(IV_BYTES);
  return iv;
}

function encrypt(key: KeyObject, kid: string, binding: string, plain: string): string {
  const iv = nextIv();
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(`${binding}|${kid}`));
  // Without an output encoding, `update` returns the bytes in one buffer; with an encoding, Node would pass the bytes through a decoder for streams.
  // `final` adds no bytes in GCM mode.
  const body = cipher.update(plain, 'utf8');
  cipher.final();
  return `v1.${kid}.${iv.toString('base64url')}.${body.toString('base64url')}.${cipher.getAuthTag().toString('base64url')}`;
}

function decrypt(key: KeyObject, binding: string, sealed: string): string {
  const [version, kid, iv, body, tag, rest] = sealed.split('.');
  try {
    if (version !== 'v1' || iv === undefined || body === undefined || tag === undefined || rest !== undefined)
      throw new Error('shape');
    const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, 'base64url'), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(`${binding}|${kid}`));
    decipher.setAuthTag(Buffer.from(tag, 'base64url'));
    const plain = decipher.update(Buffer.from(body, 'base64url'));
    // `final` throws if the tag does not fit, before any byte of `plain` is used.
    decipher.final();
    return plain.toString('utf8');
  } catch (cause) {
    throw new Failure(
      'seal/unreadable',
      'A sealed value could not be opened: damaged, moved, or sealed under another key.',
      { cause },
    );
  }
}

const KID = /^[a-z0-9-]{1,32}$/;

function parseKeyring(keyring: Secret): Map<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const entry of keyring.reveal().split(',')) {
    const at = entry.indexOf(':');
    const kid = entry.slice(0, at).trim();
    const key = Buffer.from(entry.slice(at + 1).trim(), 'base64');
    if (!KID.test(kid) || kid === 'm' || key.length !== KEY_BYTES || keys.has(kid)) {
      throw new Failure('config/invalid', 'SEAL_KEYS: expected kid:base64 of 32 bytes, each kid once, comma between.');
    }
    keys.set(kid, createSecretKey(key));
  }
  return keys;
}
