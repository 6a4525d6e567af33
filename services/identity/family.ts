// The rotating refresh tokens of puntual sessions: each holds its puntual session's id, a counter (the token's number within the session), and a MAC
// over both. The next refresh token is derived from session id and counter, so a refresh token that is sent twice yields the same next one. The
// database (rotate_refresh_token) decides which refresh token is valid, and stores only hashes of refresh tokens.
import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Secret } from '../secret.ts';

/** What a refresh token of puntual says: its puntual session, and the token's number within that session. */
export interface FamilyMember {
  readonly sessionId: string;
  readonly counter: number;
}

export interface Family {
  /** The refresh token that has the number `counter` within its puntual session; the same input always gives the same token. */
  issue(member: FamilyMember): Secret;
  /**
   * Verifies a refresh token's MAC and returns the id of its puntual session and its number within that session; undefined for any text that `issue`
   * did not make.
   */
  parse(token: Secret): FamilyMember | undefined;
  /** The SHA-256 of a token in hex, which the table refresh_tokens stores. */
  hash(token: Secret): string;
}

const ID_BYTES = 16;
const COUNTER_BYTES = 4;
const MAC_BYTES = 32;
const LENGTH = ID_BYTES + COUNTER_BYTES + MAC_BYTES;
/** The text of a refresh token: 52 bytes in base64url, without padding. */
const TEXT = /^[A-Za-z0-9_-]{70}$/;

/** @param secret any high-entropy secret of the service; the MAC's key is derived from it and used for nothing else. */
export function createFamily(secret: Secret): Family {
  const key = Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'puntual refresh family', MAC_BYTES));
  const macOf = (head: Buffer) => createHmac('sha256', key).update(head).digest();
  return {
    issue(member) {
      const head = headOf(member);
      return new Secret(Buffer.concat([head, macOf(head)]).toString('base64url'));
    },
    parse(token) {
      if (!TEXT.test(token.reveal())) return undefined;
      const bytes = Buffer.from(token.reveal(), 'base64url');
      const head = bytes.subarray(0, ID_BYTES + COUNTER_BYTES);
      const mac = bytes.subarray(head.length);
      if (bytes.length !== LENGTH || !timingSafeEqual(mac, macOf(head))) return undefined;
      // A refresh token's base64url text has spare bits at its end, so several texts decode to the same bytes. Only the text that `issue` writes
      // is accepted, because each text has a hash of its own.
      if (bytes.toString('base64url') !== token.reveal()) return undefined;
      return { sessionId: uuidOf(head.subarray(0, ID_BYTES)), counter: head.readUInt32BE(ID_BYTES) };
    },
    hash: (token) => createHash('sha256').update(token.reveal()).digest('hex'),
  };
}

function headOf({ sessionId, counter }: FamilyMember): Buffer {
  const id = Buffer.from(sessionId.replaceAll('-', ''), 'hex');
  if (id.length !== ID_BYTES) throw new TypeError('Expected the session id to be a UUID.');
  const head = Buffer.alloc(ID_BYTES + COUNTER_BYTES);
  id.copy(head);
  head.writeUInt32BE(counter, ID_BYTES);
  return head;
}

const uuidOf = (bytes: Buffer): string =>
  bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
