// Tests the scanner for marked secrets: it finds a planted secret in every encoding and every place, and finds nothing where no secret is.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator } from '../../simulator/simulator.ts';
import { createCanaries, dumpOf, filesOf, formsOf, MARK, TOKEN_MARK } from '../support/canary.ts';
import { startCloud } from '../support/cloud.ts';
import { town } from '../support/town.ts';

const SECRET = 'p/ä"s+s word-of-some-length';
const canaries = createCanaries();
canaries.plant('the password', SECRET);

test.each([
  ['as it is', SECRET],
  ['in JSON, twice over', JSON.stringify({ said: SECRET })],
  ['in an address', `/path?x=${encodeURIComponent(SECRET)}&y=1`],
  ['in hex', `\\x00${Buffer.from(SECRET).toString('hex')}ff`],
  ['in Base64', Buffer.from(SECRET).toString('base64')],
  ['in Base64 after one byte', Buffer.from(`:${SECRET}`).toString('base64')],
  ['in Base64 between others', Buffer.from(`ab${SECRET}c`).toString('base64')],
  ['in Base64 for addresses', Buffer.from(`{"a":"${'x'.repeat(7)}${SECRET}"}`).toString('base64url')],
])('a planted secret is found %s', (_how, text) => {
  expect(canaries.findIn(`before ${text} after`)).toContain('the password');
});

test('the mark is found without anything planted, in text, hex and Base64, and a gym’s token by its own', () => {
  for (const form of formsOf(`${MARK}whatever-it-is`))
    expect(createCanaries().findIn(`x${form}`), form).not.toEqual([]);
  expect(createCanaries().findIn(`1|1772366400|${TOKEN_MARK}aabbccddeeff001122334455`)).not.toEqual([]);
});

test.each([MARK, TOKEN_MARK])('the mark %s is found in whatever case', (mark) => {
  for (const text of [mark.toUpperCase(), mark.toLowerCase(), Buffer.from(mark).toString('hex').toUpperCase()])
    expect(createCanaries().findIn(`x${text}y`), text).not.toEqual([]);
});

test('nothing is found where nothing is', () => {
  const text = `${'harmless words, '.repeat(2_000)}${SECRET.slice(0, 11)}${Buffer.from(SECRET.slice(4)).toString('base64')}`;
  expect(canaries.findIn(text)).toEqual([]);
});

test('a token in an address the gym was asked at is found, and only there', async () => {
  const gym = await startSimulator({ scenario: town });
  onTestFinished(() => gym.stop());
  const token = `1|1772366400|${TOKEN_MARK}aabbccddeeff001122334455`;
  await fetch(`${gym.mainUrl}/setrefresh?${new URLSearchParams({ token, fingerprint: 'f' })}`);
  const body = new URLSearchParams({ token, fingerprint: 'f', ciclo: '1' });
  await fetch(`${gym.mainUrl}/api/tokenUpdate`, { method: 'POST', body });
  const leaks = (await gym.control.history()).map((entry) => canaries.findIn(JSON.stringify(entry)).length > 0);
  expect(leaks).toEqual([true, false]);
});

test('a leak into a row, as text or as bytes, or into a file is found', async () => {
  const cloud = await startCloud({ rest: false });
  const folder = await mkdtemp(join(tmpdir(), 'puntual-canary-'));
  onTestFinished(async () => {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  });
  expect(canaries.findIn(await dumpOf(cloud.pool))).toEqual([]);
  await cloud.pool.query('create table public.leak (words text, bytes bytea)');
  await cloud.pool.query('insert into public.leak (bytes) values ($1)', [Buffer.from(SECRET)]);
  expect(canaries.findIn(await dumpOf(cloud.pool))).toContain('the password');
  await cloud.pool.query('update public.leak set bytes = null, words = $1', [SECRET]);
  expect(canaries.findIn(await dumpOf(cloud.pool))).toContain('the password');
  await writeFile(join(folder, 'a-file'), Buffer.from(`\u0001\u0002${Buffer.from(SECRET).toString('base64')}`));
  expect(canaries.findIn(await filesOf(folder))).toContain('the password');
});
