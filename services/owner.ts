// Names of the holders of claims and leases. Each claim has an owner of its own. If a process is proven to be alone on its data folder, the name
// also contains that folder and the process's life. The next process on the folder can then release at once what a dead one held.
import { randomUUID } from 'node:crypto';

/** One life of a process on the one data folder that it has locked: `folder/life`. */
export interface Life {
  /** The same for every process on that folder, of that machine. */
  readonly folder: string;
  /** The name of this process's life alone. */
  readonly life: string;
}

/** The life of the process that now holds the lock on a folder. @param folder names the folder, and no other one anywhere. */
export const beginLife = (folder: string): Life => ({ folder, life: `${folder}/${randomUUID()}` });

/** A name for one claim or lease, never given twice. */
export const newOwner = (life: Life | undefined): string => (life ? `${life.life}/${randomUUID()}` : randomUUID());
