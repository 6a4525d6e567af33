// Reads the head of one HTTP/1.1 answer strictly: what is ambiguous is refused, because a misread booking answer costs more than an unread one.
// http-response.ts reads the bodies of answers.

export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'until-close' };

export interface AnswerHead {
  readonly status: number;
  readonly setCookie: readonly string[];
  readonly retryAfter: string | undefined;
  /** The gym's Date in epoch ms; undefined when absent, malformed, or from a cache (Age). */
  readonly dateMs: number | undefined;
  readonly encoding: string;
  /** The header Content-Type, whose charset tells how to decode the body; empty when absent. */
  readonly type: string;
  readonly framing: Framing;
  /** True when another request may follow on this connection. */
  readonly reusable: boolean;
}

/** The error for bytes that are not one plain HTTP/1.1 answer. The error's message never quotes the bytes, because they may hold a secret. */
export const unreadable = (why: string): Error => new Error(`Expected a plain HTTP/1.1 answer, got ${why}.`);

const FIELD = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * Reads the head of an answer: the text before the blank line, without its last CRLF. Throws on a text that is not strictly the head of an HTTP/1
 * answer.
 */
export function parseHead(text: string): AnswerHead {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [^\r\n]*)?$/.exec(statusLine);
  if (!match) throw unreadable('another first line');
  const status = Number(match[2]);
  if (status === 101) throw unreadable('another protocol');
  const fields = readFields(lines);
  const framing = framingOf(status, match[1] === '1', fields);
  const closes = tokens(fields.get('connection')).includes('close');
  return {
    status,
    setCookie: fields.get('set-cookie') ?? [],
    retryAfter: fields.get('retry-after')?.[0],
    dateMs: fields.has('age') ? undefined : dateOf(fields.get('date')?.[0]),
    encoding: (fields.get('content-encoding')?.join(',') ?? 'identity').trim().toLowerCase(),
    type: fields.get('content-type')?.[0] ?? '',
    framing,
    reusable: match[1] === '1' && !closes && framing.kind !== 'until-close',
  };
}

function readFields(lines: readonly string[]): Map<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const match = FIELD.exec(line);
    if (!match?.[1] || /[\r\n\0]/.test(line)) throw unreadable('a malformed header');
    const name = match[1].toLowerCase();
    fields.set(name, [...(fields.get(name) ?? []), match[2] ?? '']);
  }
  return fields;
}

// An answer with two framings at once (a length and chunks) is refused, because choosing one is how answers get attributed to the wrong request.
function framingOf(status: number, isHttp11: boolean, fields: Map<string, string[]>): Framing {
  const coding = fields.get('transfer-encoding');
  const lengths = fields.get('content-length');
  if (coding && (lengths || !isHttp11 || coding.join(',').toLowerCase() !== 'chunked'))
    throw unreadable('unclear framing');
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (coding) return { kind: 'chunked' };
  if (!lengths) return { kind: 'until-close' };
  const [length = ''] = lengths;
  if (!/^\d{1,15}$/.test(length) || lengths.some((other) => other !== length)) throw unreadable('unclear length');
  return { kind: 'length', bytes: Number(length) };
}

const tokens = (values: readonly string[] | undefined): string[] =>
  (values ?? []).flatMap((value) => value.split(',')).map((token) => token.trim().toLowerCase());

const dateOf = (value: string | undefined): number | undefined =>
  value !== undefined && HTTP_DATE.test(value) ? Date.parse(value) : undefined;
