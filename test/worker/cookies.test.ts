// Reading who somebody is from a Cookie header: whatever is in it, nothing breaks and nothing is made up.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expiredCookies, readCookieTokens, sessionCookies } from '../../services/identity/cookies.ts';
import { Secret } from '../../services/secret.ts';

const access = async (header: string | undefined) =>
  (await readCookieTokens(header)).access.map((token) => token.reveal());
const ssr = (session: unknown) => `base64-${Buffer.from(JSON.stringify(session)).toString('base64url')}`;

const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom(
    '__Host-puntual=',
    '__Host-puntual-refresh=',
    'sb-x-auth-token=',
    'sb-x-auth-token.0=',
    'sb-x-auth-token.1=',
    'base64-',
    ';',
    '; ',
    '=',
    '%',
    '%E0%A4',
    '"',
    '{"access_token":1}',
    '__proto__=',
    'e30',
  ),
);

test('no header of any bytes throws', async () => {
  const header = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
  await fc.assert(
    fc.asyncProperty(header, async (text) => {
      const tokens = await readCookieTokens(text);
      return tokens.access.every((token) => token instanceof Secret && token.reveal() !== '');
    }),
    { numRuns: 20_000 },
  );
});

test('what was set is what is read', async () => {
  const cookies = sessionCookies({
    accessToken: new Secret('a.b.c'),
    refreshToken: new Secret('r-_1'),
    accessLifeMs: 600_000,
  });
  const tokens = await readCookieTokens(cookies.map((cookie) => cookie.split(';')[0]).join('; '));
  expect([tokens.access.map((token) => token.reveal()), tokens.refresh?.reveal()]).toEqual([['a.b.c'], 'r-_1']);
});

test('what was expired is nothing', async () => {
  const header = expiredCookies()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
  expect(await readCookieTokens(header)).toEqual({ access: [], refresh: undefined, renewable: [] });
});

test('a token in chunks is put together in their order, and one with a chunk missing is none', async () => {
  const whole = ssr({ access_token: 'x'.repeat(5_000) });
  const [first, second, third] = [whole.slice(0, 3_000), whole.slice(3_000, 6_000), whole.slice(6_000)];
  expect(await access(`sb-p-auth-token.2=${third}; sb-p-auth-token.0=${first}; sb-p-auth-token.1=${second}`)).toEqual([
    'x'.repeat(5_000),
  ]);
  expect(await access(`sb-p-auth-token.0=${first}; sb-p-auth-token.2=${third}`)).toEqual([]);
});

test('our own comes before Supabase’s', async () => {
  expect(await access(`sb-p-auth-token=${ssr({ access_token: 'theirs' })}; __Host-puntual=ours`)).toEqual([
    'ours',
    'theirs',
  ]);
});

test.each([
  ['a verifier, which is no session', `sb-p-auth-token-code-verifier=${ssr({ access_token: 'x' })}`],
  ['a session without a token', `sb-p-auth-token=${ssr({ refresh_token: 'x' })}`],
  ['a token that is no text', `sb-p-auth-token=${ssr({ access_token: { toString: 'x' } })}`],
  ['more than a browser sends', `__Host-puntual=${'x'.repeat(17_000)}`],
  ['nothing', undefined],
])('%s is no token', async (_what, header) => {
  expect(await access(header)).toEqual([]);
});
