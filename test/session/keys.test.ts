// The keyring is changed while the service works; a process with a keyring that cannot open the seals of the stored rows refuses to start.
import { spawn } from 'node:child_process';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { rotateKeys } from '../../jobs/rotate-keys.ts';
import { getBackgroundSession } from '../../services/renewal/open-session.ts';
import { checkSeals } from '../../services/seal/check-seals.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { takeSnapshot } from '../../worker/monitor/snapshot.ts';
import { type HandClock, handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { crowd, enlist, type FleetMember } from './fleet.ts';

let clock: HandClock;
let app: TestService;
let fleet: FleetMember[];
let oldRing: string;
let bothKeys: string;
const keyOf = (kid: string, seed: string) => `${kid}:${createHash('sha256').update(seed).digest('base64')}`;
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  app = await startService(town, clock);
  oldRing = app.cloud.secrets.sealKeys.reveal();
  bothKeys = `${keyOf('k2', 'second')},${oldRing}`;
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(crowd(20));
  await app.cloud.pool.query('delete from members');
  fleet = await enlist(app.services, app.gym, 20);
});

const inUse = async () => (await app.services.store.countKeys()).map(({ kid, members }) => `${kid} ${members}`);
const opens = async (ring: string) => {
  const services = { ...app.services, seal: createSeal(new Secret(ring)) };
  await Promise.all(fleet.map(({ userId }) => getBackgroundSession(services, userId)));
};

test('every key is wrapped anew, afterwards the new keyring key alone opens everything, and a second time does nothing', async () => {
  const services = { ...app.services, seal: createSeal(new Secret(bothKeys)) };
  const progress: number[] = [];
  const report = await rotateKeys(services, (done) => progress.push(done));
  expect(report).toEqual({ kid: 'k2', rewrapped: 20, unreadable: 0, members: { k2: 20 } });
  expect(progress).toEqual([20]);
  await opens(keyOf('k2', 'second'));
  await expect(opens(oldRing)).rejects.toMatchObject({ code: 'seal/unknown-key' });
  expect(await rotateKeys(services)).toMatchObject({ rewrapped: 0, members: { k2: 20 } });
});

test('renewals go on while keys are wrapped anew, and none of them fails', async () => {
  clock.advance(20 * MINUTE_MS);
  const seal = createSeal(new Secret(bothKeys));
  const run = refreshBackgroundSessions({ ...app.services, seal }, { runId: randomUUID() });
  const [report, rotated] = await Promise.all([run, rotateKeys({ ...app.services, seal })]);
  expect(report).toMatchObject({ updated: 20, failed: 0 });
  expect(rotated.members).toEqual({ k2: 20 });
  await opens(keyOf('k2', 'second'));
});

test('what was done before an interruption stays, and a key changed meanwhile is left alone', async () => {
  const seal = createSeal(new Secret(bothKeys));
  const { store } = app.services;
  const [first, second] = await store.readKeysToRewrap('k2', undefined, 2);
  const line = ({ userId, wrapped }: { userId: string; wrapped: string }) => {
    const anew = seal.rewrap(userId, wrapped);
    return anew ? [{ userId, from: wrapped, ...anew }] : [];
  };
  expect(await store.rewrapKeys(first ? line(first) : [])).toBe(1);
  await app.cloud.pool.query('update user_keys set wrapped = $2 where user_id = $1', [second?.userId, 'v1.k1.changed']);
  expect(await store.rewrapKeys(second ? line(second) : [])).toBe(0);
  expect(await inUse()).toEqual(['k1 19', 'k2 1']);
  const report = await rotateKeys({ ...app.services, seal });
  expect(report).toMatchObject({ rewrapped: 18, unreadable: 1, members: { k1: 1, k2: 19 } });
});

test('a keyring that lacks a key in use, or holds it wrongly, is refused by its name', async () => {
  await checkSeals(app.services.store, app.services.seal);
  const without = createSeal(new Secret(keyOf('k2', 'second')));
  await expect(checkSeals(app.services.store, without)).rejects.toMatchObject({ details: { kids: ['k1'] } });
  const wrong = createSeal(new Secret(`k1:${randomBytes(32).toString('base64')}`));
  await expect(checkSeals(app.services.store, wrong)).rejects.toMatchObject({ code: 'seal/unreadable' });
});

