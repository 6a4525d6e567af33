// The spool on disk: which answers a process that dies leaves in the spool, and that those answers reach the database.
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  appendFile,
  type FileHandle,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
} from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { replaySpool } from '../../jobs/replay-spool.ts';
import { openSpool, type Spool, type SpoolLine } from '../../services/renewal/spool.ts';
import { openLineFile, readLines } from '../../services/renewal/spool-file.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';

const logger = pino({ level: 'silent' });
const lineOf = (name: string, size = 10): SpoolLine => ({
  renewalId: name,
  userId: 'user',
  sessionId: 'session',
  sealed: 'x'.repeat(size),
});
const ids = (lines: readonly SpoolLine[]) => lines.map((line) => line.renewalId).sort();
const linesIn = async (folder: string): Promise<SpoolLine[]> => {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.jsonl') && name !== 'orphans.jsonl');
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.flatMap((text) => readLines(text, logger));
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puntual-spool-'));
  return () => rm(folder, { recursive: true, force: true });
});

describe('the file', () => {
  test('says how long its oldest line has waited, and nothing when none waits', async () => {
    const spool = await openSpool(folder, 'a', logger);
    expect(spool.waitingMs()).toBe(0);
    await spool.keep(lineOf('r1'));
    await spool.keep(lineOf('r2'));
    await spool.forget('r1');
    expect(spool.waitingMs()).toBeGreaterThan(0);
    await spool.forget('r2');
    expect(spool.waitingMs()).toBe(0);
    await spool.close();
  });

  test('P8: a line is in the file before the keeper has waited for anything', async () => {
    const spool = await openSpool(folder, 'a', logger);
    const [file = ''] = await readdir(folder);
    const kept = spool.keep(lineOf('r1'));
    expect(ids(readLines(readFileSync(join(folder, file), 'utf8'), logger))).toEqual(['r1']);
    await kept;
    await spool.close();
  });

  describe('is synced', () => {
    /** Opens a real file; each `fsync` of the file is counted and carried out. */
    async function countedFile() {
      const seen = { syncs: 0, first: Promise.withResolvers<void>() };
      const sync = async (handle: FileHandle) => {
        seen.syncs += 1;
        await handle.datasync();
        seen.first.resolve();
      };
      return { seen, file: await openLineFile(join(folder, 'a.jsonl'), logger, sync) };
    }

    test('once for all that was kept meanwhile', async () => {
      const { seen, file } = await countedFile();
      for (let at = 0; at < 50; at += 1) await file.keep(lineOf(`r${at}`));
      await seen.first.promise;
      expect(seen.syncs).toBe(1);
      await file.close();
    });

    test('not at all where each line is in the database by then', async () => {
      const { seen, file } = await countedFile();
      for (let at = 0; at < 50; at += 1) {
        await file.keep(lineOf(`r${at}`));
        await file.forget(`r${at}`);
      }
      await file.close();
      expect(seen.syncs).toBe(0);
    });

    test('before it is closed with a line that waits', async () => {
      const { seen, file } = await countedFile();
      await file.keep(lineOf('r1'));
      await file.close();
      expect(seen.syncs).toBe(1);
    });

    test('again for a line that was kept after a sync', async () => {
      const { seen, file } = await countedFile();
      await file.keep(lineOf('r1'));
      await seen.first.promise;
      await file.keep(lineOf('r2'));
      await file.close();
      expect(seen.syncs).toBe(2);
    });
  });

  test('what is kept and forgotten while the file is written anew is in the new one', async () => {
    const spool = await openSpool(folder, 'a', logger);
    const big = Array.from({ length: 12 }, (_, at) => spool.keep(lineOf(`big${at}`, 100_000)));
    // The spool is rewriting its file while these lines are kept.
    const meanwhile = ['m1', 'm2', 'm3'].map((name) => spool.keep(lineOf(name)));
    const gone = spool.forget('m2');
    const last = spool.keep(lineOf('m4'));
    await Promise.all([...big, ...meanwhile, gone, last]);
    expect(ids(await linesIn(folder))).toEqual([...ids(big.map((_, at) => lineOf(`big${at}`))), 'm1', 'm3', 'm4']);
    expect(await readdir(folder)).toHaveLength(1);
    await spool.close();
  });

  test('whatever is kept and forgotten in whatever order, the disk holds at least what waits and nothing torn', async () => {
    const step = fc.record({
      name: fc.integer({ min: 0, max: 9 }),
      keep: fc.boolean(),
      size: fc.integer({ min: 1, max: 60_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const own = join(folder, randomUUID());
        const spool = await openSpool(own, 'a', logger);
        const waiting = new Set<string>();
        for (const { name, keep, size } of steps) {
          if (keep) {
            waiting.add(`r${name}`);
            await spool.keep(lineOf(`r${name}`, size));
          } else {
            waiting.delete(`r${name}`);
            await spool.forget(`r${name}`);
          }
        }
        const onDisk = new Set(ids(await linesIn(own)));
        for (const name of waiting) expect(onDisk.has(name)).toBe(true);
        await spool.close();
      }),
      { numRuns: 40 },
    );
  });

  test('a line is skipped alone when a crash cut it, wherever it was cut', async () => {
    const spool = await openSpool(folder, 'a', logger);
    await spool.keep(lineOf('one'));
    await spool.keep(lineOf('two'));
    const [file = ''] = await readdir(folder);
    const whole = await readFile(join(folder, file), 'utf8');
    const second = whole.indexOf('\n') + 1;
    for (let cut = second; cut < whole.length - 1; cut += 7) {
      expect(ids(readLines(whole.slice(0, cut), logger))).toEqual(['one']);
    }
    await truncate(join(folder, file), whole.length - 20);
    await appendFile(join(folder, file), `\n${JSON.stringify(lineOf('three'))}\n`);
    expect(ids(await linesIn(folder))).toEqual(['one', 'three']);
    await spool.close();
  });

  test('the file stays small however many pass through it, also while one waits', async () => {
    const spool = await openSpool(folder, 'a', logger);
    await spool.keep(lineOf('patient'));
    for (let at = 0; at < 400; at++) {
      await spool.keep(lineOf(`r${at}`, 10_000));
      await spool.forget(`r${at}`);
    }
    const [file = ''] = await readdir(folder);
    expect((await stat(join(folder, file))).size).toBeLessThan(1.2 * 1024 * 1024);
    expect(ids(await linesIn(folder))).toContain('patient');
    await spool.forget('patient');
    await spool.close();
    expect(await readdir(folder)).toEqual([]);
  });

  test('a disk that cannot be written is alarmed, the answer waits in memory, and is written when the disk is back', async () => {
    const log: string[] = [];
    const own = join(folder, 'own');
    const spool = await openSpool(own, 'a', pino({}, { write: (line: string) => log.push(line) }));
    await rm(own, { recursive: true });
    // The spool's folder has been deleted, so the spool must create its file again and cannot.
    await spool.keep(lineOf('big', 1_100_000));
    await spool.keep(lineOf('held'));
    expect(log.some((line) => line.includes('only in memory'))).toBe(true);
    await (await openSpool(own, 'b', logger)).close();
    await spool.keep(lineOf('last'));
    expect(ids(await linesIn(own))).toEqual(['big', 'held', 'last']);
    await spool.close();
  });
});

describe('what others left', () => {
  const leave = async (name: string, lines: SpoolLine[], agoMs = 0) => {
    const path = join(folder, name);
    await appendFile(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const at = Date.now() / 1000 - agoMs / 1000;
    await utimes(path, at, at);
  };
  const seen = async (spool: Spool) => ids((await spool.leftovers()).flatMap((left) => left.lines));

  test('a dead process’s file is read, a living one’s is left alone, and a silent one’s is read in any case', async () => {
    const gone = spawn(process.execPath, ['-e', '']);
    await once(gone, 'exit');
    const spool = await openSpool(folder, 'a', logger);
    await leave(`${hostname()}.${gone.pid}.x.jsonl`, [lineOf('dead')]);
    await leave(`${hostname()}.${process.ppid}.x.jsonl`, [lineOf('living')]);
    await leave(`elsewhere.7.x.jsonl`, [lineOf('other machine')]);
    await leave(`elsewhere.8.x.jsonl`, [lineOf('silent machine')], 6 * MINUTE_MS);
    await leave(`${hostname()}.${process.ppid}.y.jsonl`, [lineOf('stuck')], 6 * MINUTE_MS);
    await leave(`${hostname()}.${process.pid}.former.jsonl`, [lineOf('former life')]);
    expect(await seen(spool)).toEqual(['dead', 'former life', 'silent machine', 'stuck']);
    for (const left of await spool.leftovers()) await left.done();
    expect(await seen(spool)).toEqual([]);
    expect(ids(await linesIn(folder))).toEqual(['living', 'other machine']);
    await spool.close();
  });

  test('a process that lost its file while it slept writes on into a new one', async () => {
    const spool = await openSpool(folder, 'a', logger);
    await spool.keep(lineOf('before'));
    const [file = ''] = await readdir(folder);
    await rm(join(folder, file));
    await spool.leftovers();
    await spool.keep(lineOf('after'));
    expect(ids(await linesIn(folder))).toEqual(['after', 'before']);
    await spool.close();
  });
});

describe('a killed process', () => {
  test('every line that was acknowledged before the kill is there after it', { timeout: limitMs(90_000) }, async () => {
    for (let round = 0; round < 3; round++) {
      const writer = fileURLToPath(new URL('./spool-writer.ts', import.meta.url));
      const child = spawn(process.execPath, [writer, folder, `w${round}`], { stdio: ['ignore', 'pipe', 'inherit'] });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
        if (said.split('\n').length > 40 + 30 * round) child.kill('SIGKILL');
      });
      await once(child, 'close');
      const acknowledged = said.split('\n').slice(0, -1);
      const spool = await openSpool(folder, 'reader', logger);
      const found = new Set(ids((await spool.leftovers()).flatMap((left) => left.lines)));
      expect(acknowledged.filter((id) => !found.has(id))).toEqual([]);
      await spool.close();
    }
  });
});

