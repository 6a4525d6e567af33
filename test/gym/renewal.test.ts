// What an answer to `tokenUpdate` means: a token of the same user in an answer is never dropped, and a doubtful answer is never taken for a refusal.
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { cookieHeader } from '../../services/gym/aimharder/cookies.ts';
import { understandRenewal } from '../../services/gym/aimharder/renewal.ts';
import type { RawAnswer, RenewAnswer } from '../../services/gym/gym.ts';
import { AUTH_LINE, keyWith, NOW, raw, tokenFor } from './gym-parts.ts';

const URL_OF = new URL('https://aimharder.com/api/tokenUpdate');
const NEXT = tokenFor(12, 91, '0'.repeat(32));
const renewal = (body: unknown, more = {}, key = keyWith()) =>
  understandRenewal(raw(body, more), key, { url: URL_OF, now: NOW });

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

  test('of another user is unknown, whatever the reading', () => {
    const answer = { kind: 'unknown', reason: 'token of another user' };
    expect(renewal({ newToken: tokenFor(13) })).toEqual(answer);
    expect(
      understandRenewal(raw({ newToken: tokenFor(13) }), keyWith(), { url: URL_OF, now: NOW }, 'last-resort'),
    ).toEqual(answer);
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

  test('with cookies that delete the login cookie comes with the jar as it was', () => {
    const key = keyWith();
    const setCookie = ['AWSALB=b; Path=/', 'amhrdrauth=deleted; Domain=.aimharder.com; Path=/; Max-Age=0'];
    const answer = renewal({ newToken: NEXT }, { setCookie }, key);
    if (answer.kind !== 'cookies-lost') return expect.fail(`Expected cookies-lost, got ${answer.kind}.`);
    expect(answer.key.token.reveal()).toBe(NEXT);
    expect(answer.key.cookies.reveal()).toBe(key.cookies.reveal());
  });

  test('with smuggling cookies is flagged and the cookie left out', () => {
    const { flags, key } = renewed(
      renewal({ newToken: NEXT }, { setCookie: ['a=\u00e9', AUTH_LINE.replace('auth%7C', '\u00e9')] }),
    );
    expect(flags).toEqual(['cookie-refused']);
    expect(cookieHeader(key.cookies, URL_OF, NOW)).toBe('amhrdrauth=auth%7Cvalue');
  });
});

describe('F3: a new token in an answer that is not what it should be', () => {
  const JSON_OF = JSON.stringify({ newToken: NEXT });
  const around: Record<string, [string, Partial<RawAnswer>?]> = {
    'behind a PHP notice': [
      `<br />\n<b>Notice</b>:  Undefined index: foo in <b>/var/www/t.php</b> on line <b>12</b><br />\n${JSON_OF}`,
    ],
    'before a comment': [`${JSON_OF}\n<!-- served by web-7 in 0.2 s -->`],
    'behind a dump with braces': [`array(1) { ["a"]=> int(1) }\n${JSON_OF}`],
    'in a page': [`<html><body><pre>${JSON_OF.replaceAll('"', '&quot;').replace(/\|/g, '&#124;')}</pre></body></html>`],
    'with its bars escaped': [`x${JSON_OF.replaceAll('|', String.raw`\u007c`)}`],
    'in a frame that broke off behind it': [JSON_OF, { isCut: true }],
    'in a frame that broke off right after it': [`{"newToken":"${NEXT}`, { isCut: true }],
    'in an error page': [`${JSON_OF}<b>Fatal error</b>`, { status: 500 }],
    'in a field further in': [JSON.stringify({ data: { newToken: NEXT } })],
    'behind an older one of the same field': [`{"newToken":"${tokenFor(12, 10)}"}${JSON_OF}`],
  };
  test.each(Object.entries(around))('%s is found', (_, [body, more]) => {
    expect(renewed(renewal(body, more))).toMatchObject({ token: NEXT, flags: ['found-in-unclear-answer'] });
  });

  const LONGER = tokenFor(12, 120);
  const AS_LONG = tokenFor(12, 90, '2'.repeat(32));
  const OLDER = tokenFor(12, 89, '3'.repeat(32));
  test.each([
    ['the token that was sent', `notice{"newToken":"${keyWith().token.reveal()}"}`],
    ['of another member', `notice{"newToken":"${tokenFor(13, 120)}"}`],
    ['good for no longer than the one sent', `notice{"newToken":"${tokenFor(12, 90, '1'.repeat(32))}"}`],
    ['under another field', `notice{"token":"${LONGER}"}`],
    ['cut within', `{"newToken":"${LONGER.slice(0, -1)}`],
    ['longer than a token is', `{"newToken":"${LONGER}0`],
  ])('%s does not count', (_, body) => {
    expect(renewal(body, { isCut: true }, keyWith())).toMatchObject({ kind: 'unknown' });
  });

  test.each([
    [`notice{"token":"${LONGER}"}`, LONGER],
    [`notice{"newToken":"no-bars-at-all"}`, 'no-bars-at-all'],
    [`<p>${tokenFor(13, 120)} ${LONGER} ${tokenFor(12)}</p>`, LONGER],
    [`notice{"newToken":"${AS_LONG}"}`, AS_LONG],
    [`<p>${AS_LONG}</p>`, AS_LONG],
    [`<p>${LONGER} ${AS_LONG} ${OLDER}</p>`, LONGER],
    [`<p>${AS_LONG} ${OLDER}</p> {"newToken":"no-bars-at-all"}`, AS_LONG],
  ])('as a last resort %j gives what may be one', (body, token) => {
    const answer = understandRenewal(raw(body), keyWith(), { url: URL_OF, now: NOW }, 'last-resort');
    expect(renewed(answer).token).toBe(token);
  });

  test('as a last resort a stamp that cannot be compared with the one sent is no hindrance', () => {
    const key = keyWith(undefined, 'a-token-without-a-stamp');
    const answer = understandRenewal(raw(`{"newToken":"${LONGER}"`), key, { url: URL_OF, now: NOW }, 'last-resort');
    expect(renewed(answer).token).toBe(LONGER);
  });

  test('as a last resort, neither the token sent nor an older one nor a page of nothing gives one', () => {
    const pages = ['<p>Ups</p>', `<p>${tokenFor(13, 120)}</p>`, `<p>${OLDER}</p>`, `notice{"newToken":"${OLDER}"}`];
    for (const body of [`<p>${keyWith().token.reveal()}</p>`, ...pages])
      expect(understandRenewal(raw(body), keyWith(), { url: URL_OF, now: NOW }, 'last-resort').kind).toBe('unknown');
  });

  test('a clear refusal is one behind a notice, too', () => {
    expect(renewal('<b>Notice</b>: x<br />{"logout":1}')).toEqual({ kind: 'token-refused' });
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
