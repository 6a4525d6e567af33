// Cleans text that comes from a gym, for comparing, storing and showing. Every name of a member, box, class or coach is cleaned here when it comes
// in. A database takes neither NUL nor a lone surrogate (half a character); a page must get neither control characters nor entities.

/** Names longer than this many characters are cut; no timetable shows more of a name. */
const MAX_NAME_LENGTH = 200;

const NAMED: Readonly<Record<string, string>> = {
  ...{ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', shy: '', middot: '·', szlig: 'ß', euro: '€' },
  ...{ iexcl: '¡', iquest: '¿', ordf: 'ª', ordm: 'º', laquo: '«', raquo: '»', ndash: '–', mdash: '—', hellip: '…' },
  ...{ lsquo: '‘', rsquo: '’', ldquo: '“', rdquo: '”' },
};
/** The combining mark for each name of a mark in an entity such as `&eacute;`; such an entity stands for a letter with its mark. */
const MARKS: Readonly<Record<string, string>> = {
  ...{
    acute: '\u0301',
    grave: '\u0300',
    uml: '\u0308',
    circ: '\u0302',
    tilde: '\u0303',
    cedil: '\u0327',
    ring: '\u030a',
  },
};
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z])(acute|grave|uml|circ|tilde|cedil|ring)|([a-z]{2,6}));/gi;

const fromCode = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '');

/** Turns HTML entities into the characters they stand for; an unknown entity stays as it is. */
export function decodeEntities(text: string): string {
  return text.replace(ENTITY, (whole, decimal, hex, letter, mark, name) => {
    if (decimal !== undefined) return fromCode(Number(decimal));
    if (hex !== undefined) return fromCode(Number.parseInt(hex, 16));
    if (letter !== undefined) return `${letter}${MARKS[mark.toLowerCase()]}`.normalize('NFC');
    const known = name.toLowerCase();
    return Object.hasOwn(NAMED, known) ? (NAMED[known] ?? whole) : whole;
  });
}

/** Blanks of every sort: those of Unicode, and characters that only look empty. */
const BLANKS = /[\s\p{Zs}\u2028\u2029\u2800\u3164]+/gu;
/** Control characters such as NUL (but no blanks), characters of no width, and lone surrogates (halves of characters). */
const INVISIBLE = /(?!\s)[\p{Cc}\p{Surrogate}]|[\u00ad\u180e\u200b\u2060\ufeff]/gu;

/** Removes the `INVISIBLE` characters from the text. Blanks of any sort in a row become one space, and no blank stays at the text's ends. */
export const storable = (text: string): string => text.replace(INVISIBLE, '').replace(BLANKS, ' ').trim();

/** The text cut to at most `length` UTF-16 units, never in the middle of a character. */
export const shortened = (text: string, length: number): string => text.slice(0, length).replace(/\p{Surrogate}$/u, '');

/** A name as it is kept and shown: entities decoded, accents composed, unstorable characters removed, at most 200 characters long. */
export const cleanName = (text: string): string =>
  shortened(storable(decodeEntities(text)).normalize('NFC'), MAX_NAME_LENGTH).trim();
