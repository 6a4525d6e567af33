// Writes the export of one member's data as JSON, piece by piece. A member with years of use has more data than one database statement can read in its
// time, and than the process should hold in memory.
import { Failure } from '../failures.ts';
import type { Exported, ExportList } from '../store/profile-store.ts';
import type { Store } from '../store/store.ts';

type Stored = Pick<Store, 'readExport' | 'readExportPage' | 'exportRules'>;

/** How many rows one statement reads: a message of the chat has up to 8,000 characters, a row of the other lists a few hundred to a few thousand. */
const MAX_ROWS: Readonly<Record<ExportList, number>> = { prebookings: 500, watches: 500, notices: 500, messages: 200 };

/**
 * The text of the export; the pieces put together are one JSON object. The first piece comes only after the database has answered `readExport` and
 * `exportRules`. Throws account/missing if there is no such member, database/….
 */
export async function* exportText(store: Stored, userId: string, exportedAt: Date): AsyncGenerator<string> {
  const [rest, repeated] = await Promise.all([store.readExport(userId), store.exportRules(userId)]);
  if (!rest) throw new Failure('account/missing', 'There is no such account here (any more).');
  const { conversations, ...others } = rest;
  yield JSON.stringify({ exportedAt: exportedAt.toISOString(), ...others, ...repeated }).slice(0, -1);
  for (const list of ['prebookings', 'watches', 'notices'] as const) {
    yield `,"${list}":`;
    yield* arrayOf(pages(store, userId, list), (row) => row);
  }
  yield ',"conversations":';
  yield* conversationsText(conversations, pages(store, userId, 'messages'));
  yield '}';
}

async function* pages(store: Stored, userId: string, list: ExportList): AsyncGenerator<readonly Exported[]> {
  let after: unknown = null;
  do {
    const page = await store.readExportPage({ userId, list, after, most: MAX_ROWS[list] });
    yield page.rows;
    after = page.after;
  } while (after !== null);
}

/** One JSON array of the rows of all pages, each row changed by `change`; one piece of text for each page. */
async function* arrayOf(
  all: AsyncIterable<readonly Exported[]>,
  change: (row: Exported) => unknown,
): AsyncGenerator<string> {
  let mark = '[';
  for await (const rows of all) {
    if (rows.length === 0) continue;
    yield `${mark}${rows.map((row) => JSON.stringify(change(row))).join(',')}`;
    mark = ',';
  }
  yield mark === '[' ? '[]' : ']';
}

/**
 * The conversations, each with its messages. The messages must be grouped by conversation, in the order of `conversations`, as the SQL function
 * read_export_page gives them.
 */
async function* conversationsText(
  conversations: readonly Exported[],
  messages: AsyncGenerator<readonly Exported[]>,
): AsyncGenerator<string> {
  // A conversation that began after the conversations were read is left out, with its messages.
  const known = new Set(conversations.map(({ id }) => id));
  let page: Exported[] = [];
  /** Takes the messages of the conversation `id` from the beginning of the page, and returns them. */
  const takeOf = (id: unknown): Exported[] => {
    const other = page.findIndex(({ conversation }) => conversation !== id);
    return page.splice(0, other === -1 ? page.length : other);
  };
  async function* ofConversation(id: unknown): AsyncGenerator<readonly Exported[]> {
    for (;;) {
      yield takeOf(id);
      if (page.length > 0) return;
      const next = await messages.next();
      if (next.done) return;
      page = next.value.filter(({ conversation }) => known.has(conversation));
    }
  }
  let mark = '[';
  for (const conversation of conversations) {
    yield `${mark}${JSON.stringify(conversation).slice(0, -1)},"messages":`;
    yield* arrayOf(ofConversation(conversation['id']), ({ message }) => message);
    yield '}';
    mark = ',';
  }
  yield mark === '[' ? '[]' : ']';
}
