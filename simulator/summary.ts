// What the pretend gym's record of calls (`history`) keeps of an answer: a short form, with hashes in the place of tokens.
import type { Reply } from './reply.ts';
import { tokenHash } from './sessions.ts';

export function summaryOf(reply: Reply): unknown {
  if (reply.html !== undefined) return reply.html === '' ? '' : '<html>';
  const { json } = reply;
  if (typeof json !== 'object' || json === null) return json;
  if ('timetable' in json && 'bookings' in json) return listSummary(json.bookings);
  return JSON.parse(JSON.stringify(json, hideTokens)) as unknown;
}

const TOKEN_FIELDS = new Set(['newToken', 'refreshToken']);
/** The form of a token; a value of this form is replaced by its hash in whatever field it stands. */
const TOKEN = /^\d+\|\d+\|[0-9a-f]{32}/;

const hideTokens = (key: string, value: unknown): unknown =>
  typeof value === 'string' && (TOKEN_FIELDS.has(key) || TOKEN.test(value)) ? `sha256:${tokenHash(value)}` : value;

function listSummary(rows: unknown): unknown {
  if (!Array.isArray(rows)) return {};
  const mine = rows.filter((row: { bookState?: unknown }) => row.bookState !== null);
  return { classes: rows.length, mine: mine.map(({ id, bookState, idres }) => ({ id, bookState, idres })) };
}
