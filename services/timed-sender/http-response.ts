// Reads whole HTTP/1.1 answers out of a stream of bytes, however an answer is delimited: by length, chunked, until close. The size of an answer's
// head and body is limited. The reader does not interpret answers.
import type { RawAnswer } from '../gym/gym.ts';
import { textOf, unpackText } from '../http-body.ts';
import { type AnswerHead, parseHead, unreadable } from './http-head.ts';

const HEAD_LIMIT = 32 * 1024;
const BODY_LIMIT = 1024 * 1024;
const BLANK_LINE = '\r\n\r\n';

export interface WholeAnswer {
  readonly raw: RawAnswer;
  readonly dateMs: number | undefined;
  readonly reusable: boolean;
}

export interface AnswerReader {
  /**
   * Takes the next bytes; returns the answer once it is whole. Throws when the bytes are not an answer that this reader understands, or are too many.
   */
  push(chunk: Buffer): WholeAnswer | undefined;
  /** Tells the reader that the peer has closed; returns the answer if closing is what ends this answer. */
  end(): WholeAnswer | undefined;
  /** The part that has come of an answer that broke off, with `isCut` true; undefined while the answer's head is not whole. */
  cut(): WholeAnswer | undefined;
  /** The bytes received beyond the end of the answer. */
  rest(): Buffer;
}

type Step = 'head' | 'body' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailers' | 'done';

/**
 * Creates the reader of one HTTP answer. The next answer on the connection needs another reader, which first gets the `rest()` of the reader before.
 */
export function readAnswer(): AnswerReader {
  let held: Buffer = Buffer.alloc(0);
  let step: Step = 'head';
  let head: AnswerHead | undefined;
  let wanted = 0;
  let size = 0;
  const parts: Buffer[] = [];

  const take = (bytes: number): Buffer => {
    const taken = held.subarray(0, bytes);
    held = held.subarray(bytes);
    return taken;
  };
  const takeLine = (limit: number): string | undefined => {
    const at = held.indexOf('\r\n');
    // One byte more than the limit of a line may be held: the CR of a CRLF that is not whole yet.
    if (at < 0 ? held.length > limit + 1 : at > limit) throw unreadable('too long a line');
    return at < 0 ? undefined : take(at + 2).toString('latin1', 0, at);
  };
  const keep = (bytes: Buffer): void => {
    size += bytes.length;
    if (size > BODY_LIMIT) throw unreadable('too large a body');
    if (bytes.length > 0) parts.push(bytes);
  };

  function readHead(): boolean {
    const at = held.indexOf(BLANK_LINE);
    if (at < 0 ? held.length > HEAD_LIMIT : at > HEAD_LIMIT) throw unreadable('too long a head');
    if (at < 0) return false;
    const parsed = parseHead(take(at + 4).toString('latin1', 0, at));
    if (parsed.status < 200) return true;
    head = parsed;
    const { framing } = parsed;
    wanted = framing.kind === 'length' ? framing.bytes : framing.kind === 'none' ? 0 : Number.POSITIVE_INFINITY;
    if (wanted !== Number.POSITIVE_INFINITY && wanted > BODY_LIMIT) throw unreadable('too large a body');
    step = framing.kind === 'chunked' ? 'chunk-size' : wanted === 0 ? 'done' : 'body';
    return true;
  }
  function readBytes(next: Step): boolean {
    if (held.length === 0) return false;
    const bytes = take(Math.min(wanted, held.length));
    wanted -= bytes.length;
    keep(bytes);
    if (wanted === 0) step = next;
    return true;
  }
  function readChunkSize(): boolean {
    const line = takeLine(256);
    if (line === undefined) return false;
    const match = /^([0-9a-fA-F]{1,7})[ \t]*(;.*)?$/.exec(line);
    if (!match?.[1]) throw unreadable('a malformed chunk');
    wanted = Number.parseInt(match[1], 16);
    step = wanted === 0 ? 'trailers' : 'chunk';
    return true;
  }
  function readChunkEnd(): boolean {
    const line = takeLine(0);
    if (line === undefined) return false;
    step = 'chunk-size';
    return true;
  }
  function readTrailer(): boolean {
    const line = takeLine(HEAD_LIMIT);
    if (line === undefined) return false;
    if (line === '') step = 'done';
    return true;
  }
  const reads: Record<Exclude<Step, 'done'>, () => boolean> = {
    head: readHead,
    body: () => readBytes('done'),
    'chunk-size': readChunkSize,
    chunk: () => readBytes('chunk-end'),
    'chunk-end': readChunkEnd,
    trailers: readTrailer,
  };
  const whole = (): WholeAnswer | undefined => head && finish(head, Buffer.concat(parts));

  return {
    push(chunk) {
      held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      while (step !== 'done' && reads[step]()) {}
      return step === 'done' ? whole() : undefined;
    },
    end: () => (step === 'body' && head?.framing.kind === 'until-close' ? whole() : undefined),
    cut: () => head && finish(head, Buffer.concat(parts), true),
    rest: () => held,
  };
}

function finish({ type, encoding, ...head }: AnswerHead, body: Buffer, isCut = false): WholeAnswer {
  if (!KNOWN.test(encoding)) throw unreadable('an unknown encoding');
  const { status, setCookie, retryAfter, dateMs, reusable } = head;
  const text = (isCut ? textOf : unpackText)(body, encoding, type);
  return { raw: { status, setCookie, retryAfter, body: text, ...(isCut && { isCut }) }, dateMs, reusable };
}

const KNOWN = /^(?:|identity|gzip|x-gzip|deflate|br)$/;
