// The files of the members' app: built by web/build.ts, read once at the start, compressed once. routes/pages.ts serves them.
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The file, compressed; undefined if compression saves less than a tenth. */
  readonly zipped: Uint8Array<ArrayBuffer> | undefined;
  readonly type: string;
  readonly etag: string;
}
/** The files by path, such as `/assets/main-1a2b.js`; `/` is the HTML page. */
export type Pages = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};
/** Reads the files built into `folder`; undefined if it holds no index.html. */
export async function readPages(folder: string): Promise<Pages | undefined> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const pages = new Map<string, PageFile>();
  for (const entry of entries) {
    const file = join(entry.parentPath, entry.name);
    const type = TYPES[extname(file)];
    if (!entry.isFile() || type === undefined) continue;
    pages.set(addressOf(file.slice(folder.length)), toPageFile(await readFile(file), type));
  }
  return pages.has('/') ? pages : undefined;
}

const addressOf = (path: string): string => {
  const address = `/${path.split(/[\\/]/).filter(Boolean).join('/')}`;
  return address === '/index.html' ? '/' : address;
};

function toPageFile(read: Uint8Array, type: string): PageFile {
  const body = Uint8Array.from(read);
  const zipped = Uint8Array.from(gzipSync(body, { level: 9 }));
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  return { body, zipped: zipped.length < body.length * 0.9 ? zipped : undefined, type, etag };
}
