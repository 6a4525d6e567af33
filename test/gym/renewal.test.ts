// What an answer to tokenUpdate means: a token that came is never dropped, and doubt is never taken for a refusal.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { cookieHeader } from '../../services/gym/aimharder/cookies.ts';
import { understandRenewal } from '../../services/gym/aimharder/renewal.ts';
import type { RenewAnswer } from '../../services/gym/gym.ts';
import { AUTH_LINE, keyWith, NOW, raw, tokenFor } from './gym-parts.ts';

const URL_OF = new URL('https://aimharder.com/api/tokenUpdate');
const NEXT = tokenFor(12, 90, '0'.repeat(32));
const renewal = (body: unknown, more = {}, key = keyWith()) => understandRenewal(raw(body, more), key, URL_OF, NOW);

function renewed(answer: RenewAnswer) {
  if (answer.kind !== 'renewed') return expect.fail(`Expected renewed, got ${answer.kind}.`);
  return { token: answer.key.token.reveal(), flags: answer.flags, key: answer.key };
}

describe('a new token', () => {
  test.each([
    {},
    { logout: 0 },
    { logout: '0' },
    { logout: null },
    { logout: false },
    { logout: '' },
  ])('beside %j is taken as it is', (beside) => {
    expect(renewed(renewal({ newToken: NEXT, ...beside }))).toMatchObject({ token: NEXT, flags: [] });
  });

  test.each([
    [tokenFor(12, -1), ['expired-stamp']],
    ['no stamp at all', ['malformed']],
    [tokenFor(12), ['same-token']],
    [tokenFor(13), ['other-user']],
    ['x'.repeat(100_000), ['malformed', 'oversized']],
  ])('of an odd kind is kept and flagged (%#)', (token, flags) => {
    expect(renewed(renewal({ newToken: token }))).toMatchObject({ token, flags });
  });

  test('beside a logout is kept and flagged', () => {
    expect(renewed(renewal({ newToken: NEXT, logout: 1 }))).toMatchObject({
      token: NEXT,
      flags: ['logout-beside-token'],
    });
  });

  test('beyond any size is unknown', () => {
    expect(renewal({ newToken: 'x'.repeat(300_000) })).toMatchObject({ kind: 'unknown' });
  });

  test('comes with the jar merged and the fingerprint unchanged', () => {
    const { key } = renewed(
      renewal({ newToken: NEXT }, { setCookie: ['AWSALB=b; Path=/', 'AWSALBCORS=c; Path=/; Secure'] }),
    );
    expect(key.fingerprint).toBe('fp-1');
    expect(cookieHeader(key.cookies, URL_OF, NOW)?.split('; ').sort()).toEqual([
      'AWSALB=b',
      'AWSALBCORS=c',
      'amhrdrauth=auth%7Cvalue',
    ]);
  });

  test('whose cookies delete the login cookie comes with the jar as it was', () => {
    const key = keyWith();
    const setCookie = ['AWSALB=b; Path=/', 'amhrdrauth=deleted; Domain=.aimharder.com; Path=/; Max-Age=0'];
    const answer = renewal({ newToken: NEXT }, { setCookie }, key);
    if (answer.kind !== 'cookies-lost') return expect.fail(`Expected cookies-lost, got ${answer.kind}.`);
    expect(answer.key.token.reveal()).toBe(NEXT);
    expect(answer.key.cookies.reveal()).toBe(key.cookies.reveal());
  });

  test('whose cookies smuggle is flagged and the cookie left out', () => {
    const { flags, key } = renewed(
      renewal({ newToken: NEXT }, { setCookie: ['a=\u00e9', AUTH_LINE.replace('auth%7C', '\u00e9')] }),
    );
    expect(flags).toEqual(['cookie-refused']);
    expect(cookieHeader(key.cookies, URL_OF, NOW)).toBe('amhrdrauth=auth%7Cvalue');
  });
});

test.each([
  { logout: 1 },
  { logout: '1' },
  { logout: true },
  { logout: 1, newToken: '' },
])('%j refuses the token', (body) => {
  expect(renewal(body)).toEqual({ kind: 'token-refused' });
});

test.each([
  ...[
    '',
    '[]',
    'null',
    '{}',
    '<html>…</html>',
    '{"newToken":"12|179',
    '{"newToken":7}',
    '{"newToken":""}',
    '{"newToken":null}',
  ],
  ...['{"logout":0}', '{"newToken":["a"]}', '"12|1|a"'],
])('%j is unknown: the gym may have rotated', (body) => {
  expect(renewal(body).kind).toBe('unknown');
});

test.each([500, 502, 503, 504, 302, 408])('status %i is unknown whatever it carries', (status) => {
  expect(renewal({ logout: 1 }, { status }).kind).toBe('unknown');
});

test.each([
  [{ status: 403 }, { kind: 'turned-away', why: 'blocked' }],
  [
    { status: 429, retryAfter: '30' },
    { kind: 'turned-away', why: 'busy', retryAfterMs: 30_000 },
  ],
])('%j says nothing about the session', (more, answer) => {
  expect(renewal('<html>', more)).toEqual(answer);
});

test('no answer shows any part of a token', () => {
  for (const body of [{ newToken: NEXT }, `{"newToken":"${NEXT}`, `<p>${NEXT}</p>`, { newToken: [NEXT] }]) {
    for (const status of [200, 500]) {
      const answer = renewal(body, { status });
      expect(inspect(answer, { depth: 9 }) + JSON.stringify(answer)).not.toMatch(/0{8}|abcdef|auth%7C/);
    }
  }
});
