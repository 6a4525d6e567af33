// Makes one HTTP call of the API contract: builds the address, headers and JSON body, and throws a refusal as an error with its code. The function
// that makes the call knows nothing of puntual sessions and never repeats a call.
import { ClientError } from './client-error.ts';
import type { Answer, Ask, ErrorCode, Method, Path } from './contract.ts';
import type { Surroundings } from './surroundings.ts';

export interface Credentials {
  readonly bearer?: string | undefined;
  /** True to send and receive the httpOnly cookies; only the endpoints that use cookies need the option. */
  readonly cookies?: boolean;
}

/** Calls one endpoint and returns the answer's JSON. Throws ClientError. */
export type Call = <P extends Path, M extends Method<P>>(
  method: M,
  path: P,
  ask: Ask<P, M>,
  credentials?: Credentials,
) => Promise<Answer<P, M>>;

/** A call without an answer for this many ms fails with client/unreachable: a hanging call might hold a lock for which other tabs wait. */
const TIMEOUT_MS = 30_000;

interface Loose {
  readonly body?: unknown;
  readonly query?: object;
  readonly path?: object;
  readonly idempotencyKey?: string;
  readonly signal?: AbortSignal;
}

/** Makes a `Call`. @param baseUrl the service's origin, or '' for the page's own. */
export function createCall(baseUrl: string, { fetch }: Pick<Surroundings, 'fetch'>): Call {
  return async <P extends Path, M extends Method<P>>(
    method: M,
    path: P,
    ask: Ask<P, M>,
    { bearer, cookies = false }: Credentials = {},
  ) => {
    const { body, query, path: parts, idempotencyKey, signal } = ask as Loose;
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const request: RequestInit = {
      method: String(method).toUpperCase(),
      headers: {
        Accept: 'application/json',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
        ...(idempotencyKey !== undefined && { 'Idempotency-Key': idempotencyKey }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // 'include' sends cookies to another origin, too: a service of the same site may have another origin than the page.
      credentials: cookies ? 'include' : 'omit',
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    };
    const response = await fetch(addressOf(baseUrl, path, parts, query), request).catch((cause) => {
      throw new ClientError('client/unreachable', 'No answer from the service.', { cause });
    });
    return (await read(response)) as Answer<P, M>;
  };
}

function addressOf(baseUrl: string, path: string, parts: object = {}, query: object = {}): string {
  const values = new Map<string, unknown>(Object.entries(parts));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(values.get(name) ?? '')));
  const given = Object.entries(query).flatMap(([name, value]) => (value == null ? [] : [[name, String(value)]]));
  return `${baseUrl}${filled}${given.length > 0 ? `?${new URLSearchParams(given)}` : ''}`;
}

/** Reads the answer's JSON. Throws ClientError if the status is no success, or if the answer is not the service's JSON. */
async function read(response: Response): Promise<unknown> {
  const { status } = response;
  const text = await response.text().catch((cause) => {
    throw new ClientError('client/unreachable', 'The answer broke off.', { status, cause });
  });
  const json = parse(text);
  if (response.ok && json !== undefined) return json;
  const error = errorIn(json);
  if (!error)
    throw new ClientError('client/unreadable', `Expected an answer of the service, got ${status}.`, { status });
  const retryAfterS = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(retryAfterS) ? retryAfterS * 1000 : undefined;
  throw new ClientError(error.code, error.message, { status, retryAfterMs });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function errorIn(json: unknown): { code: ErrorCode; message: string } | undefined {
  if (typeof json !== 'object' || json === null || !('error' in json)) return undefined;
  const { error } = json;
  if (typeof error !== 'object' || error === null || !('code' in error) || !('message' in error)) return undefined;
  if (typeof error.code !== 'string' || typeof error.message !== 'string') return undefined;
  return { code: error.code as ErrorCode, message: error.message };
}
