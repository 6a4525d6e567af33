// The event lines of service processes: each is written to a shared file at once, since what is in a process's memory is lost at its SIGKILL.
import { openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What every event line has. `atMs`: epoch ms. */
export interface Note {
  readonly atMs: number;
  readonly slot: number;
  readonly pid: number;
}

/** Gives the path of the file of event lines, in the folder of a campaign. */
export const notesIn = (folder: string): string => join(folder, 'events.jsonl');

/** Returns the function that writes a line. */
export function openNotes(folder: string, slot: number): (event: object) => void {
  const file = openSync(notesIn(folder), 'a');
  return (event) => {
    const line = { atMs: performance.timeOrigin + performance.now(), slot, pid: process.pid, ...event };
    writeSync(file, `${JSON.stringify(line)}\n`);
  };
}

/** Reads the event lines of all processes, in the order in which they were written; gives none where there is no file yet. */
export async function readNotes<E extends Note>(folder: string, containing = ''): Promise<E[]> {
  const text = await readFile(notesIn(folder), 'utf8').catch(() => '');
  // A caller may ask for a few among thousands of lines: only lines with the asked text are parsed.
  const lines = text.split('\n').filter((line) => line !== '' && line.includes(containing));
  return lines.map((line) => JSON.parse(line));
}

/** Kills this process at once, at a named point of its work. */
export function dieHere(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before the next system call returns; the loop keeps anything more from being sent meanwhile.
  for (;;);
}
