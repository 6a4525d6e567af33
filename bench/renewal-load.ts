// Keeps two hundred renewals in flight in the thread that calls `startRenewals`: the real calls, sealing and spool of a refresh run, without its
// database.
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { systemClock } from '../services/clock.ts';
import { platforms } from '../services/gym/platforms.ts';
import { createHttp } from '../services/http.ts';
import { sealKey } from '../services/renewal/open-session.ts';
import { openSpool } from '../services/renewal/spool.ts';
import { createSeal } from '../services/seal/seal.ts';
import { Secret } from '../services/secret.ts';
import { keyMaker } from './member-keys.ts';

export interface RenewalLoad {
  /** Returns how many renewals have ended so far. */
  readonly ended: () => number;
  stop(): Promise<void>;
}

/** How many of the renewals in flight each HTTP client serves; a client opens only a few dozen connections to one host. */
const LANES_A_CLIENT = 25;

/** Keeps `inFlight` renewals under way at `gymUrl` until `stop` is called; resolves once the first `inFlight` renewals have ended. */
export async function startRenewals(gymUrl: string, inFlight: number): Promise<RenewalLoad> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-bench-'));
  const spool = await openSpool(folder, 'load', pino({ level: 'silent' }));
  const platform = platforms.aimharder({ loginUrl: gymUrl, mainUrl: gymUrl, boxUrlTemplate: `${gymUrl}/box/{box}` });
  const seal = createSeal(new Secret(`k1:${Buffer.alloc(32, 7).toString('base64')}`));
  const https = Array.from({ length: Math.ceil(inFlight / LANES_A_CLIENT) }, () =>
    createHttp({ allow: [platform.owns] }),
  );
  const gyms = https.map((http) => platform.gym({ http, clock: systemClock }));
  const makeKey = keyMaker(gymUrl);
  let ended = 0;
  let isOver = false;
  const warm = Promise.withResolvers<void>();
  const lane = async (at: number): Promise<void> => {
    const gym = gyms[at % gyms.length];
    const userId = randomUUID();
    const member = seal.openMember(userId, seal.newMemberKey(userId).wrapped);
    let key = makeKey(at);
    while (!isOver && gym) {
      const place = { userId, chain: '', sessionType: 'background', attemptId: randomUUID(), generation: 1 } as const;
      const answer = await gym.renew(key, async (raw) => {
        const at = { ...place, table: 'spool', column: 'answer' };
        const sealed = member.seal(at, new Secret(JSON.stringify(raw)));
        await spool.keep({ renewalId: place.attemptId, sessionId: userId, userId, sealed });
      });
      // A crowded machine may not even open a connection before the call's deadline; the renewal is then tried again, and the rate shows the loss.
      if (answer.kind === 'not-sent') continue;
      if (answer.kind !== 'renewed') throw new Error(`A renewal under load ended as ${answer.kind}.`);
      sealKey(member, place, answer.key);
      await spool.forget(place.attemptId);
      key = answer.key;
      ended += 1;
      if (ended === inFlight) warm.resolve();
    }
  };
  const lanes = Promise.all(Array.from({ length: inFlight }, (_, at) => lane(at)));
  lanes.catch(warm.reject);
  await warm.promise;
  return {
    ended: () => ended,
    async stop() {
      isOver = true;
      await lanes;
      await Promise.all(https.map((http) => http.close()));
      await spool.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
