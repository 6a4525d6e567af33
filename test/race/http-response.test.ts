// The reader of HTTP answers copes with every way in which a stream of bytes is cut into pieces, and refuses an ambiguous answer.
import { brotliCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAnswer, type WholeAnswer } from '../../services/timed-sender/http-response.ts';

/** Feeds the text to the reader in pieces of the given sizes, the last size repeating. */
function read(text: string | Buffer, sizes: readonly number[] = [Number.MAX_SAFE_INTEGER]) {
  const reader = readAnswer();
  let left = Buffer.from(text);
  let answer: WholeAnswer | undefined;
  for (let at = 0; left.length > 0 && !answer; at += 1) {
    const size = sizes[Math.min(at, sizes.length - 1)] ?? 1;
    answer = reader.push(left.subarray(0, size));
    left = left.subarray(size);
  }
  return { answer, reader, rest: Buffer.concat([reader.rest(), left]).toString() };
}

const head = (...lines: string[]): string => `${['HTTP/1.1 200 OK', ...lines].join('\r\n')}\r\n\r\n`;
const LENGTH = `${head('Content-Length: 12', 'Set-Cookie: a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT', 'Set-Cookie: b=2')}{"id":"añ"}`;
const CHUNKED = `${head('Transfer-Encoding: chunked')}4\r\n{"id\r\n8;x=y\r\n":"añ"}\r\n0\r\nTrailer: 1\r\n\r\n`;

describe('an answer', () => {
  test('by length keeps every cookie whole', () => {
    const { answer } = read(LENGTH);
    expect(answer?.raw).toEqual({
      status: 200,
      setCookie: ['a=1; Expires=Wed, 01 Jan 2031 00:00:00 GMT', 'b=2'],
      retryAfter: undefined,
      body: '{"id":"añ"}',
    });
    expect(answer?.reusable).toBe(true);
  });

  test('is the same however the bytes are cut, one by one too', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(LENGTH, CHUNKED),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (text, sizes) => {
          const { answer, rest } = read(`${text}HTTP/1.1 201`, sizes);
          expect(answer?.raw.body).toBe('{"id":"añ"}');
          expect(rest).toBe('HTTP/1.1 201');
        },
      ),
    );
    expect(read(CHUNKED, [1]).answer?.raw.body).toBe('{"id":"añ"}');
  });

  test('without a length ends with the connection, and only there', () => {
    const { answer, reader } = read(`${head()}until the end`);
    expect(answer).toBeUndefined();
    expect(reader.end()).toMatchObject({ raw: { body: 'until the end' }, reusable: false });
  });

  test('cut short by the connection’s end is none', () => {
    for (const text of [LENGTH, CHUNKED]) {
      const { answer, reader } = read(text.slice(0, -1));
      expect(answer).toBeUndefined();
      expect(reader.end()).toBeUndefined();
      expect(reader.cut()?.raw).toMatchObject({
        status: 200,
        isCut: true,
        body: expect.stringMatching(/^\{"id":"añ"/),
      });
    }
    expect(read('HTTP/1.1 200 OK\r\nX: 1').reader.cut()).toBeUndefined();
    const packed = head('Content-Encoding: gzip', 'Content-Length: 99');
    const half = Buffer.concat([Buffer.from(packed), gzipSync('packed').subarray(0, -6)]);
    expect(read(half).reader.cut()?.raw.body).toBe('packed');
  });

  test('is decoded by the charset that it names', () => {
    const body = Buffer.from('añ', 'latin1');
    for (const type of ['text/html; charset=ISO-8859-1', 'application/json;Charset="windows-1252"'])
      expect(
        read(Buffer.concat([Buffer.from(head(`Content-Type: ${type}`, 'Content-Length: 2')), body])).answer?.raw.body,
      ).toBe('añ');
  });

  test('may come after interim answers', () => {
    expect(read(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n${LENGTH}`).answer?.raw.status).toBe(
      200,
    );
  });

  test('of 204 has no body, whatever it says', () => {
    expect(read('HTTP/1.1 204 No Content\r\n\r\n').answer?.raw).toMatchObject({ status: 204, body: '' });
  });

  test('is unpacked when the gym packed it unasked', () => {
    for (const [name, packed] of [
      ['gzip', gzipSync('packed')],
      ['br', brotliCompressSync('packed')],
    ] as const) {
      const text = Buffer.concat([
        Buffer.from(head(`Content-Encoding: ${name}`, `Content-Length: ${packed.length}`)),
        packed,
      ]);
      expect(read(text).answer?.raw.body).toBe('packed');
    }
  });

  test('tells the gym’s Date, unless a cache gave it or it is no date', () => {
    const date = 'Date: Tue, 24 Nov 2026 17:00:00 GMT';
    expect(read(head(date, 'Content-Length: 0')).answer?.dateMs).toBe(Date.UTC(2026, 10, 24, 17));
    expect(read(head(date, 'Age: 3', 'Content-Length: 0')).answer?.dateMs).toBeUndefined();
    expect(read(head('Date: yesterday', 'Content-Length: 0')).answer?.dateMs).toBeUndefined();
  });

  test('says when its connection serves no more', () => {
    expect(read(head('Connection: keep-alive, Close', 'Content-Length: 0')).answer?.reusable).toBe(false);
    expect(read('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n').answer?.reusable).toBe(false);
  });

  test('tells Retry-After', () => {
    expect(read('HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n').answer?.raw.retryAfter).toBe('2');
  });
});

describe('refused is', () => {
  test.each([
    ['another protocol', 'SSH-2.0-x\r\n\r\n'],
    ['a switch of protocol', 'HTTP/1.1 101 Switching\r\n\r\n'],
    ['length and chunks at once', `${head('Content-Length: 1', 'Transfer-Encoding: chunked')}`],
    ['two different lengths', head('Content-Length: 1', 'Content-Length: 2')],
    ['a list of lengths', head('Content-Length: 1, 1')],
    ['a negative length', head('Content-Length: -1')],
    ['another coding', head('Transfer-Encoding: gzip, chunked')],
    ['a folded header', head('X: 1', ' folded')],
    ['a space before the colon', head('Content-Length : 1')],
    ['a body beyond the limit', head('Content-Length: 1048577')],
    ['a malformed chunk', `${head('Transfer-Encoding: chunked')}-1\r\n`],
    ['a chunk that runs on', `${head('Transfer-Encoding: chunked')}1\r\nab\r\n`],
    ['an endless head', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(40_000)}`],
    ['an unknown encoding', `${head('Content-Encoding: zstd', 'Content-Length: 1')}x`],
  ])('%s', (_what, text) => {
    expect(() => read(text, [7])).toThrow();
  });

  test('an endless body, chunked or until close', () => {
    const chunk = `ffff\r\n${'x'.repeat(65_535)}\r\n`;
    expect(() => read(head('Transfer-Encoding: chunked') + chunk.repeat(17), [65_536])).toThrow('too large');
    expect(() => read(head() + 'x'.repeat(1_048_577), [65_536])).toThrow('too large');
  });

  test('never quoted in the message', () => {
    expect(() => read(head('se cret: 1'))).toThrow(/^Expected a plain HTTP\/1.1 answer, got a malformed header\.$/);
  });
});
