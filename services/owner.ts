// Names of the holders of claims and leases. Each claim has an owner of its own. The name also tells the folder and the process's life where
// a process is proven to be alone on its data folder. The next life can then free at once what a dead one held.
import { randomUUID } from 'node:crypto';

/** One life of a process on the one data folder that it has locked: `folder/life`. */
export interface Life {
  /** The same for every life on that folder, of that machine. */
  readonly folder: string;
  /** The name of this life alone. */
  readonly life: string;
}

/** The life of the process that now holds the lock on a folder. @param folder names the folder, and no other one anywhere. */
export const beginLife = (folder: string): Life => ({ folder, life: `${folder}/${randomUUID()}` });

/** A name for one claim or lease, never given twice. */
export const newOwner = (life: Life | undefined): string => (life ? `${life.life}/${randomUUID()}` : randomUUID());
