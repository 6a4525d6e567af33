// The secrets of an embedded stack: they are made once, are strong, and only the owner can read their file.
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importJWK, jwtVerify, SignJWT } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadOrMakeSecrets, publicJwks, type Secrets } from '../../embedded/secrets.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'puntual-secrets-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const bare = ({ publishableKey, ...rest }: Secrets) => ({
  publishableKey,
  ...Object.fromEntries(Object.entries(rest).map(([name, secret]) => [name, secret.reveal()])),
});

test('the second start has the secrets of the first', async () => {
  const first = bare(await loadOrMakeSecrets(folder));
  expect(bare(await loadOrMakeSecrets(folder))).toEqual(first);
});

test('of ten starts at once all have the same', async () => {
  const all = await Promise.all(Array.from({ length: 10 }, () => loadOrMakeSecrets(join(folder, 'new'))));
  expect(new Set(all.map((secrets) => JSON.stringify(bare(secrets)))).size).toBe(1);
  expect((await stat(join(folder, 'new'))).mode & 0o777).toBe(0o700);
});

test('two folders share nothing', async () => {
  const other = await mkdtemp(join(tmpdir(), 'puntual-secrets-'));
  const [one, two] = [bare(await loadOrMakeSecrets(folder)), bare(await loadOrMakeSecrets(other))];
  await rm(other, { recursive: true });
  const values = [...Object.values(one), ...Object.values(two)];
  expect(new Set(values).size).toBe(values.length);
});

test('only the owner reads the file', async () => {
  await loadOrMakeSecrets(folder);
  expect((await stat(join(folder, 'secrets.json'))).mode & 0o777).toBe(0o600);
});

test('the keys have the forms their users expect', async () => {
  const secrets = await loadOrMakeSecrets(folder);
  expect(secrets.publishableKey).toMatch(/^sb_publishable_\S{24,}$/);
  expect(secrets.secretKey.reveal()).toMatch(/^sb_secret_\S{32,}$/);
  expect(secrets.operatorToken.reveal().length).toBeGreaterThanOrEqual(43);
  const [id, key = ''] = secrets.sealKeys.reveal().split(':');
  expect([id, Buffer.from(key, 'base64').length]).toEqual(['k1', 32]);
});

test('what the signing key signs the public key set verifies, and the set holds nothing private', async () => {
  const { sessionSigningKey } = await loadOrMakeSecrets(folder);
  const jwk = JSON.parse(sessionSigningKey.reveal());
  const token = await new SignJWT({}).setProtectedHeader({ alg: 'ES256', kid: jwk.kid }).sign(await importJWK(jwk));
  const [key = {}] = publicJwks(sessionSigningKey).keys;
  await expect(jwtVerify(token, await importJWK(key, 'ES256'))).resolves.toBeDefined();
  expect(key).toMatchObject({ kid: jwk.kid, alg: 'ES256' });
  expect(key).not.toHaveProperty('d');
});

test('a file from an older version keeps its values and gains the new ones', async () => {
  const first = bare(await loadOrMakeSecrets(folder));
  const { cronSecret: _gone, ...older } = first as Record<string, string>;
  await writeFile(join(folder, 'secrets.json'), JSON.stringify(older));
  const second = bare(await loadOrMakeSecrets(folder)) as Record<string, string>;
  expect(second).toMatchObject(older);
  expect(second['cronSecret']).toMatch(/\S{40,}/);
});

test('a file that cannot be read is not replaced', async () => {
  await writeFile(join(folder, 'secrets.json'), '{ "secretKey": ');
  await expect(loadOrMakeSecrets(folder)).rejects.toThrow();
  expect(await readFile(join(folder, 'secrets.json'), 'utf8')).toBe('{ "secretKey": ');
});
