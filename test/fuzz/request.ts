// Makes request n of a seed: an endpoint of the API contract, called by one of the identities, with values that fit its schemas or values that do
// not.
import type { Chance } from './chance.ts';
import { type Known, type Schema, valueFor, wild, wildText } from './values.ts';

export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly body: Schema | undefined;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: Schema;
  }[];
  /** The ways of authenticating at this endpoint, by the API contract's names. */
  readonly security: readonly string[];
}
export interface FuzzRequest {
  /** The endpoint that the request is meant for: method and path of the API contract. */
  readonly endpoint: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}
/**
 * The callers of requests, by name, with their headers. A caller's name begins with the API contract's name for its way of authenticating, if the
 * contract has a name for it.
 */
export type Identities = Readonly<Record<string, Record<string, string>>>;

interface Contract {
  readonly paths?: Record<string, Record<string, never>>;
  readonly components?: { readonly schemas?: Record<string, Schema> };
}
interface Operation {
  readonly security?: readonly Record<string, unknown>[];
  readonly parameters?: Endpoint['parameters'];
  readonly requestBody?: { readonly content?: Record<string, { readonly schema?: Schema }> };
}

/** Schemas of bodies that the endpoint's own code reads, because their exact bytes are signed. */
const RAW: Record<string, Schema> = {
  '/api/execute-prebooking': { properties: { prebookingId: {} }, required: ['prebookingId'] },
};

/** Lists the endpoints of the API contract, each with its parameters, its body's schema and its ways of authenticating. */
export function endpointsOf(contract: object): Endpoint[] {
  const { paths = {}, components } = contract as Contract;
  const resolved = (schema: Schema | undefined): Schema | undefined =>
    schema?.$ref ? components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''] : schema;
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(
      ([method, { parameters = [], requestBody, security = [] }]) => ({
        method: method.toUpperCase(),
        path,
        body: resolved(requestBody?.content?.['application/json']?.schema) ?? RAW[path],
        parameters,
        security: security.flatMap((way) => Object.keys(way)),
      }),
    ),
  );
}

const isHeavy = ({ path }: Endpoint): boolean => /\/cron\/|^\/(metrics|monitor)$/.test(path);

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];
const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'text/plain',
  'application/x-www-form-urlencoded',
  'APPLICATION/JSON',
  '',
];
const HEADERS = [
  'x-user-email',
  'x-forwarded-for',
  'origin',
  'sec-fetch-site',
  'cookie',
  'authorization',
  'upstash-signature',
  'content-type',
  'idempotency-key',
  'x-http-method-override',
  'accept',
  'host',
  'content-length',
  'range',
  'if-none-match',
  'upstash-message-id',
];
const WORDS = [
  'evil.test',
  'null',
  'https://evil.test',
  'cross-site',
  'same-origin',
  '0',
  '-1',
  'Bearer',
  'Bearer ',
  'Bearer x.y.z',
  'Basic Og==',
  'bytes=0-',
  'a=b; c',
  '__Host-puntual=x',
  'sb-x-auth-token=base64-!!',
  'sb-x-auth-token.0=%7B',
  'sb-x-auth-token=base64-bnVsbA',
  '=;=;;',
  '"',
];

/** Drops from the text what a header cannot hold, because the HTTP client would refuse the request. */
const headerText = (text: string): string =>
  text
    .replace(/[^\x20-\x7e\x80-\xff]/g, '')
    .trim()
    .slice(0, 3_000);
/** Gives text for a URL: mostly escaped correctly, sometimes malformed. */
const addressText = (value: unknown, chance: Chance): string => {
  const text = typeof value === 'string' ? value.toWellFormed() : JSON.stringify(value);
  return chance.onceIn(20)
    ? chance.pick(['%', '%zz', '%c0%af', '%00', '..%2f', '%ff', '//', ';a'])
    : encodeURIComponent(text ?? '');
};

