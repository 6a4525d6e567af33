// Cleans the value of an environment variable that came through an `.env` file, a container's env file or a hosting platform's dashboard. Blanks,
// line ends, quotes and byte order marks around a variable's value are removed. A value that is certainly wrong even when cleaned is reported by the
// variable's name, and is not quoted.
import { Failure } from '../services/failures.ts';

type Raw = Readonly<Record<string, string>>;

/** Environment variables that are sent in a header or compared with a header; a value with a blank or a letter beyond ASCII would never match. */
const IN_HEADERS = new Set([
  'SUPABASE_PUBLISHABLE_KEY',
  'SUPABASE_SECRET_KEY',
  'QSTASH_TOKEN',
  'QSTASH_CURRENT_SIGNING_KEY',
  'QSTASH_NEXT_SIGNING_KEY',
  'CRON_SECRET',
  'CRON_SECRET_PREVIOUS',
  'OPERATOR_TOKEN',
]);
/** Variables that hold JSON, which may stand on several lines. */
const MAY_HAVE_LINES = new Set(['SESSION_SIGNING_KEY']);

const WORD = /^[\x21-\x7e]+$/;
const CONTROL = /\p{Cc}/u;
const QUOTED = /^(["'])(.*)\1$/s;
/** A line end written as \n at the end of a value in double quotes, if the env file's reader did not convert it. */
const WRITTEN_LINE_ENDS = /(?:\\[nr])+$/;

/** The text of an `.env` file without its byte order mark. Throws config/invalid for a file in UTF-16, as some editors save it. */
export function envFileText(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) throw new Failure('config/invalid', '.env: expected UTF-8, got UTF-16: save it again.');
  // TextDecoder removes a UTF-8 byte order mark.
  return new TextDecoder().decode(bytes);
}

/** The cleaned variables, without those that have no value. Blanks and byte order marks around a variable's name are also removed. */
export function cleanEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [name.trim(), bare(value ?? '')] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** The value without quotes around it; `trim` removes blanks of every kind, line ends and byte order marks. */
function bare(value: string): string {
  const trimmed = value.trim();
  const [, quote, inside] = QUOTED.exec(trimmed) ?? [];
  if (inside === undefined) return trimmed;
  return (quote === '"' ? inside.replace(WRITTEN_LINE_ENDS, '') : inside).trim();
}

/** One message for each variable of `names` with a value that is certainly wrong. */
export const textProblems = (given: Raw, names: readonly string[]): string[] =>
  names.flatMap((name) => {
    const problem = given[name] === undefined ? undefined : problemOf(name, given[name]);
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });

function problemOf(name: string, value: string): string | undefined {
  if (/^["']|["']$/.test(value)) return 'expected no quote at one end only';
  if (IN_HEADERS.has(name) && !WORD.test(value)) return 'expected letters, digits and signs of ASCII without blanks';
  if (!MAY_HAVE_LINES.has(name) && CONTROL.test(value)) return 'expected one line without control characters';
  return undefined;
}
