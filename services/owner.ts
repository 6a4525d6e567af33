// Names of those who hold a claim or a lease. Each claim has an owner of its own; where a process is proven to be alone on its data folder,
// the name also tells the folder and the process's life, so that the next life can free at once what a dead one held.
import { randomUUID } from 'node:crypto';

/** One life of a process on one data folder, whose lock it holds: `folder/life`. */
export interface Life {
  /** The same for every life on that folder, of that machine. */
  readonly folder: string;
  /** Of this life alone. */
  readonly life: string;
}

/** Of the process that now holds the lock on a folder. @param folder names the folder, and no other one anywhere. */
export const beginLife = (folder: string): Life => ({ folder, life: `${folder}/${randomUUID()}` });

/** A name for one claim or lease, never given twice. */
export const newOwner = (life: Life | undefined): string => (life ? `${life.life}/${randomUUID()}` : randomUUID());
