// Sealed values: a value that was changed, moved or cut does not open, and the error reveals nothing of the content.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSeal, type SealedPlace } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';

const keyOf = (kid: string) => `${kid}:${createHash('sha256').update(kid).digest('base64')}`;
const seal = createSeal(new Secret(`${keyOf('k2')},${keyOf('k1')}`));
const old = createSeal(new Secret(keyOf('k1')));
const { wrapped } = seal.newMemberKey('ana');
const member = seal.openMember('ana', wrapped);
const place: SealedPlace = {
  table: 'token_journal',
  column: 'token',
  userId: 'ana',
  chain: 'chain',
  sessionType: 'background',
  attemptId: 'attempt',
  generation: 3,
};
const refused = expect.objectContaining({ code: 'seal/unreadable' });
const failureOf = (open: () => unknown): unknown => {
  try {
    return open();
  } catch (error) {
    return error;
  }
};
const word = fc.string({ minLength: 1, maxLength: 30 });
const runs = { numRuns: 400 };

describe('a sealed value', () => {
  test('opens in its place as it was, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
        expect(member.open(place, member.seal(place, new Secret(text))).reveal()).toBe(text);
      }),
      runs,
    );
  });

  test('does not open with any one bit flipped', () => {
    const sealed = member.seal(place, new Secret('a token'));
    const parts = sealed.split('.');
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), fc.nat(), fc.integer({ min: 0, max: 7 }), (part, at, bit) => {
        const bytes = Buffer.from(parts[part] ?? '', 'base64url');
        const index = at % bytes.length;
        bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
        const flipped = parts.with(part, bytes.toString('base64url')).join('.');
        expect(failureOf(() => member.open(place, flipped))).toEqual(refused);
      }),
      runs,
    );
  });

  test('does not open in a place that differs in any one word', () => {
    const sealed = member.seal(place, new Secret('a token'));
    const words = ['table', 'column', 'userId', 'chain', 'sessionType', 'attemptId'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...words), word, (name, other) => {
        fc.pre(other !== place[name]);
        expect(failureOf(() => member.open({ ...place, [name]: other }, sealed))).toEqual(refused);
      }),
      runs,
    );
    expect(failureOf(() => member.open({ ...place, generation: 4 }, sealed))).toEqual(refused);
  });

  test('does not open in another place with words that run together to the same text', () => {
    const sealed = member.seal({ ...place, chain: 'a|b', sessionType: 'c' }, new Secret('a token'));
    expect(failureOf(() => member.open({ ...place, chain: 'a', sessionType: 'b|c' }, sealed))).toEqual(refused);
  });

  test('does not open with a tag cut short, a part missing, or a part too many', () => {
    const sealed = member.seal(place, new Secret('a token'));
    const parts = sealed.split('.');
    for (let bytes = 0; bytes < 16; bytes++) {
      const tag = Buffer.from(parts[4] ?? '', 'base64url')
        .subarray(0, bytes)
        .toString('base64url');
      expect(failureOf(() => member.open(place, parts.with(4, tag).join('.')))).toEqual(refused);
    }
    for (let count = 0; count < 5; count++) {
      expect(failureOf(() => member.open(place, parts.slice(0, count).join('.')))).toEqual(refused);
    }
    expect(failureOf(() => member.open(place, `${sealed}.AAAA`))).toEqual(refused);
  });

  test('does not open under another member’s key, and the refusal quotes nothing', () => {
    const other = seal.openMember('bea', seal.newMemberKey('bea').wrapped);
    const error = failureOf(() => other.open(place, member.seal(place, new Secret('a token'))));
    expect(error).toEqual(refused);
    expect(JSON.stringify(error)).not.toContain('a token');
  });

  test('is never the same twice', () => {
    expect(member.seal(place, new Secret('x'))).not.toBe(member.seal(place, new Secret('x')));
  });
});

describe('a member’s key', () => {
  test('opens for its own member only', () => {
    fc.assert(
      fc.property(word, (userId) => {
        fc.pre(userId !== 'ana');
        expect(failureOf(() => seal.openMember(userId, wrapped))).toEqual(refused);
      }),
      runs,
    );
  });

  test('wrapped by a key that is not in the keyring, or under another kid’s name, does not open', () => {
    expect(failureOf(() => old.openMember('ana', wrapped))).toMatchObject({
      code: 'seal/unknown-key',
      details: { kid: 'k2' },
    });
    expect(failureOf(() => old.openMember('ana', wrapped.replace('v1.k2', 'v1.K?')))).toEqual(refused);
    expect(failureOf(() => seal.openMember('ana', wrapped.replace('v1.k2.', 'v1.k1.')))).toEqual(refused);
  });

  test('wrapped anew opens what was sealed before, and digests stay the same', () => {
    const before = old.newMemberKey('cleo');
    const sealed = old.openMember('cleo', before.wrapped).seal(place, new Secret('a token'));
    const anew = seal.rewrap('cleo', before.wrapped);
    expect(anew?.kid).toBe('k2');
    const after = seal.openMember('cleo', anew?.wrapped ?? '');
    expect(after.open(place, sealed).reveal()).toBe('a token');
    expect(after.digest(new Secret('a token'))).toBe(
      old.openMember('cleo', before.wrapped).digest(new Secret('a token')),
    );
    expect(seal.rewrap('cleo', anew?.wrapped ?? '')).toBeUndefined();
  });
});
