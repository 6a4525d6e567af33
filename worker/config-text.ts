// Cleans a setting that came through an `.env` file, a container's env file or a dashboard. Blanks, line ends, quotes and byte order marks around
// it are removed. A value that is still certainly wrong is reported by name. It quotes no value.
import { Failure } from '../services/failures.ts';

type Raw = Readonly<Record<string, string>>;

/** Sent as a header, or compared with one: a blank or a letter beyond ASCII would never match. */
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
/** JSON, which may stand on several lines. */
const MAY_HAVE_LINES = new Set(['SESSION_SIGNING_KEY']);

const WORD = /^[\x21-\x7e]+$/;
const CONTROL = /\p{Cc}/u;
const QUOTED = /^(["'])(.*)\1$/s;
/** A line end that was written as \n inside double quotes, which no reader has converted. */
const WRITTEN_LINE_ENDS = /(?:\\[nr])+$/;

/** The text of an `.env` file without its byte order mark. Throws config/invalid for a file in UTF-16, as some editors save it. */
export function envFileText(bytes: Uint8Array): string {
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (isUtf16) throw new Failure('config/invalid', '.env: expected UTF-8, got UTF-16: save it again.');
  // TextDecoder takes a UTF-8 mark off.
  return new TextDecoder().decode(bytes);
}

/** Every variable with a value, without what surrounds it; a byte order mark before a name is removed, too. */
export function cleanEnvironment(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(environment).map(([name, value]) => [name.trim(), bare(value ?? '')] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== ''));
}

/** `trim` takes off blanks of every sort, line ends and byte order marks. */
function bare(value: string): string {
  const trimmed = value.trim();
  const [, quote, inside] = QUOTED.exec(trimmed) ?? [];
  if (inside === undefined) return trimmed;
  return (quote === '"' ? inside.replace(WRITTEN_LINE_ENDS, '') : inside).trim();
}

/** Which of the named variables are certainly wrong, each by its name. */
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
