// The service recognises its own refresh tokens and nothing else, and a token always has the same successor.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFamily } from '../../services/identity/family.ts';
import { Secret } from '../../services/secret.ts';

const family = createFamily(new Secret('a secret of sufficient entropy, for a test'));
const sessionId = randomUUID();

test('a token tells its session and counter, whatever they are', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.integer({ min: 0, max: 2 ** 31 - 1 }), (id, counter) => {
      expect(family.parse(family.issue({ sessionId: id, counter }))).toEqual({ sessionId: id, counter });
    }),
  );
});

test('the same parent has the same child', () => {
  const child = () => family.issue({ sessionId, counter: 8 }).reveal();
  expect(child()).toBe(child());
});

test('two sessions, two counters and two keys never share a token', () => {
  const other = createFamily(new Secret('another secret'));
  const tokens = [
    family.issue({ sessionId, counter: 0 }),
    family.issue({ sessionId, counter: 1 }),
    family.issue({ sessionId: randomUUID(), counter: 0 }),
    other.issue({ sessionId, counter: 0 }),
  ].map((token) => token.reveal());
  expect(new Set(tokens).size).toBe(4);
  expect(other.parse(new Secret(tokens[0] ?? ''))).toBeUndefined();
});

test('a token with one character changed is none of ours', () => {
  const token = family.issue({ sessionId, counter: 3 }).reveal();
  for (let at = 0; at < token.length; at += 1) {
    const other = token[at] === 'A' ? 'B' : 'A';
    expect(family.parse(new Secret(token.slice(0, at) + other + token.slice(at + 1)))).toBeUndefined();
  }
});

test('a second spelling of the same bytes is none of ours', () => {
  const token = family.issue({ sessionId, counter: 3 }).reveal();
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const twins = [...alphabet]
    .map((last) => token.slice(0, -1) + last)
    .filter((twin) => twin !== token && Buffer.from(twin, 'base64url').equals(Buffer.from(token, 'base64url')));
  expect(twins.length).toBeGreaterThan(0);
  for (const twin of twins) expect(family.parse(new Secret(twin))).toBeUndefined();
});

test('any other text is none of ours, and nothing throws', () => {
  fc.assert(fc.property(fc.string(), (text) => family.parse(new Secret(text)) === undefined));
  expect(family.parse(new Secret('A'.repeat(100_000)))).toBeUndefined();
});

test('a hash is SHA-256 in hex, and the token is not in it', () => {
  const token = family.issue({ sessionId, counter: 0 });
  expect(family.hash(token)).toMatch(/^[0-9a-f]{64}$/);
  expect(family.hash(token)).toBe(family.hash(token));
});