export function requestOf(
  endpoints: readonly Endpoint[],
  identities: Identities,
  known: Known,
  chance: Chance,
): FuzzRequest {
  const any = chance.pick(endpoints);
  // An endpoint that runs a timed job touches every session, and a page for the operator counts every row, so few requests call these heavy
  // endpoints.
  const endpoint = isHeavy(any) && !chance.onceIn(10) ? chance.pick(endpoints.filter((one) => !isHeavy(one))) : any;
  // For each request the share of wrong values is drawn: one in 1,000, one in 12 or one in 3.
  const oddIn = chance.pick([1_000, 12, 3]);
  const fields = endpoint.parameters.map(({ name, in: place, required, schema }) => ({
    name,
    place,
    given: place === 'path' || (required ? !chance.onceIn(10) : chance.onceIn(2)),
    value: valueFor(schema, name, known, chance, oddIn),
  }));
  const textOf = (name: string) => addressText(fields.find((field) => field.name === name)?.value ?? 'x', chance);
  const path = endpoint.path.replace(/\{(\w+)\}/g, (_, name) => textOf(name) || 'x');
  const asked = fields
    .filter(({ place, given }) => place === 'query' && given)
    .map(({ name }) => `${name}=${textOf(name)}`);
  if (chance.onceIn(25))
    asked.push(`${chance.pick(['accessToken', 'a[b]', '__proto__', 'day', '%'])}=${addressText(wild(chance), chance)}`);
  const headers = { ...identities[whoAsks(endpoint, identities, chance)], ...headersOf(fields, chance, oddIn) };
  const method = chance.onceIn(25) ? chance.pick(METHODS) : endpoint.method;
  const hasBody = method !== 'GET' && method !== 'HEAD' && (endpoint.body !== undefined || chance.onceIn(5));
  const body = hasBody ? bodyOf(endpoint.body ?? {}, known, chance, oddIn) : undefined;
  if (body !== undefined && !chance.onceIn(25))
    headers['content-type'] ??= chance.onceIn(20) ? chance.pick(TYPES) : 'application/json';
  return {
    endpoint: `${endpoint.method} ${endpoint.path}`,
    method,
    path: asked.length > 0 ? `${path}?${asked.join('&')}` : path,
    headers,
    body,
  };
}

/** Gives the caller's name: half the time one of the callers that the endpoint is for, else any caller. */
function whoAsks({ security }: Endpoint, identities: Identities, chance: Chance): string {
  const names = Object.keys(identities);
  const right = names.filter((name) => security.some((way) => name.startsWith(`${way}:`)));
  return right.length > 0 && chance.onceIn(2) ? chance.pick(right) : chance.pick(names);
}

function headersOf(
  fields: readonly { name: string; place: string; given: boolean; value: unknown }[],
  chance: Chance,
  oddIn: number,
) {
  const headers: Record<string, string> = {};
  for (const { name, place, given, value } of fields)
    if (place === 'header' && given)
      headers[name] = headerText(typeof value === 'string' ? value : JSON.stringify(value)) || 'k';
  const odd = chance.onceIn(oddIn) ? chance.below(4) : 0;
  for (let n = 0; n < odd; n++)
    headers[chance.pick(HEADERS)] = headerText(chance.onceIn(3) ? wildText(chance) : chance.pick(WORDS));
  return headers;
}

function bodyOf(schema: Schema, known: Known, chance: Chance, oddIn: number): string {
  const text = JSON.stringify(valueFor(schema, '', known, chance, oddIn)) ?? '';
  if (!chance.onceIn(oddIn * 2)) return text;
  return chance.pick([
    () => text.slice(0, chance.below(text.length + 1)),
    () => text + text,
    () => `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
    () => `${'{"a":'.repeat(2_000)}1${'}'.repeat(2_000)}`,
    () => `{"a":"${'x'.repeat(70_000)}"}`,
    () => wildText(chance),
    () => text.replace(/"/g, '\u0000'),
  ])();
}