describe('P2', () => {
  const sessions = async () => (await app.cloud.pool.query('select * from auth_sessions order by id')).rows;
  const refreshWith = (ring: string, only?: 'troubled') =>
    refreshBackgroundSessions(
      { ...app.services, seal: createSeal(new Secret(ring)) },
      { runId: randomUUID(), ...(only && { only }) },
    );

  test('a key that a process lacks is its own fault: it says so, writes nothing to those sessions, and renews the others', async () => {
    clock.advance(20 * MINUTE_MS);
    const seal = createSeal(new Secret(bothKeys));
    const [first] = await app.services.store.readKeysToRewrap('k2', undefined, 1);
    const anew = seal.rewrap(first?.userId ?? '', first?.wrapped ?? '');
    await app.services.store.rewrapKeys(anew && first ? [{ userId: first.userId, from: first.wrapped, ...anew }] : []);
    const ofFirst = async () => (await sessions()).find(({ user_id }) => user_id === first?.userId);
    const before = await ofFirst();
    await expect(refreshWith(oldRing)).rejects.toMatchObject({
      code: 'seal/unknown-key',
      details: { kids: ['k2'], report: { due: 20, updated: 19, failed: 0, skipped: 1 } },
    });
    expect(await ofFirst()).toEqual(before);
    expect(await refreshWith(oldRing, 'troubled')).toMatchObject({ updated: 0, failed: 0, skipped: 1 });
    expect(await ofFirst()).toEqual(before);
    expect(await refreshWith(bothKeys)).toEqual({ due: 1, updated: 1, failed: 0, skipped: 0 });
  });

  test('keys that are rotated while an older process renews cost no session: what it cannot open it gives back', async () => {
    clock.advance(20 * MINUTE_MS);
    const { store } = app.services;
    const both = createSeal(new Secret(bothKeys));
    let isRotated = false;
    const leaseDueSessions: typeof store.leaseDueSessions = async (ask) => {
      if (!isRotated) await rotateKeys({ ...app.services, seal: both });
      isRotated = true;
      return store.leaseDueSessions(ask);
    };
    const run = refreshBackgroundSessions(
      { ...app.services, store: { ...store, leaseDueSessions } },
      { runId: randomUUID() },
    );
    await expect(run).rejects.toMatchObject({ code: 'seal/unknown-key' });
    expect(await sessions()).toEqual(
      (await sessions()).map((one) => ({
        ...one,
        quarantined_at: null,
        status: 'live',
        failure_streak: 0,
        lease_until: null,
        token_update_count: 0,
      })),
    );
    expect(await refreshWith(bothKeys)).toEqual({ due: 20, updated: 20, failed: 0, skipped: 0 });
  });

  test('what a known key refuses is put aside, counts as due, alarms, is shown as that, and comes back when it opens again', async () => {
    clock.advance(20 * MINUTE_MS);
    const wrong = oldRing.replace(/:.*/, `:${randomBytes(32).toString('base64')}`);
    await expect(refreshWith(wrong)).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
    expect((await sessions()).filter(({ quarantined_at }) => quarantined_at !== null)).toHaveLength(20);
    app.log.length = 0;
    await expect(refreshWith(wrong)).rejects.toMatchObject({ code: 'refresh/nothing-updated' });
    expect(app.log.some((line) => line.includes('alert: sessions stay aside'))).toBe(true);
    const { store } = app.services;
    const shown = takeSnapshot(await store.readMonitor(clock.now()), { notices: 0, members: 0 }, clock.now());
    expect(shown.sessions.map(({ status }) => status)).toEqual(Array(20).fill('quarantined'));
    expect(shown.alerts).toContain('put-aside');
    const own = await app.cloud.pool.query('select distinct status from my_sessions');
    expect(own.rows).toEqual([{ status: 'quarantined' }]);
    expect(await refreshWith(oldRing, 'troubled')).toMatchObject({ updated: 20 });
  });
});

test('the command shows what is in use, and rotates', async () => {
  const keys = async (command: string, ring: string) => {
    const script = fileURLToPath(new URL('../../worker/keys.ts', import.meta.url));
    const env = {
      ...process.env,
      SUPABASE_URL: app.cloud.supabaseUrl,
      SUPABASE_PUBLISHABLE_KEY: app.cloud.publishableKey,
      SUPABASE_SECRET_KEY: app.cloud.secretKey.reveal(),
      SEAL_KEYS: ring,
      CRON_SECRET: 'c'.repeat(32),
      OPERATOR_TOKEN: 'o'.repeat(32),
      SESSION_SIGNING_KEY: app.cloud.secrets.sessionSigningKey.reveal(),
    };
    const child = spawn(process.execPath, [script, command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
    const [code] = await once(child, 'close');
    return { code, said };
  };
  expect(await keys('status', oldRing)).toEqual({
    code: 0,
    said: 'k1: 20 members (writes)\nEvery key in use can be opened.\n',
  });
  expect(await keys('rotate', bothKeys)).toEqual({ code: 0, said: '20 wrapped anew\nk2: 20 members (writes)\n' });
  expect((await keys('status', oldRing)).code).toBe(1);
});
