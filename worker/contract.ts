// The OpenAPI contract from which clients are generated. Every operation gets a name and a list of its possible errors with their codes, and each
// schema in `EXAMPLES` gets its example. This file changes no endpoint: it completes the document that the routes' schemas give.
import { FAILURES, type FailureCode } from '../services/failures.ts';
import { EXAMPLES } from './contract-examples.ts';

interface Operation {
  operationId?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly unknown[];
  readonly requestBody?: unknown;
  tags?: string[];
  responses: Record<string, unknown>;
}
interface Schema {
  example?: unknown;
  examples?: unknown[];
}
/** The parts of the OpenAPI document that `furnish` completes. */
export interface ContractDocument {
  readonly paths?: Readonly<Record<string, object>>;
  readonly components?: {
    responses?: Record<string, unknown> | undefined;
    readonly schemas?: Readonly<Record<string, object>> | undefined;
  };
}

/** The names of the error responses in the contract, by HTTP status. */
const NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  402: 'NoTokensLeft',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Gone',
  413: 'TooLarge',
  415: 'NotJson',
  422: 'Unprocessable',
  429: 'TooMany',
};
const MEANINGS: Readonly<Record<number, string>> = {
  400: 'The request does not fit: each problem is named',
  401: 'Not signed in, or not any more',
  402: 'No tokens are left in this period',
  403: 'Not allowed: from another page, by this proof, or for this member',
  404: 'Not there, or not yours',
  409: 'As things stand this cannot be done; the code says why',
  410: 'The other end of the channel is gone for good',
  413: 'The body is too large',
  415: 'The body is not JSON',
  422: 'Understood, and it cannot be done as asked',
  429: 'Too many; Retry-After says when to ask again',
};

/**
 * Makes an operation's name from its method and path: `GET /api/prebookings/{id}` → `getPrebookingsById`. The name of an operation under `/api/cron`
 * keeps the word `Api`, because the same operation also exists under `/cron`, and each name must be unique.
 */
export function operationIdOf(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/(?!cron\/)/, '/')
    .split(/[^A-Za-z0-9{}]+/)
    .filter(Boolean)
    .map((word) => (word.startsWith('{') ? `By${capital(word.slice(1, -1))}` : capital(word)));
  return method + words.join('');
}
const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Adds operation names, tags, error responses and examples to the OpenAPI document, in place, and returns the document. */
export function furnish<D extends ContractDocument>(document: D): D {
  for (const [path, item] of Object.entries(document.paths ?? {}))
    for (const [method, operation] of Object.entries(item as Record<string, Operation>)) {
      operation.operationId ??= operationIdOf(method, path);
      operation.tags ??= [tagOf(path)];
      for (const status of refusalsOf(method, path, operation))
        operation.responses[status] ??= { $ref: `#/components/responses/${NAMES[status]}` };
    }
  const { components } = document;
  if (components) components.responses = { ...components.responses, ...named() };
  for (const [name, schema] of Object.entries(components?.schemas ?? {})) giveExample(schema, EXAMPLES[name]);
  return document;
}

/** Moves a schema's own example, or else the example `given`, into `examples`, the list that OpenAPI 3.1 has for examples. */
function giveExample(schema: Schema, given: unknown): void {
  const example = schema.example ?? given;
  if (example === undefined) return;
  delete schema.example;
  schema.examples ??= [example];
}

function tagOf(path: string): string {
  const [first = '', second = ''] = path.split('/').filter(Boolean);
  if (first === 'cron' || second === 'cron') return 'cron';
  return first === 'api' ? second : 'service';
}

/** The error statuses that an operation may answer beyond those its route declares, derived from which callers it accepts and from its input. */
function refusalsOf(method: string, path: string, operation: Operation): number[] {
  const { security = [], parameters = [], requestBody } = operation;
  const changes = method !== 'get';
  const isGuarded = security.length > 0;
  const isMembers = security.some((scheme) => 'member' in scheme || 'session' in scheme || 'refresh' in scheme);
  const takes = parameters.length > 0 || requestBody !== undefined || changes;
  const statuses: [number, boolean][] = [
    [400, takes],
    [401, isGuarded || path.endsWith('/login')],
    [402, requestBody !== undefined && path === '/api/prebookings'],
    [403, isMembers],
    [404, isMembers],
    [409, isMembers && changes],
    [410, requestBody !== undefined && path === '/api/notifications/channels'],
    [413, changes],
    [415, changes],
    [422, requestBody !== undefined && isMembers],
    [429, takes],
  ];
  return statuses.filter(([, may]) => may).map(([status]) => status);
}

/** The named error responses, one for each status; each lists the codes that have this status. */
function named(): Record<string, unknown> {
  const codesOf = (status: number) =>
    (Object.keys(FAILURES) as FailureCode[]).filter((code) => FAILURES[code].status === status);
  return Object.fromEntries(
    Object.entries(NAMES).map(([status, name]) => {
      const codes = codesOf(Number(status));
      const error = { code: { type: 'string', enum: codes }, message: { type: 'string' } };
      const schema = {
        ...{ type: 'object', required: ['error'] },
        properties: { error: { type: 'object', required: ['code', 'message'], properties: error } },
      };
      const example = { error: { code: codes[0], message: 'Expected …' } };
      const content = { 'application/json': { schema, example } };
      return [name, { description: MEANINGS[Number(status)], content }];
    }),
  );
}
