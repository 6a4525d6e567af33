// Makes the owner names of claims and leases. Each race, each renewal of one session and each batch of due sessions has a name of its own. If a
// process is proven to be alone on its data folder, the owner name also has the folder's id and an id made at the process's start. The next process
// that locks the data folder can immediately release the claims and leases that the dead processes of this folder held.
import { randomUUID } from 'node:crypto';

/** A run of a process, from start to end, on the one data folder that it has locked. */
export interface Life {
  /** A name for the data folder: an id kept in the folder, and the machine's host name. Each start on this folder and machine finds the same name. */
  readonly folder: string;
  /** The name of this run of the process: `folder`, a slash and a random UUID. */
  readonly life: string;
}

/** Names a new run of the process that holds the lock on a data folder. @param folder the name of this data folder, which no other folder has. */
export const beginLife = (folder: string): Life => ({ folder, life: `${folder}/${randomUUID()}` });

/** The owner name for the claims or leases that are taken together; no name is given twice. */
export const newOwner = (life: Life | undefined): string => (life ? `${life.life}/${randomUUID()}` : randomUUID());
