// Every threat of the threat model has a test that proves its control, or a reason why not, and all the tests that the threat model names exist. A
// few controls are tested in this file, because no other test file tests them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKey } from '../../services/renewal/open-session.ts';
import { type Login, openApp, type TestApp } from '../routes/open-app.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { THREATS } from './threats.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const shipped = ['worker', 'jobs', 'embedded', 'services'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length)),
);
const filesWith = (pattern: RegExp): string[] => shipped.filter((file) => pattern.test(read(file))).sort();

describe('the list', () => {
  test('has every threat from T1 to T47, each with a proof or a reason', () => {
    expect(Object.keys(THREATS).filter((id) => /^T\d+$/.test(id))).toEqual(
      Array.from({ length: 47 }, (_, n) => `T${n + 1}`),
    );
    const bare = Object.entries(THREATS).filter(([, { proofs, reason }]) => proofs.length === 0 && !reason);
    expect(bare).toEqual([]);
  });
  test('names tests that exist', () => {
    const missing = Object.entries(THREATS).flatMap(([id, { proofs }]) =>
      proofs
        .filter(({ file, name }) => !read(file).includes(name))
        .map(({ file, name }) => `${id}: ${file} has no "${name}"`),
    );
    expect(missing).toEqual([]);
  });
  test('has all twenty-four of the first app’s faults as tests by their numbers', () => {
    const source = read('test/identity/known-bad.test.ts');
    const numbers = [...source.matchAll(/^test\('P-(\d\d) /gm)].map((match) => Number(match[1]));
    expect(numbers).toEqual(Array.from({ length: 24 }, (_, n) => n + 1));
  });
});

describe('of the code', () => {
  test('T3 secrets are compared in one place, by digests of one length; MACs and the embedded queue’s token beside it', () => {
    expect(filesWith(/timingSafeEqual\(/)).toEqual([
      'embedded/queue/queue.ts',
      'services/identity/family.ts',
      'services/secret.ts',
    ]);
    expect(filesWith(/\.reveal\(\)\s*[!=]==?|[!=]==?\s*[\w.]+\.reveal\(\)/)).toEqual(['services/identity/family.ts']);
    // A value whose name says that it is a secret, or a digest of one, may be compared by `==` or `===` only with undefined, null or ''.
    const named = '\\w*(?:digest|hash|mac|hmac|signature|secret|password|proof|apikey)';
    const sides = `\\b${named}\\s*[!=]==?(?!=?\\s*(?:undefined|null|'')\\W)|[!=]==?\\s*[\\w.]*\\b${named}\\b`;
    // Only the embedded gateway compares two secrets with `===`: it compares a caller's API key with the caller's Bearer token, to see if both are
    // the same.
    expect(filesWith(new RegExp(sides, 'i'))).toEqual(['embedded/database/gateway.ts']);
    // Only the embedded queue calls `.equals` or `Buffer.compare`, and not on a secret: it finds out whether a body is UTF-8 text.
    expect(filesWith(/\.equals\(|Buffer\.compare/)).toEqual(['embedded/queue/answer.ts']);
    const [, equals = ''] = /export const secretEquals = ([^;]+);/.exec(read('services/secret.ts')) ?? [];
    expect(equals).toContain('timingSafeEqual(digest(given), digest(expected.reveal()))');
  });
  test('T14 one file opens the service’s door, and no public prefix carries a key to a browser', () => {
    expect(filesWith(/secretKey\.reveal\(\)/).filter((file) => !file.startsWith('embedded/'))).toEqual([
      'services/store/call.ts',
      // The doctor's probe sends the service's secret key: without that key, PostgREST does not tell its version at its root address.
      'worker/probes.ts',
    ]);
    expect(filesWith(/createClient\(/)).toEqual(['services/identity/member-client.ts', 'services/store/call.ts']);
    expect(filesWith(/NEXT_PUBLIC_|VITE_/)).toEqual([]);
  });
  test('T40 few packages ship, each at one version, all locked', () => {
    const { dependencies } = JSON.parse(read('package.json'));
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(25);
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+/);
    const { packages } = JSON.parse(read('package-lock.json'));
    const unlocked = Object.entries<{ integrity?: string; link?: boolean }>(packages).filter(
      ([name, one]) => name !== '' && !one.integrity && !one.link,
    );
    expect(unlocked.map(([name]) => name)).toEqual([]);
  });
});

describe('of the database', () => {
  const clock = handClock(SUNDAY_NOON);
  let app: TestApp;
  let ana: Login;
  let secrets: string[];
  beforeAll(async () => {
    app = await openApp(clock);
    ana = await app.login('ana@example.test', { fingerprint: 'ana-phone' });
    clock.advance(30 * MINUTE_MS);
    const { rows } = await app.cloud.pool.query('select id from user_sessions');
    const { token } = await app.services.access.sign({ userId: ana.userId, sessionId: rows[0].id }, clock.now());
    const body = { fingerprint: 'ana-phone', token: ana.deviceToken };
    const { json } = await app.ask('POST', '/api/auth/token-update', { bearer: token.reveal(), body });
    const row = await app.services.store.readBackgroundSession(ana.userId);
    if (!row) throw new Error('no background session');
    const key = openKey(app.services.seal.openMember(ana.userId, row.wrapped), row);
    const login = /"key":"amhrdrauth","value":"([^"]+)"/.exec(key.cookies.reveal())?.[1] ?? '';
    secrets = [
      ana.deviceToken,
      json.token,
      key.token.reveal(),
      login,
      ana.bearer,
      ana.cookies.refresh.split('=')[1] ?? '',
    ];
  });
  afterAll(() => app.stop());

  /** Gives the content of every table, as text. */
  async function dump(): Promise<string> {
    const { rows } = await app.cloud.pool.query<{ name: string }>(
      `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname in ('public', 'auth') and c.relkind = 'r'`,
    );
    const parts = await Promise.all(
      rows.map(
        async ({ name }) =>
          `${name}: ${JSON.stringify((await app.cloud.pool.query(`select to_jsonb(t) from ${name} t`)).rows)}`,
      ),
    );
    return parts.join('\n');
  }
  const forms = (secret: string) => [
    secret,
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
    encodeURIComponent(secret),
  ];

  test('T17 no row holds a token, a cookie or a key of anybody, in any spelling', async () => {
    expect(secrets.every((secret) => secret.length > 20)).toBe(true);
    const all = await dump();
    expect(all).toContain(ana.userId);
    expect(secrets.flatMap(forms).filter((form) => all.includes(form))).toEqual([]);
    await app.cloud.pool.query('update members set display_name = $1', [ana.deviceToken]);
    expect((await dump()).includes(ana.deviceToken)).toBe(true);
    await app.cloud.pool.query(`update members set display_name = 'Ana'`);
  });

  test('T41 an erased member’s data goes, the key that opens old copies first of all', async () => {
    const { rows } = await app.cloud.pool.query('select wrapped from user_keys where user_id = $1', [ana.userId]);
    expect(rows).toHaveLength(1);
    await app.cloud.pool.query('delete from members where id = $1', [ana.userId]);
    const all = await dump();
    expect(all).not.toContain(ana.userId);
    expect(all).not.toContain(rows[0].wrapped);
  });
});
