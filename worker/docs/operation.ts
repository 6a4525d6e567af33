// One operation of the OpenAPI contract on the docs page: its callers, its parameters and body, and its answers.
import { html } from 'hono/html';
import { type Markup, table } from '../monitor/page.ts';
import { resolve, rowsOf, type Schema, type Schemas, typeOf } from './schema-rows.ts';

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}
interface Response extends Content {
  readonly $ref?: string;
  readonly description?: string;
}
/** The parts of an OpenAPI operation that the docs page uses. */
export interface Operation {
  readonly operationId?: string;
  readonly summary?: string;
  readonly tags?: readonly string[];
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema?: Schema;
  }[];
  readonly requestBody?: Content;
  readonly responses?: Readonly<Record<string, Response>>;
}
export interface PlacedOperation extends Operation {
  readonly method: string;
  readonly path: string;
}
/** The contract's named schemas and responses, to which operations refer. */
export interface Parts {
  readonly schemas: Schemas;
  readonly responses: Readonly<Record<string, Response>>;
}

const CALLERS: Readonly<Record<string, string>> = {
  member: 'member, by Bearer',
  session: 'member, by the session’s cookie',
  refresh: 'browser, by the refresh cookie',
  operator: 'operator',
  cron: 'cron',
  queue: 'queue',
};

/** Gives the operation's callers, in words. */
export const callersOf = ({ security = [] }: Operation): string =>
  security
    .flatMap((scheme) => Object.keys(scheme))
    .map((name) => CALLERS[name] ?? name)
    .join(' or ') || 'anyone';

const schemaOf = ({ content }: Content): Schema | undefined => content?.['application/json']?.schema;

/** Renders the operation as a block of the page; folded, the block shows only method, path and summary. */
export function operationOf(operation: PlacedOperation, parts: Parts): Markup {
  const { method, path, summary = '', operationId = '', parameters = [], requestBody } = operation;
  const asked = parameters.map(({ name, in: place, required, description, schema }) => [
    html`<code>${name}</code>`,
    `${place}${required ? '' : ', may be left out'}`,
    typeOf(schema ?? {}, parts.schemas),
    description ?? '',
  ]);
  const body = requestBody && schemaOf(requestBody);
  return html`<details id="${operationId}"><summary><b>${method.toUpperCase()} ${path}</b><br>${summary}</summary>
<p class="soft">Who: ${callersOf(operation)}</p>
${asked.length > 0 ? html`<h3>Parameters</h3>${table(['Name', 'Where', 'Type', 'Meaning'], asked)}` : ''}
${body ? html`<h3>Body</h3>${fieldsOf(body, parts.schemas)}` : ''}
${Object.entries(operation.responses ?? {}).map(([status, response]) => answerOf(status, response, parts))}</details>`;
}

function answerOf(status: string, response: Response, { schemas, responses }: Parts): Markup {
  // The `default` answer is left out: it is the error shape that all operations share, which the page shows under Errors.
  if (status === 'default') return html``;
  const shared = response.$ref?.split('/').at(-1);
  if (shared !== undefined)
    return html`<p><b>${status}</b> ${responses[shared]?.description ?? shared}. <a href="#errors">Codes</a></p>`;
  const schema = schemaOf(response);
  return html`<h3>${status} ${response.description ?? ''}</h3>${schema ? fieldsOf(schema, schemas) : ''}`;
}

function fieldsOf(schema: Schema, schemas: Schemas): Markup {
  const rows = rowsOf(schema, schemas).map(({ name, type, isRequired, description }) => [
    html`<code>${name}</code>`,
    type,
    isRequired ? 'always' : 'may be absent',
    description,
  ]);
  const [example] = resolve(schema, schemas).examples ?? [];
  const fields =
    rows.length === 0 ? html`<p>${typeOf(schema, schemas)}</p>` : table(['Field', 'Type', 'There', 'Meaning'], rows);
  return html`${fields}${example === undefined ? '' : html`<pre>${JSON.stringify(example, null, 2)}</pre>`}`;
}
