// The ports of a data folder's stack: the ports asked for, or else the ports of the last start if they are free, or else other free ports. The ports
// usually stay the same, so an address from an earlier start (a token's issuer, a psql bookmark) usually still works. This file chooses ports and
// binds none.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { freePort, isFree } from './port.ts';
import { writePrivately } from './secrets.ts';

const NAME = 'ports.json';
const PARTS = ['postgres', 'gateway', 'queue'] as const;
type Part = (typeof PARTS)[number];

export type GivenPorts = { readonly [part in Part | 'postgrest']?: number };
/**
 * The ports of a stack's parts. If the caller asked for no port for PostgREST, `postgrest` is undefined, and PostgREST takes any free port. PostgREST
 * is called through the gateway only, so PostgREST's port may change at each start.
 */
export type Ports = { readonly [part in Part]: number } & { readonly postgrest: number | undefined };

const remembered = z.partialRecord(z.enum(PARTS), z.number().int());
type Remembered = z.infer<typeof remembered>;

/** Chooses the ports and stores them in the data folder for the next start. */
export async function choosePorts(dataDir: string, given: GivenPorts = {}): Promise<Ports> {
  const path = join(dataDir, NAME);
  const last = await readFile(path, 'utf8').then(readPorts, (): Remembered => ({}));
  const chosen = new Map<Part, number>();
  for (const part of PARTS) chosen.set(part, given[part] ?? (await lastOrFree(last[part], [...chosen.values()])));
  const ports = Object.fromEntries(chosen) as { [part in Part]: number };
  await writePrivately(path, JSON.stringify(ports));
  return { ...ports, postgrest: given.postgrest };
}

/** The ports in the text of the file; none if the file is damaged, because other ports serve as well. */
function readPorts(text: string): Remembered {
  try {
    return remembered.parse(JSON.parse(text));
  } catch {
    return {};
  }
}

async function lastOrFree(last: number | undefined, taken: readonly number[]): Promise<number> {
  if (last !== undefined && !taken.includes(last) && (await isFree(last))) return last;
  const port = await freePort();
  return taken.includes(port) ? lastOrFree(undefined, taken) : port;
}
