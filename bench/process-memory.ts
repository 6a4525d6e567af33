// What a process and all its children hold in memory, from /proc on Linux. A page that several processes share is counted once, split among them.
import { readdir, readFile } from 'node:fs/promises';

/**
 * `ownMb` is the memory of the process alone, `allMb` that of the process with its children. `ownMb` and `allMb` include pages of files that the
 * kernel may drop.
 */
export interface Held {
  readonly ownMb: number;
  readonly allMb: number;
}

const KB_A_MB = 1_000;
/**
 * The index of the parent's id among the fields of /proc/<pid>/stat after the process's name; the fields are counted from there because the name may
 * hold blanks.
 */
const PARENT_FIELD = 1;

async function readParents(): Promise<Map<number, number>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const pairs = await Promise.all(
    pids.map(async (pid) => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      return [Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[PARENT_FIELD])] as const;
    }),
  );
  return new Map(pairs);
}

/** The memory of one process in kB, its part of shared pages included; 0 for a process that has ended. */
async function sharedKb(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0);
}

/** Reads how much memory a process and its children hold at present. */
export async function heldBy(root: number): Promise<Held> {
  const parents = await readParents();
  const isOurs = (pid: number | undefined): boolean =>
    pid === root || (pid !== undefined && pid > 1 && isOurs(parents.get(pid)));
  const ours = [...parents.keys()].filter(isOurs);
  const kb = await Promise.all(ours.map(sharedKb));
  return { ownMb: (await sharedKb(root)) / KB_A_MB, allMb: kb.reduce((sum, one) => sum + one, 0) / KB_A_MB };
}
