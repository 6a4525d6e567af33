// The event lines of service processes: written to one file at once, since what is in a process's memory dies with its SIGKILL.
import { openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Of every event. `atMs`: epoch ms. */
export interface Note {
  readonly atMs: number;
  readonly slot: number;
  readonly pid: number;
}

/** The path of the file, in the folder of a stand. */
export const notesIn = (folder: string): string => join(folder, 'events.jsonl');

/** Answers what writes a line. */
export function openNotes(folder: string, slot: number): (event: object) => void {
  const file = openSync(notesIn(folder), 'a');
  return (event) => {
    const line = { atMs: performance.timeOrigin + performance.now(), slot, pid: process.pid, ...event };
    writeSync(file, `${JSON.stringify(line)}\n`);
  };
}

/** Of all processes, in the order they were written; none where there is no file yet. */
export async function readNotes<E extends Note>(folder: string, containing = ''): Promise<E[]> {
  const text = await readFile(notesIn(folder), 'utf8').catch(() => '');
  // A few among thousands of lines may be asked for: only those are parsed.
  const lines = text.split('\n').filter((line) => line !== '' && line.includes(containing));
  return lines.map((line) => JSON.parse(line));
}

/** This process dies here, now, at a named point of its way. */
export function dieHere(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal is delivered before the next system call returns; nothing more may leave meanwhile.
  for (;;);
}
