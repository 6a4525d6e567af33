// The event lines of service processes: a process writes each line immediately to a file that all of them share, because SIGKILL loses what is only
// in memory.
import { openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The fields that every event line has. `atMs` is the time of the event in epoch ms. */
export interface Note {
  readonly atMs: number;
  readonly slot: number;
  readonly pid: number;
}

/** Gives the path of the file of event lines, in the folder of a campaign. */
export const notesIn = (folder: string): string => join(folder, 'events.jsonl');

/** Opens the campaign's file of event lines, and returns the function that appends a line to it. */
export function openNotes(folder: string, slot: number): (event: object) => void {
  const file = openSync(notesIn(folder), 'a');
  return (event) => {
    const line = { atMs: performance.timeOrigin + performance.now(), slot, pid: process.pid, ...event };
    writeSync(file, `${JSON.stringify(line)}\n`);
  };
}

/** Reads the event lines of all processes, in the order in which they were written; gives an empty list when the file does not exist yet. */
export async function readNotes<E extends Note>(folder: string, containing = ''): Promise<E[]> {
  const text = await readFile(notesIn(folder), 'utf8').catch(() => '');
  // A caller may need a few lines among thousands: only lines that contain the text `containing` are parsed.
  const lines = text.split('\n').filter((line) => line !== '' && line.includes(containing));
  return lines.map((line) => JSON.parse(line));
}

/** Kills this process at once by SIGKILL, at a kill point of its work. */
export function dieHere(): never {
  process.kill(process.pid, 'SIGKILL');
  // SIGKILL takes effect before the next system call returns; the endless loop keeps the process from sending anything until it is dead.
  for (;;);
}
