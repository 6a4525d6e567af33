// The repository's pages of documentation, parsed: links, headings, code spans, blocks of commands.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Page {
  /** The file's path from the root of the repository. */
  readonly file: string;
  readonly text: string;
}
/** A fenced block, and the language that it names. */
export interface Block {
  readonly language: string;
  readonly text: string;
}

const FOLDERS = ['docs', 'bench', 'simulator', 'demo', 'embedded', 'services', 'worker', 'jobs', 'supabase', 'test'];
const inFolder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));

/** Reads every page (Markdown file) at the root, in `FOLDERS`, and in web/ outside node_modules. */
export function readPages(): Page[] {
  const atRoot = readdirSync(ROOT).filter((name) => name.endsWith('.md'));
  const web = inFolder('web').filter((file) => !file.includes('node_modules'));
  return [...atRoot, ...FOLDERS.flatMap(inFolder), ...web].sort().map(readPage);
}

/** Reads one page of the documentation. @param file the path from the root of the repository. Throws when there is no such page. */
export const readPage = (file: string): Page => ({ file, text: readFileSync(join(ROOT, file), 'utf8') });

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export const blocksIn = ({ text }: Page): Block[] =>
  [...text.matchAll(FENCE)].map(([, language = '', inside = '']) => ({ language, text: inside }));

/** Gives the text outside of fenced blocks. */
export const proseIn = ({ text }: Page): string => text.replace(FENCE, '');

/** Gives the text between single backticks, outside of fenced blocks. */
export const spansIn = (page: Page): string[] =>
  [...proseIn(page).matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span.replaceAll('\\|', '|'));

/** Gives the targets of the page's links and pictures. */
export function linksIn(page: Page): string[] {
  const prose = proseIn(page).replace(/`[^`\n]+`/g, (span) => span.replace(/[[\]()]/g, ''));
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, to = '']) => to);
  return [...links, ...[...prose.matchAll(/<img[^>]*\ssrc="([^"]+)"/g)].map(([, to = '']) => to)];
}

/** Gives the anchors of the page's headings, as GitHub makes them. */
export function anchorsIn(page: Page): Set<string> {
  const seen = new Map<string, number>();
  const anchors = [...proseIn(page).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const anchor = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-');
    const before = seen.get(anchor) ?? 0;
    seen.set(anchor, before + 1);
    return before === 0 ? anchor : `${anchor}-${before}`;
  });
  return new Set(anchors);
}

/** Gives the cells of each line of the page's tables, without the line below the head. */
export const rowsIn = (page: Page): string[][] =>
  [...proseIn(page).matchAll(/^\|(.+)\|$/gm)]
    .map(([, line = '']) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
    .filter((cells) => !cells.every((cell) => /^:?-+:?$/.test(cell)));

/** Gives the page's number of words, counted as texts between blanks. */
export const countWords = (page: Page): number => page.text.split(/\s+/).filter((word) => word !== '').length;

export const isThere = (file: string): boolean => existsSync(join(ROOT, file));
