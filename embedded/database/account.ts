// Which account Postgres runs as, and which folders that account can reach. Postgres refuses to run as root, and creating a user would change the
// machine, so root runs Postgres as `nobody`. This file reads the permissions of folders and does not change them.
import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Failure } from '../../services/failures.ts';
import type { Account } from '../child.ts';

const BORROWED = 'nobody';

/** True when this process runs as root; Postgres must not run as root. */
const isRoot = (): boolean => process.getuid?.() === 0;

/** The account that Postgres must run as; undefined when Postgres can run as this process's user. Throws `stack/unsupported-platform`. */
export function postgresAccount(): Account | undefined {
  if (!isRoot()) return undefined;
  // initdb looks up the name of its user, so a user id that is not in /etc/passwd would not work.
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${BORROWED}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (!uid || !gid) {
    throw new Failure(
      'stack/unsupported-platform',
      `Postgres does not run as root; expected a user "${BORROWED}" to run it as. Start puntual as a plain user, or configure a real Supabase.`,
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

/** True when the account may pass through every folder from the root down to `folder` itself. */
export async function canReach(account: Account | undefined, folder: string): Promise<boolean> {
  if (!account) return true;
  for (let at = folder; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at);
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0;
    if (((mode >> shift) & 1) === 0) return false;
    if (at === dirname(at)) return true;
  }
}
