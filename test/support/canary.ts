// Finds secrets where none may be: in logs, answers, addresses, rows and files, in plain text or in any encoding. A test registers ("plants") each
// secret when it is made or handed out; text that contains the mark of pretend secrets is found even if no test has registered it.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pool } from 'pg';

/**
 * Every pretend secret of a test contains this mark, and so do the pretend gym's login cookies. A shorter mark would occur in random Base64 by
 * chance.
 */
export const MARK = 'CNRY-secret-';
/** The mark in every token of the pretend gym: "CNRY-hex", in hex. */
export const TOKEN_MARK = '434e52592d686578';
/** Each spelling of a secret is looked up by its first `PREFIX` characters; every secret is longer. */
const PREFIX = 12;

export interface Canaries {
  plant(name: string, secret: string): void;
  /** The names of the registered secrets and of the marks that occur in `text`, each name once. */
  findIn(text: string): string[];
}

/**
 * Gives the spellings that a secret may have: as it is, and as JSON, URLs, hex and both kinds of Base64 write it. Base64 spells a text in three ways,
 * since the text's first byte may be the first, second or third of a Base64 group of three bytes.
 */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const shifted = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // The first and last Base64 characters also hold bits of the text around the secret, so they are cut off.
    return text.slice(Math.ceil((shift * 4) / 3), Math.floor(((shift + bytes.length) * 4) / 3) - 1);
  });
  const forms = [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), bytes.toString('hex')];
  const base64 = shifted.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
  return [...new Set([...forms, bytes.toString('hex').toUpperCase(), ...base64])];
}

const MARKS = [...new Set([MARK, TOKEN_MARK].flatMap(formsOf))];

/**
 * Gives those spellings of the two marks (`MARK`, `TOKEN_MARK`) that occur in a text. Plain and hex spellings are found in upper and in lower case. A
 * secret that was cut short within its mark is not found. No shorter mark is used, because digests would contain a shorter mark by chance.
 */
const marksIn = (text: string): string[] => {
  const lower = text.toLowerCase();
  return MARKS.filter((mark) => text.includes(mark) || (WITHOUT_CASE.has(mark) && lower.includes(mark.toLowerCase())));
};
const WITHOUT_CASE = new Set([MARK, TOKEN_MARK].flatMap((mark) => [mark, Buffer.from(mark).toString('hex')]));

/** Tells whether a text holds one of the marks (`MARK`, `TOKEN_MARK`) that pretend secrets contain. */
export const hasMark = (text: string): boolean => marksIn(text).length > 0;

export function createCanaries(): Canaries {
  const byPrefix = new Map<string, { name: string; form: string }[]>();
  const plant = (name: string, secret: string) => {
    for (const form of formsOf(secret).filter(({ length }) => length >= PREFIX)) {
      const known = byPrefix.get(form.slice(0, PREFIX)) ?? [];
      byPrefix.set(form.slice(0, PREFIX), [...known, { name, form }]);
    }
  };
  return {
    plant,
    findIn(text) {
      const found = new Set(marksIn(text).map((mark) => `the mark ${mark}`));
      for (let at = 0; at + PREFIX <= text.length; at++)
        for (const { name, form } of byPrefix.get(text.slice(at, at + PREFIX)) ?? [])
          if (text.startsWith(form, at)) found.add(name);
      return [...found];
    },
  };
}

/** Every row of every table, as text: what a dump of the database holds. Columns that hold bytes appear in hex. */
export async function dumpOf(pool: Pool): Promise<string> {
  const tables = await pool.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts = await Promise.all(
    tables.rows.map(async ({ name }) => {
      const { rows } = await pool.query<{ text: string }>(`select to_jsonb(t)::text as text from ${name} t`);
      return [name, ...rows.map(({ text }) => text)].join('\n');
    }),
  );
  return texts.join('\n');
}

/** All files below a folder, byte for byte as Latin-1. */
export async function filesOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join(
    '\n',
  );
}
