// Finds the gym's JSON or a field of it in a broken body: after a PHP warning, before a comment, in an HTML page, or in an answer that broke off.
// This file looks in the body only for JSON fields and for the shape of a token; outcomes.ts and renewal.ts decide what the fields mean.

/**
 * At most this many opening braces of an answer are tried as the start of its JSON, because a page full of scripts must not keep the process busy for
 * long.
 */
const MAX_STARTS = 50;
const MAX_LENGTH = 1024 * 1024;
const ENTITIES: readonly (readonly [RegExp, string])[] = [
  [/&(?:quot|#34|#x22);/gi, '"'],
  [/&(?:vert|#124|#x7c);/gi, '|'],
  [/&(?:amp|#38);/gi, '&'],
];

const withoutEntities = (text: string): string =>
  text.includes('&') ? ENTITIES.reduce((plain, [entity, letter]) => plain.replace(entity, letter), text) : text;

/** The index right after the JSON object that begins at `start`, ignoring braces inside strings; undefined when the object does not end. */
function endOfObject(text: string, start: number): number | undefined {
  let depth = 0;
  let isQuoted = false;
  for (let at = start; at < text.length; at++) {
    const letter = text[at];
    if (isQuoted && letter === '\\') at++;
    else if (letter === '"') isQuoted = !isQuoted;
    else if (!isQuoted && letter === '{') depth++;
    else if (!isQuoted && letter === '}' && --depth === 0) return at + 1;
  }
  return undefined;
}

function objectAt(text: string, start: number): Record<string, unknown> | undefined {
  const end = endOfObject(text, start);
  if (end === undefined) return undefined;
  try {
    return JSON.parse(text.slice(start, end));
  } catch {
    return undefined;
  }
}

function searchObject(text: string, fields: readonly string[]): Record<string, unknown> | undefined {
  let start = -1;
  for (let tries = 0; tries < MAX_STARTS; tries++) {
    start = text.indexOf('{', start + 1);
    if (start < 0) return undefined;
    const found = objectAt(text, start);
    if (found && fields.some((field) => Object.hasOwn(found, field))) return found;
  }
  return undefined;
}

/** Searches `body` for the first whole JSON object with one of `fields` at its top level; undefined when there is none. */
export function jsonWithin(body: string, fields: readonly string[]): unknown {
  const text = body.slice(0, MAX_LENGTH);
  return searchObject(text, fields) ?? (text.includes('&') ? searchObject(withoutEntities(text), fields) : undefined);
}

/**
 * The whole number that follows the name `field` anywhere in `body`; undefined when there is none. A number counts only if it is complete: the `-1`
 * of a `-12` that was cut off does not count.
 */
export function numberWithin(body: string, field: string): number | undefined {
  const found = new RegExp(`"${field}"\\s*:\\s*(?:"(-?\\d{1,15})"|(-?\\d{1,15})(?=\\s*[,}]))`).exec(
    withoutEntities(body),
  );
  const digits = found?.[1] ?? found?.[2];
  return digits === undefined ? undefined : Number(digits);
}

/** The pattern of a complete token, `userId|unixExpiry|32 hex`: no digit stands before it, and no further hex digit after it. */
const STAMPED = '(?<!\\d)\\d{1,19}\\|\\d{9,11}\\|[0-9a-f]{32}(?![0-9a-f])';
const BY_FIELD = new RegExp(`newToken["']?\\s*[:=]\\s*["']?(${STAMPED})`, 'gi');
const BY_SHAPE = new RegExp(`(${STAMPED})`, 'gi');
const BY_NAME = /newToken["']?\s*[:=]\s*["']([^"'\s<>]{8,4096})["']/gi;

const plainText = (body: string): string => withoutEntities(body).replace(/\\u007c/gi, '|');
const allOf = (pattern: RegExp, text: string): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

/** All strings in `body` that have the shape of a token and stand in a field `newToken`. */
export const tokensByField = (body: string): string[] => allOf(BY_FIELD, plainText(body));

/**
 * All strings in `body` that may be the next token, for `last-resort` (renewal.ts): anything in the shape of a token, and any value of a field
 * `newToken`.
 */
export function tokensAnywhere(body: string): string[] {
  const text = plainText(body);
  return [...allOf(BY_SHAPE, text), ...allOf(BY_NAME, text)];
}
