// A process that renews many sessions side by side, with the real calls, seals and spool, and without a database; the test kills it. The process
// writes a line to its file of events as soon as an answer's head has reached it, and as soon as the answer is in the spool.
import { subscribe } from 'node:diagnostics_channel';
import { openSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { pino } from 'pino';
import { systemClock } from '../../../services/clock.ts';
import { emptyJar, mergeCookies } from '../../../services/gym/aimharder/cookies.ts';
import type { GymKey } from '../../../services/gym/gym.ts';
import { platforms } from '../../../services/gym/platforms.ts';
import { createHttp } from '../../../services/http.ts';
import { sealAnswer } from '../../../services/renewal/received-answer.ts';
import { openSpool, type Spool } from '../../../services/renewal/spool.ts';
import { createSeal, type MemberSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';

export interface KillOrder {
  readonly gymUrl: string;
  readonly folder: string;
  readonly events: string;
  readonly keyring: string;
  readonly userId: string;
  readonly wrapped: string;
  readonly lanes: number;
}

/**
 * What the process reports about one call to the gym. `renewalId` is two numbers with a hyphen: the number of one of the loops that renew side by
 * side, and the number of the renewal within that loop. `atMs` is a time by the renewing process's own clock.
 */
export interface KillEvent {
  readonly what: 'heard' | 'kept';
  readonly renewalId: string;
  readonly atMs: number;
}

const LANE = /lane=(\d+)/;

function createNotes(path: string) {
  const file = openSync(path, 'a');
  const turns: number[] = [];
  const idOf = (lane: number) => `${lane}-${turns[lane] ?? 0}`;
  const note = (what: KillEvent['what'], renewalId: string) => {
    const event: KillEvent = { what, renewalId, atMs: performance.now() };
    writeSync(file, `${JSON.stringify(event)}\n`);
  };
  // Reports an answer as soon as any code of this process can know of that answer: the answer's head has been read off the socket.
  subscribe('undici:request:headers', (message) => {
    const { request } = message as { request: { headers: unknown } };
    const lane = LANE.exec(String(request.headers))?.[1];
    if (lane !== undefined) note('heard', idOf(Number(lane)));
  });
  return {
    kept: (lane: number) => note('kept', idOf(lane)),
    idOf,
    next(lane: number) {
      turns[lane] = (turns[lane] ?? 0) + 1;
    },
  };
}

async function renewForEver(order: KillOrder): Promise<void> {
  const { gymUrl, folder, keyring, userId, wrapped } = order;
  const notes = createNotes(order.events);
  const platform = platforms.aimharder({ loginUrl: gymUrl, mainUrl: gymUrl, boxUrlTemplate: `${gymUrl}/box/{box}` });
  const http = createHttp({ allow: [platform.owns], connections: order.lanes });
  const gym = platform.gym({ http, clock: systemClock });
  const spool: Spool = await openSpool(folder, 'doomed', pino({ level: 'silent' }));
  const member: MemberSeal = createSeal(new Secret(keyring)).openMember(userId, wrapped);
  async function lane(at: number): Promise<void> {
    let key = firstKey(at, gymUrl);
    for (;;) {
      const leased = { id: userId, userId, renewalId: notes.idOf(at) };
      const answer = await gym.renew(key, async (raw) => {
        const keeping = spool.keep(sealAnswer(member, leased, raw));
        notes.kept(at);
        await keeping;
      });
      if (answer.kind === 'renewed') key = answer.key;
      notes.next(at);
    }
  }
  await Promise.all(Array.from({ length: order.lanes }, (_, at) => lane(at)));
}

function firstKey(lane: number, gymUrl: string): GymKey {
  const lines = ['amhrdrauth=auth; Path=/', `lane=${lane}; Path=/`];
  const { jar } = mergeCookies(emptyJar(), lines, new URL(gymUrl), systemClock.now());
  return { token: new Secret(`7|1700000000|${'a'.repeat(32)}`), cookies: jar, fingerprint: `lane ${lane}` };
}

process.once('message', (order: KillOrder) => {
  renewForEver(order).catch(() => process.exit(1));
});
process.on('disconnect', () => process.exit(0));
// The compile cache is written at the start, because a killed process writes no cache at its end; without a compile cache, each start takes seconds.
flushCompileCache();
process.send?.('ready');
