// Where an embedded stack keeps its files: the data folder, and usually within it the Postgres cluster (the folder of Postgres's databases). If the
// user that Postgres runs as cannot reach the data folder, the Postgres cluster is in another folder. This file makes folders and starts no program.
import { randomBytes } from 'node:crypto';
import { access, chmod, constants, mkdir, mkdtemp, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { Failure } from '../services/failures.ts';
import { makePrivateFolder, unwritable } from '../services/private-folder.ts';
import type { Account } from './child.ts';
import { canReach } from './database/account.ts';
import { writePrivately } from './secrets.ts';

/** The folder for the Postgres cluster if this process is root and Postgres's account cannot reach the data folder. */
const SYSTEM_STATE = '/var/lib/puntual';
const POINTER = 'postgres.place';

export interface Place {
  readonly dataDir: string;
  /** The folder of the Postgres cluster; its parent folder exists, the cluster itself may not exist yet. */
  readonly clusterDir: string;
  /** The folder into which the Postgres programs are copied if Postgres's account cannot run the installed programs. */
  readonly spareFolder: string;
}

/**
 * Makes the data folder and says where the Postgres cluster is. The data folder has mode 0700, unless Postgres must pass through it as another user.
 * If this process is root and the cluster lies inside the data folder, the data folder has mode 0711, because Postgres runs as another user and must
 * pass through the data folder. Every file of puntual in the data folder has mode 0600. Throws `stack/folder-unwritable`.
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

/**
 * Finds the place of a Postgres cluster outside of the data folder. A file in the data folder holds the cluster's path, so a start of the stack after
 * the data folder was deleted makes another cluster.
 */
async function outside(dataDir: string): Promise<Place> {
  await chmod(dataDir, 0o700);
  const pointer = join(dataDir, POINTER);
  const known = await readFile(pointer, 'utf8').catch(() => undefined);
  const clusterDir = known?.trim() ?? join(await outsideFolder(dataDir), `postgres-${randomBytes(6).toString('hex')}`);
  if (known === undefined) await writePrivately(pointer, `${clusterDir}\n`);
  return { dataDir, clusterDir, spareFolder: dirname(clusterDir) };
}

/**
 * Makes and returns the folder in which a cluster outside of the data folder lies. If the data folder is temporary, the cluster's folder is
 * temporary, too.
 */
async function outsideFolder(dataDir: string): Promise<string> {
  const temporary = await realpath(tmpdir());
  const folder = dataDir.startsWith(temporary + sep) ? await mkdtemp(join(temporary, 'puntual-')) : SYSTEM_STATE;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o711);
  return folder;
}
