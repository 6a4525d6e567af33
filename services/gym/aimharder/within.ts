// Finds the gym's JSON or a field of it inside a broken body: behind a PHP notice, before a comment, in an HTML page, or in an answer that broke off.
// This file looks only for fields and for the shape of a token; outcomes.ts and renewal.ts decide what the fields mean.

/** The most opening braces that are tried in one answer, because a page full of scripts must not keep the process busy for a second. */
const MAX_STARTS = 50;
const MAX_LENGTH = 1024 * 1024;
const ENTITIES: readonly (readonly [RegExp, string])[] = [
  [/&(?:quot|#34|#x22);/gi, '"'],
  [/&(?:vert|#124|#x7c);/gi, '|'],
  [/&(?:amp|#38);/gi, '&'],
];

const withoutEntities = (text: string): string =>
  text.includes('&') ? ENTITIES.reduce((plain, [entity, letter]) => plain.replace(entity, letter), text) : text;

/** The end of the object that begins at `start`, ignoring quoted braces; undefined when it does not end. */
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

/** The first whole JSON object in a text that has one of these fields at its top level; undefined when there is none. */
export function jsonWithin(body: string, fields: readonly string[]): unknown {
  const text = body.slice(0, MAX_LENGTH);
  return searchObject(text, fields) ?? (text.includes('&') ? searchObject(withoutEntities(text), fields) : undefined);
}

/**
 * The whole number after a field of this name anywhere in a text. The number must be complete: the `-1` of a `-12` that was cut off does not count.
 */
export function numberWithin(body: string, field: string): number | undefined {
  const found = new RegExp(`"${field}"\\s*:\\s*(?:"(-?\\d{1,15})"|(-?\\d{1,15})(?=\\s*[,}]))`).exec(
    withoutEntities(body),
  );
  const digits = found?.[1] ?? found?.[2];
  return digits === undefined ? undefined : Number(digits);
}

/** A complete token, `userId|unixExpiry|32 hex`: no digit stands before it, and no further hex digit after it. */
const STAMPED = '(?<!\\d)\\d{1,19}\\|\\d{9,11}\\|[0-9a-f]{32}(?![0-9a-f])';
const BY_FIELD = new RegExp(`newToken["']?\\s*[:=]\\s*["']?(${STAMPED})`, 'gi');
const BY_SHAPE = new RegExp(`(${STAMPED})`, 'gi');
const BY_NAME = /newToken["']?\s*[:=]\s*["']([^"'\s<>]{8,4096})["']/gi;

const plainText = (body: string): string => withoutEntities(body).replace(/\\u007c/gi, '|');
const allOf = (pattern: RegExp, text: string): string[] => [...text.matchAll(pattern)].map(([, found = '']) => found);

/** Strings in the shape of a token that stand in the field `newToken`. */
export const tokensByField = (body: string): string[] => allOf(BY_FIELD, plainText(body));

/** Strings that may be the next token, for `last-resort` (renewal.ts): anything in the shape of a token, and any value of a field `newToken`. */
export function tokensAnywhere(body: string): string[] {
  const text = plainText(body);
  return [...allOf(BY_SHAPE, text), ...allOf(BY_NAME, text)];
}
