// The body of one answer: how large it may be, and its text out of whatever it was packed in. It reads nothing and sends nothing.
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** The most bytes on the wire, and again the most that they unpack to. */
export const BODY_CAP_BYTES = 2 * 1024 * 1024;
/** The packings we say we understand. */
export const ACCEPTED = 'br, gzip, deflate';

/** A stream that lacks its end (some servers leave the trailer out) is worth what it holds, as it is to a browser. */
const LENIENT = { maxOutputLength: BODY_CAP_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
const LENIENT_BROTLI = { maxOutputLength: BODY_CAP_BYTES, finishFlush: constants.BROTLI_OPERATION_FLUSH };
/** The low half of the first byte of a zlib stream; some servers say deflate and leave its frame out. */
const ZLIB_METHOD = 8;

/** Undici's word for too many bytes on the wire, and zlib's for too many once unpacked. */
const TOO_LARGE = new Set<unknown>(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE']);
export const isTooLarge = (error: unknown): boolean => TOO_LARGE.has((error as { code?: unknown } | undefined)?.code);

/**
 * @param encodings the content-encoding header; undone last one first, one we do not know leaves the bytes as they are.
 * @param type the content-type header: its charset decides, UTF-8 where it names none that is known. Throws zlib's errors.
 */
export function unpackText(body: Uint8Array, encodings = '', type = ''): string {
  const plain = body.length === 0 ? body : encodings.toLowerCase().split(',').reduceRight(unpackOne, body);
  return decoderFor(type).decode(plain);
}

/** The same, and never throws: bytes that cannot be unpacked are given as they came. */
export function textOf(body: Uint8Array, encodings = '', type = ''): string {
  try {
    return unpackText(body, encodings, type);
  } catch {
    return decoderFor(type).decode(body);
  }
}

const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]+)/i;

const UTF8 = new TextDecoder();

function decoderFor(type: string) {
  const charset = CHARSET.exec(type)?.[1] ?? UTF8.encoding;
  try {
    return charset.toLowerCase() === UTF8.encoding ? UTF8 : new TextDecoder(charset);
  } catch {
    return UTF8;
  }
}

function unpackOne(body: Uint8Array, encoding: string): Uint8Array {
  switch (encoding.trim()) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(body, LENIENT);
    case 'deflate':
      return ((body[0] ?? 0) & 0x0f) === ZLIB_METHOD ? inflateSync(body, LENIENT) : inflateRawSync(body, LENIENT);
    case 'br':
      return brotliDecompressSync(body, LENIENT_BROTLI);
    default:
      return body;
  }
}