describe('replay', () => {
  let clock: HandClock;
  let app: TestService;
  beforeAll(async () => {
    clock = handClock(SUNDAY_NOON);
    app = await startService(town, clock);
  });
  afterAll(() => app.stop());
  beforeEach(async () => {
    await app.gym.control.reset(town);
    await app.gym.control.freeze(SUNDAY_NOON.getTime());
    clock.set(SUNDAY_NOON);
    await app.cloud.pool.query('delete from members');
    await app.signIn('ana@example.test');
    clock.advance(20 * MINUTE_MS);
  });
  const session = async () =>
    (await app.cloud.pool.query("select * from auth_sessions where session_type = 'background'")).rows[0];
  const works = async () => {
    clock.advance(20 * MINUTE_MS);
    return refreshBackgroundSessions(app.services, { runId: randomUUID() });
  };

  /** Plays a process that received answers, kept them in the spool, and died before the database had them. */
  async function dieBeforeCommit(): Promise<Spool> {
    const lost = await openSpool(folder, 'dying', logger);
    const never = new Error('killed');
    const store = {
      ...app.services.store,
      commitRotation: () => Promise.reject(never),
      settleAttempt: () => Promise.reject(never),
    };
    await refreshBackgroundSessions({ ...app.services, store, spool: lost }, { runId: randomUUID() }).catch(
      () => undefined,
    );
    return openSpool(folder, 'next', logger);
  }

  test('an answer that was on disk is put in force, and a second replay changes nothing', async () => {
    const spool = await dieBeforeCommit();
    const [leftover] = await spool.leftovers();
    expect(await replaySpool({ ...app.services, spool })).toEqual({ replayed: 1, dropped: 0, orphans: 0, left: 0 });
    const after = await session();
    expect(after).toMatchObject({ status: 'live', generation: 1, token_success_count: 1, lease_until: null });
    const again: Spool = { ...spool, leftovers: async () => (leftover ? [leftover] : []) };
    expect(await replaySpool({ ...app.services, spool: again })).toMatchObject({ dropped: 1 });
    expect(await session()).toEqual(after);
    expect(await works()).toMatchObject({ updated: 1 });
    await spool.close();
  });

  test('a refusal that is replayed puts the verdict off: the gym is not asked then whether the cookies live', async () => {
    await app.gym.control.setKnob({ kind: 'logout', op: 'tokenUpdate', times: 2 });
    await refreshBackgroundSessions(app.services, { runId: randomUUID() }).catch(() => undefined);
    expect((await session()).status).toBe('suspect');
    clock.advance(2 * MINUTE_MS);
    const spool = await dieBeforeCommit();
    expect(await replaySpool({ ...app.services, spool })).toMatchObject({ replayed: 1 });
    expect((await session()).status).toBe('suspect');
    clock.advance(5 * MINUTE_MS);
    await refreshBackgroundSessions(app.services, { runId: randomUUID() });
    expect((await session()).status).toBe('live');
    await spool.close();
  });

  test('a refusal that is replayed may be the last: what an unclear answer holds is tried before it counts', async () => {
    const refresh = (spool: Spool) =>
      refreshBackgroundSessions({ ...app.services, spool }, { runId: randomUUID() }).catch(() => undefined);
    const first = await openSpool(folder, 'first', logger);
    await app.gym.control.freeze(clock.now().getTime());
    await app.gym.control.setKnob({ kind: 'token-field', op: 'tokenUpdate', name: 'nextToken', times: 1 });
    await refresh(first);
    clock.advance(MINUTE_MS);
    await refresh(first);
    clock.advance(2 * MINUTE_MS);
    // Two answers of the gym that refused the session's token were received by processes that died before they could ask whether the cookies were
    // still valid.
    for (const minutes of [4, 0]) {
      const spool = await dieBeforeCommit();
      expect(await replaySpool({ ...app.services, spool })).toMatchObject({ left: 0 });
      await spool.close();
      clock.advance(minutes * MINUTE_MS);
    }
    expect((await session()).status).not.toBe('needs-login');
    clock.advance(2 * MINUTE_MS);
    await refresh(first);
    expect((await session()).status).toBe('live');
    await first.close();
  });

  test('an answer under a lease that another process took is a candidate, and the ladder finds that it works', async () => {
    const spool = await dieBeforeCommit();
    await app.cloud.pool.query("update auth_sessions set lease_until = now() - interval '1 second'");
    await refreshBackgroundSessions(app.services, { runId: randomUUID() }).catch(() => undefined);
    expect((await session()).status).toBe('suspect');
    await replaySpool({ ...app.services, spool });
    expect(await session()).toMatchObject({ status: 'suspect', generation: 0 });
    expect(await works()).toMatchObject({ updated: 1 });
    expect(await session()).toMatchObject({ status: 'live', generation: 2 });
    await spool.close();
  });

  test('an answer without its session is kept aside and alarmed; one of an erased member is dropped', async () => {
    let spool = await dieBeforeCommit();
    await app.cloud.pool.query("delete from auth_sessions where session_type = 'background'");
    expect(await replaySpool({ ...app.services, spool })).toEqual({ replayed: 0, dropped: 0, orphans: 1, left: 0 });
    expect(await readFile(join(folder, 'orphans.jsonl'), 'utf8')).toContain('its session is gone');
    expect(app.log.some((line) => line.includes('kept aside'))).toBe(true);
    await spool.close();
    await app.signIn('ana@example.test');
    clock.advance(20 * MINUTE_MS);
    spool = await dieBeforeCommit();
    await app.cloud.pool.query('delete from members');
    expect(await replaySpool({ ...app.services, spool })).toEqual({ replayed: 0, dropped: 1, orphans: 0, left: 0 });
    await spool.close();
  });

  test('an answer that could not be read is kept for a day, sealed, also when it is replayed; an error page is not', async () => {
    const spool = await openSpool(folder, 'own', logger);
    const refresh = () =>
      refreshBackgroundSessions({ ...app.services, spool }, { runId: randomUUID() }).catch(() => undefined);
    await app.gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 502, page: 'html', times: 1 });
    await refresh();
    expect(await readdir(folder)).not.toContain('unclear');
    await app.gym.control.setKnob({ kind: 'answer', op: 'tokenUpdate', body: { token: 'CNRY-elsewhere' }, times: 1 });
    clock.advance(MINUTE_MS);
    await refresh();
    const { id } = await session();
    const aside = await readFile(join(folder, 'unclear', `${id}.jsonl`), 'utf8');
    expect(aside).toContain(id);
    expect(aside).not.toContain('CNRY');
    expect(await spool.unclearOf(id, clock.now())).toHaveLength(1);
    await spool.close();
    await app.gym.control.setKnob({ kind: 'answer', op: 'tokenUpdate', body: { token: 'CNRY-elsewhere' }, times: 1 });
    clock.advance(MINUTE_MS);
    const next = await dieBeforeCommit();
    expect(await replaySpool({ ...app.services, spool: next })).toMatchObject({ replayed: 1 });
    expect(await next.unclearOf(id, clock.now())).toHaveLength(2);
    const tomorrow = new Date(clock.now().getTime() + 24 * 60 * MINUTE_MS);
    expect(await next.unclearOf(id, tomorrow)).toHaveLength(0);
    await next.close();
  });

  test('a process with a wrong key under a right name sets no answer aside: one with the right key stores it', async () => {
    const spool = await dieBeforeCommit();
    const [name] = app.services.seal.kids;
    const seal = createSeal(new Secret(`${name}:${Buffer.alloc(32, 7).toString('base64')}`));
    expect(await replaySpool({ ...app.services, seal, spool })).toEqual({
      replayed: 0,
      dropped: 0,
      orphans: 0,
      left: 1,
    });
    expect(await replaySpool({ ...app.services, spool })).toEqual({ replayed: 1, dropped: 0, orphans: 0, left: 0 });
    await spool.close();
  });

  test('an unclear answer after a line that a crash cut off is on a line of its own, and read', async () => {
    const spool = await openSpool(folder, 'own', logger);
    const line = { ...lineOf('whole'), sessionId: randomUUID() };
    const path = join(folder, 'unclear', `${line.sessionId}.jsonl`);
    await mkdir(join(folder, 'unclear'));
    await appendFile(path, '{"renewalId":"to');
    expect(await spool.keepUnclear(line, clock.now())).toBe(true);
    expect(await spool.unclearOf(line.sessionId, clock.now())).toMatchObject([line]);
    await spool.close();
  });

  test('an answer that is set aside after a line that a crash cut off is on a line of its own', async () => {
    const spool = await openSpool(folder, 'own', logger);
    await appendFile(join(folder, 'orphans.jsonl'), '{"renewalId":"to');
    await spool.setAside(lineOf('whole'), 'its session is gone');
    const last = (await readFile(join(folder, 'orphans.jsonl'), 'utf8')).trimEnd().split('\n').at(-1) ?? '';
    expect(JSON.parse(last)).toMatchObject(lineOf('whole'));
    await spool.close();
  });

  test('an answer that can be neither stored nor set aside stays in the spool until it can be set aside', async () => {
    const spool = await dieBeforeCommit();
    const inTheWay = join(folder, 'orphans.jsonl');
    await mkdir(inTheWay);
    const before = app.log.length;
    await app.cloud.pool.query("delete from auth_sessions where session_type = 'background'");
    expect(await replaySpool({ ...app.services, spool })).toEqual({ replayed: 0, dropped: 0, orphans: 0, left: 1 });
    expect(app.log.slice(before).some((line) => line.includes('a received answer is kept aside'))).toBe(false);
    await rm(inTheWay, { recursive: true });
    expect(await replaySpool({ ...app.services, spool })).toEqual({ replayed: 0, dropped: 0, orphans: 1, left: 0 });
    expect(await readFile(inTheWay, 'utf8')).toContain('its session is gone');
    await spool.close();
  });

  test('an answer that no commit could take while the database was away stays until it can', async () => {
    const spool = await dieBeforeCommit();
    const away = { ...app.services.store, commitRotation: () => Promise.reject(new Error('away')) };
    expect(await replaySpool({ ...app.services, spool, store: away })).toMatchObject({ left: 1 });
    expect(await replaySpool({ ...app.services, spool })).toMatchObject({ replayed: 1 });
    await spool.close();
  });
});
