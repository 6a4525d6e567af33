// Programs of several hundred files that tests start again and again, each linked into one file first: to find, read and link the files is half
// of such a start. The text that runs is the same; the program that a member's machine starts is tested as it is (main-process.ts).
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../../node_modules/.cache/tests/linked/', import.meta.url));
const linked = new Map<string, Promise<string>>();

/**
 * The path of `main`, linked, in a folder of its kind; `beside` are files that it starts by their path, by name. Always of today's sources, and
 * in the same place, so that what Node keeps compiled of it stays good. Throws what the linker says where a file is wrong.
 */
export function linkedOf(
  kind: 'renewals' | 'races',
  main: URL,
  beside: Readonly<Record<string, URL>> = {},
): Promise<string> {
  const path = linked.get(kind) ?? link(join(ROOT, kind), { main, ...beside }).then(() => join(ROOT, kind, 'main.mjs'));
  linked.set(kind, path);
  return path;
}

async function link(folder: string, entries: Readonly<Record<string, URL>>): Promise<void> {
  const input = Object.fromEntries(Object.entries(entries).map(([name, url]) => [name, fileURLToPath(url)]));
  const bundle = await rolldown({ input, platform: 'node', external: [/^node:/, 'pg-native'], logLevel: 'silent' });
  const { output } = await bundle.generate({
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
  });
  await bundle.close();
  await mkdir(folder, { recursive: true });
  // Chunks before the entries that name them: another test file may be starting processes.
  const files = output.toSorted((one, other) => Number(isEntry(one)) - Number(isEntry(other)));
  for (const file of files) if (file.type === 'chunk') await put(join(folder, file.fileName), file.code);
}

const isEntry = (file: { readonly type: string; readonly isEntry?: boolean }): boolean => file.isEntry === true;

/** Whole or not at all, and only where it is not there: another test file may be reading it. */
async function put(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, text);
  await rename(aside, path);
}
