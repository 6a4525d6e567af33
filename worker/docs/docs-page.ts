// The OpenAPI contract as a page for authors of clients: a member's story first, then every operation by its purpose, cron last. The page is
// made from the contract at each request.
import { html } from 'hono/html';
import { FAILURES } from '../../services/failures.ts';
import { documentOf, type Markup, table } from '../monitor/page.ts';
import { type Operation, operationOf, type Parts, type PlacedOperation } from './operation.ts';
import { storyOf } from './story.ts';

/** The parts of the OpenAPI contract that the docs page uses. */
export interface ShownContract {
  readonly paths?: Readonly<Record<string, object>>;
  readonly components?: object;
}

interface Group {
  readonly title: string;
  readonly tags: readonly string[];
}
const MEMBERS: readonly Group[] = [
  { title: 'Sign in, sessions and devices', tags: ['auth'] },
  { title: 'Boxes and classes', tags: ['boxes', 'booking', 'agenda'] },
  { title: 'Prebookings', tags: ['prebookings'] },
  { title: 'Every week, and pauses', tags: ['rules', 'pauses'] },
  { title: 'Places that come free', tags: ['watches'] },
  { title: 'Notices and channels', tags: ['notices', 'notifications', 'confirm'] },
  { title: 'Calendar', tags: ['calendar'] },
  { title: 'The account', tags: ['me', 'usage', 'session', 'chat'] },
];
const MACHINES: readonly Group[] = [
  { title: 'For the operator', tags: ['operator'] },
  {
    title: 'The service and its queue',
    tags: ['service', 'queue-check', 'refresh-part', 'execute-prebooking', 'telegram'],
  },
  { title: 'Cron', tags: ['cron'] },
];

/** Renders the docs page of a contract. @param origin this service's address, used in the examples. */
export function renderDocs(contract: ShownContract, origin: string): Markup {
  const operations = operationsIn(contract);
  const named = new Set([...MEMBERS, ...MACHINES].flatMap(({ tags }) => tags));
  const others = [...new Set(operations.map(tagOf))].filter((tag) => !named.has(tag));
  const members = [...MEMBERS, ...(others.length > 0 ? [{ title: 'Others', tags: others }] : [])];
  const parts: Parts = { schemas: {}, responses: {}, ...contract.components };
  const sections = (groups: readonly Group[]) => groups.map((group) => sectionOf(group, operations, parts));
  const links = [...members, { title: 'Errors', tags: [] }, ...MACHINES];
  const body = html`<h1>puntual · the API</h1>
<p>For machines the same is at <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). A page of this service’s own origin may load <code>/client/puntual.js</code>, a client that keeps the session, all tabs and the device in step.</p>
<nav aria-label="Contents"><ul><li><a href="#story">A member’s story</a></li><li><a href="#manners">Manners</a></li>${links.map(
    ({ title }) => html`<li><a href="#${anchorOf(title)}">${title}</a></li>`,
  )}</ul></nav>
<h2 id="story">A member’s story</h2>${storyOf(origin)}
<h2 id="manners">Manners</h2>${MANNERS}
${sections(members)}
<h2 id="errors">Errors</h2>${errors()}
${sections(MACHINES)}`;
  return documentOf('puntual · docs', body);
}

const MANNERS = html`<ul>
<li>Days are <code>YYYYMMDD</code> and hours are those of the box’s own zone; every instant is ISO 8601 in UTC.</li>
<li>An <code>Idempotency-Key</code> on a POST that makes something lets it be repeated after a lost answer. Without one, look before you send again: it may have happened.</li>
<li>429 comes with <code>Retry-After</code>. So does every refusal that passes.</li>
<li>Bodies take the fields that are named and no others. An answer may gain fields.</li>
</ul>`;

const anchorOf = (title: string): string => title.toLowerCase().replace(/[^a-z]+/g, '-');
const tagOf = ({ tags = [] }: Operation): string => tags[0] ?? 'service';

const operationsIn = ({ paths = {} }: ShownContract): PlacedOperation[] =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item as Record<string, Operation>).map(([method, operation]) => ({ ...operation, method, path })),
  );

function sectionOf({ title, tags }: Group, operations: readonly PlacedOperation[], parts: Parts): Markup {
  const found = operations.filter((one) => tags.includes(tagOf(one)));
  if (found.length === 0) return html``;
  const order = (one: PlacedOperation) => tags.indexOf(tagOf(one));
  const sorted = found.toSorted((a, b) => order(a) - order(b));
  return html`<h2 id="${anchorOf(title)}">${title}</h2>${sorted.map((one) => operationOf(one, parts))}`;
}

function errors(): Markup {
  const codes = Object.entries(FAILURES).map(([code, { status, again }]) => [
    html`<code>${code}</code>`,
    status,
    again ? 'later' : 'no',
  ]);
  return html`<p>Every refusal is <code>{ "error": { "code", "message" } }</code>. The code is for programs and stays as it is; the message is for people. A booking is never sent again by asking again: that rests on its Idempotency-Key.</p>
${table(['Code', 'Status', 'Ask again'], codes)}`;
}
