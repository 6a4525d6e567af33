// A scene with changed keys: the keys are rotated while one process still runs with the old keyring. The process with the old keyring must not harm a
// session whose seal it cannot open.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import type { Player } from '../cast.ts';
import { must, type Place, type Scene } from './scene.ts';

/** The slot (the number of the berth) of the process that was started before the rotation. */
const OLDER = 1;
/** The failure code of a refresh run whose process lacks the key of a seal. */
const LACKS_KEY = 'seal/unknown-key';

export const oldKeys: Scene = {
  ...{ id: 'R36', fault: 'keys rotated beside a process with the old ring', isQuick: true, members: 40 },
  special: (slot, stand) => (slot === OLDER ? { keyring: stand.secrets.sealKeys.reveal() } : {}),
  honest: [LACKS_KEY],
  stage: () => {
    let refused = 0;
    return {
      begin: (place, number, players) => (number === 0 ? rotate(place, players) : Promise.resolve()),
      async judge({ stand }, { episodes, runs }) {
        refused = runs.filter(({ code }) => code === LACKS_KEY).length;
        const log = await readFile(join(stand.folder, 'service.log'), 'utf8');
        const aside = episodes.filter(({ seen }) => seen.some((one) => one?.isQuarantined));
        const behind = episodes.filter(({ seen }) => seen.at(-1)?.status !== 'live' || seen.at(-1)?.generation === 0);
        return [
          ...must(refused > 0, 'the older process met no key that it lacks'),
          ...must(log.includes('keys that this process does not have'), 'the older process raised no alert'),
          ...must(aside.length === 0, `${aside.length} sessions were put aside for a key of another process`),
          ...must(behind.length === 0, `${behind.length} sessions were not renewed by a process that has the key`),
        ];
      },
      said: () => `${refused} runs of the older process threw ${LACKS_KEY}; no session was put aside, all were renewed`,
    };
  },
};

/** Wraps the data keys of half of the members (every second one) anew, under the first key of the keyring, as in the middle of a rotation. */
async function rotate({ stand, stage }: Place, players: readonly Player[]): Promise<void> {
  const seal = createSeal(new Secret(stage.keyring));
  for (const { userId } of players.filter((_, at) => at % 2 === 0)) {
    const { rows } = await stand.pool.query('select wrapped from user_keys where user_id = $1', [userId]);
    const next = seal.rewrap(userId, rows[0]?.wrapped);
    if (!next) throw new Error('Expected a member whose key was wrapped by the old key');
    const sql = 'update user_keys set kid = $2, wrapped = $3 where user_id = $1';
    await stand.pool.query(sql, [userId, next.kid, next.wrapped]);
  }
}
