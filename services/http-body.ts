// The body of one answer: how large a body may be, and its text, decompressed. This file uses no socket.
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';

/** The most bytes that a body may have on the wire, and also the most bytes that it may have once decompressed. */
export const BODY_CAP_BYTES = 2 * 1024 * 1024;
/** The content encodings that requests announce in accept-encoding. */
export const ACCEPTED = 'br, gzip, deflate';

/** A compressed stream that lacks its end is decompressed as far as it goes, as in a browser: some servers leave the trailer out. */
const LENIENT = { maxOutputLength: BODY_CAP_BYTES, finishFlush: constants.Z_SYNC_FLUSH };
const LENIENT_BROTLI = { maxOutputLength: BODY_CAP_BYTES, finishFlush: constants.BROTLI_OPERATION_FLUSH };
/** The value of the low four bits of the first byte of a zlib stream. Some servers announce deflate and leave the zlib header out. */
const ZLIB_METHOD = 8;

/** Undici's error code for too many bytes on the wire, and zlib's error code for too many decompressed bytes. */
const TOO_LARGE = new Set<unknown>(['UND_ERR_RES_EXCEEDED_MAX_SIZE', 'ERR_BUFFER_TOO_LARGE']);
export const isTooLarge = (error: unknown): boolean => TOO_LARGE.has((error as { code?: unknown } | undefined)?.code);

/**
 * Returns the text of a body, decompressed and decoded. Throws zlib's errors if the body cannot be decompressed.
 * @param encodings the content-encoding header; its encodings are undone from last to first, and an unknown encoding leaves the bytes as they are.
 * @param type the content-type header; its charset is used to decode, or UTF-8 if the header names no known charset.
 */
export function unpackText(body: Uint8Array, encodings = '', type = ''): string {
  const plain = body.length === 0 ? body : encodings.toLowerCase().split(',').reduceRight(unpackOne, body);
  return decoderFor(type).decode(plain);
}

/** The text of a body, as `unpackText` gives it. `textOf` never throws: bytes that cannot be decompressed are decoded as they came. */
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
