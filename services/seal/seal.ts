// Encryption at rest: one data key a member, wrapped by a keyring key that never enters the database. AES-256-GCM, node:crypto only.
// It knows nothing of tables; a caller says what place a value belongs to, and the value opens nowhere else.
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
// Always given: without it Node accepts a four-byte tag.
const TAG_BYTES = 16;

/** Where one sealed value belongs. Every word is bound into the seal, so a value moved to another row does not open. */
export interface SealedPlace {
  readonly table: string;
  readonly column: string;
  readonly userId: string;
  readonly chain: string;
  readonly sessionType: string;
  readonly attemptId: string;
  readonly generation: number;
}

/** The seals of one member. */
export interface MemberSeal {
  seal(place: SealedPlace, value: Secret): string;
  /** Throws seal/unreadable when the value is damaged, moved, or sealed under another key. */
  open(place: SealedPlace, sealed: string): Secret;
  /** A keyed digest for looking up and comparing; says nothing about the value without the member's key. */
  digest(value: Secret): string;
}

export interface Seal {
  /** The key id that writes. */
  readonly kid: string;
  /** Every key id that opens. */
  readonly kids: readonly string[];
  /** A new data key for a member, wrapped for storing. */
  newMemberKey(userId: string): { kid: string; wrapped: string };
  /**
   * Throws seal/unknown-key when the member's key is wrapped by a key that is not in this keyring: another process may have it, so it is
   * no news about the member. Throws seal/unreadable when a key of this keyring refuses it, or it is damaged.
   */
  openMember(userId: string, wrapped: string): MemberSeal;
  /** The same data key wrapped by the writing key; undefined when it already is. */
  rewrap(userId: string, wrapped: string): { kid: string; wrapped: string } | undefined;
}

/**
 * @param keyring `kid:base64` of 32 bytes each, comma between; the first one writes, all of them read.
 * Throws config/invalid when a key is not 32 bytes or a kid is double.
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

/** Keys are key objects from the start: handed over as bytes, node would make one anew for every value (19 µs a seal, not 8). */
const keyFrom = (base64: string): KeyObject => createSecretKey(base64, 'base64');

function memberSeal(dataKey: KeyObject): MemberSeal {
  const digestKey = createSecretKey(Buffer.from(hkdfSync('sha256', dataKey, '', 'puntual token digest', KEY_BYTES)));
  return {
    seal: (place, value) => encrypt(dataKey, 'm', bindingOf(place), value.reveal()),
    open: (place, sealed) => new Secret(decrypt(dataKey, bindingOf(place), sealed)),
    digest: (value) => createHmac('sha256', digestKey).update(value.reveal()).digest('base64url'),
  };
}

/** As JSON, so that words cannot run together into another place's. */
const bindingOf = (p: SealedPlace): string =>
  JSON.stringify(['v1', p.table, p.column, p.userId, p.chain, p.sessionType, p.attemptId, p.generation]);
const keyBindingOf = (userId: string): string => JSON.stringify(['v1', 'user_keys', userId]);

/** Drawn for many seals at once: the drawing takes as long as a seal's own arithmetic. Each slice is handed out once. */
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
  // As one buffer, and text only then: handed out as text, it would pass through a decoder for streams. `final` adds nothing in this mode.
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
    // Before a byte of it is used: throws where the tag does not fit.
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
