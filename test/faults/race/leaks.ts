// Looks for the gym's canaries in what the service processes logged: each pretend token and login cookie contains one. It cannot find secrets
// without one.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasMark } from '../../support/canary.ts';

/** The lines that hold one, cut short. */
export async function leaksIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, 'service.log'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter(hasMark)
    .map((line) => line.slice(0, 160));
}
