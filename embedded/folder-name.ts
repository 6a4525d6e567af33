// A name for a data folder on a machine, the same at every start. A claim's owner is named after the data folder, so that the process that holds the
// folder's lock knows which claims belong to dead processes. The name is not secret: it only identifies the folder.
import { randomUUID } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writePrivately } from './secrets.ts';

const NAME = 'folder.id';
const ID = /^[0-9a-f-]{36}$/;

/** Whether the folder has a name. A start makes the name last, so a folder with a name has had a start that succeeded. */
export const isNamed = (dataDir: string): Promise<boolean> =>
  access(join(dataDir, NAME)).then(
    () => true,
    () => false,
  );

/**
 * Returns the data folder's name: an id that is made once and kept in the folder, and the machine's host name. Call `nameFolder` while holding the
 * folder's lock. A folder that is copied to another machine has another name there.
 */
export async function nameFolder(dataDir: string): Promise<string> {
  const path = join(dataDir, NAME);
  const known = (await readFile(path, 'utf8').catch(() => '')).trim();
  const id = ID.test(known) ? known : randomUUID();
  if (id !== known) await writePrivately(path, `${id}\n`);
  return `${id}@${hostname()}`;
}
