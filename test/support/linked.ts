// Links a program of several hundred files into one file, for tests that start the program again and again. Half of the time that a program of
// several hundred files takes to start goes into finding, reading and linking the files. The linked program does the same as its sources.
// Operators, and the tests that use main-process.ts, start the service unlinked, from its sources.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../../node_modules/.cache/tests/linked/', import.meta.url));
const linked = new Map<string, Promise<string>>();

/**
 * Gives the path of the linked program `main`, in a folder for all processes of this campaign (`kind`). `beside` gives, by name, other files that
 * the program starts by path. Each run writes the program, bundled from the current sources, to the same path, so that Node's compile cache for that
 * path stays valid. Throws the linker's message when a source file cannot be parsed or linked.
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
  // Writes the shared chunks before the files that import them, because another test file may start the program at the same time.
  const files = output.toSorted((one, other) => Number(isEntry(one)) - Number(isEntry(other)));
  for (const file of files) if (file.type === 'chunk') await put(join(folder, file.fileName), file.code);
}

const isEntry = (file: { readonly type: string; readonly isEntry?: boolean }): boolean => file.isEntry === true;

/**
 * Replaces the whole file with `text` in one step, because another test file may be reading the file. A file that already holds `text` is left alone.
 */
async function put(path: string, text: string): Promise<void> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
  const aside = `${path}.${process.pid}`;
  await writeFile(aside, text);
  await rename(aside, path);
}
