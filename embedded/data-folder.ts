// Where an embedded stack keeps its files: the data folder, and within it the Postgres cluster, unless the account that runs Postgres cannot get
// there. It makes folders; it starts nothing.
import { randomBytes } from 'node:crypto';
import { access, chmod, constants, mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { Failure } from '../services/failures.ts';
import { makePrivateFolder, unwritable } from '../services/private-folder.ts';
import type { Account } from './child.ts';
import { canReach } from './database/account.ts';
import { writePrivately } from './secrets.ts';

/** Where a system service keeps its state. Used only by root, and only when the data folder lies in a private folder. */
const SYSTEM_STATE = '/var/lib/puntual';
const POINTER = 'postgres.place';

export interface Place {
  readonly dataDir: string;
  /** The Postgres cluster; its parent exists, itself may not. */
  readonly clusterDir: string;
  /** Where a copy of the Postgres programs may go. */
  readonly spareFolder: string;
}

/**
 * Makes the data folder and says where the cluster lives. The folder is 0700; as root it is 0711 when the cluster is inside,
 * because Postgres runs as another user and must pass through (every file of ours in it is 0600).
 * Throws `stack/folder-unwritable`.
 */
export async function preparePlace(folder: string, account: Account | undefined): Promise<Place> {
  try {
    await makePrivateFolder(folder);
    const dataDir = await realpath(folder);
    if (!(await canReach(account, dirname(dataDir)))) return await outside(dataDir);
    await chmod(dataDir, account ? 0o711 : 0o700);
    await access(dataDir, constants.W_OK | constants.X_OK);
    return { dataDir, clusterDir: join(dataDir, 'postgres'), spareFolder: join(dataDir, 'native') };
  } catch (cause) {
    throw cause instanceof Failure ? cause : unwritable(folder, cause);
  }
}

/** A cluster outside of the data folder, found again by a pointer inside: a data folder that was deleted starts afresh. */
async function outside(dataDir: string): Promise<Place> {
  await chmod(dataDir, 0o700);
  const pointer = join(dataDir, POINTER);
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  const clusterDir = known?.trim() ?? join(await outsideFolder(dataDir), `postgres-${randomBytes(6).toString('hex')}`);
  if (known === undefined) await writePrivately(pointer, `${clusterDir}\n`);
  return { dataDir, clusterDir, spareFolder: dirname(clusterDir) };
}

/** A cluster of a temporary folder goes into the temporary folder, too, so that it does not stay for long. */
async function outsideFolder(dataDir: string): Promise<string> {
  const temporary = await realpath(tmpdir());
  const folder = dataDir.startsWith(temporary + sep) ? await mkdtemp(join(temporary, 'puntual-')) : SYSTEM_STATE;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  return folder;
}
