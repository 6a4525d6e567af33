// Reading a puntual session or a Supabase session from a Cookie header never fails, whatever the header holds, and finds no session that the header
// does not hold.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  expiredCookies,
  readOwnCookies,
  readSsrCookies,
  sessionCookies,
  ssrCookies,
} from '../../services/identity/cookies.ts';
import { Secret } from '../../services/secret.ts';

const PROJECT = 'https://p.supabase.co';
const access = async (header: string | undefined) => {
  const tokens = [readOwnCookies(header).access, (await readSsrCookies(header, PROJECT))?.accessToken];
  return tokens.flatMap((token) => (token ? [token.reveal()] : []));
};
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
      const { access: own } = readOwnCookies(text);
      const theirs = await readSsrCookies(text, PROJECT);
      return [own, theirs?.accessToken].every((token) => token === undefined || token.reveal() !== '');
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
  const tokens = readOwnCookies(cookies.map((cookie) => cookie.split(';')[0]).join('; '));
  expect([tokens.access?.reveal(), tokens.refresh?.reveal()]).toEqual(['a.b.c', 'r-_1']);
});

test('what was expired is nothing', async () => {
  const header = expiredCookies()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
  expect(readOwnCookies(header)).toEqual({ access: undefined, refresh: undefined });
});

test('a token in chunks is put together in their order, and one with a chunk missing is none', async () => {
  const token = `a.b.${'x'.repeat(5_000)}`;
  const whole = ssr({ access_token: token });
  const [first, second, third] = [whole.slice(0, 3_000), whole.slice(3_000, 6_000), whole.slice(6_000)];
  expect(await access(`sb-p-auth-token.2=${third}; sb-p-auth-token.0=${first}; sb-p-auth-token.1=${second}`)).toEqual([
    token,
  ]);
  expect(await access(`sb-p-auth-token.0=${first}; sb-p-auth-token.2=${third}`)).toEqual([]);
});

test('of many Supabase sessions one is read: the project’s own, or the first where a site has another name for it', async () => {
  const named = (name: string) => `sb-${name}-auth-token=${ssr({ access_token: `a.b.${name}` })}`;
  expect(await access([named('x'), named('y'), named('p')].join('; '))).toEqual(['a.b.p']);
  expect(await access([named('x'), named('y')].join('; '))).toEqual(['a.b.x']);
});

test('what is put in a Supabase session’s place is what is read, and no old chunk stays', async () => {
  const session = { access_token: `a.b.${'c'.repeat(5_000)}`, refresh_token: 'r' };
  const before = await readSsrCookies(
    [0, 1, 2].map((n) => `sb-p-auth-token.${n}=${ssr(session).slice(n * 3_000, (n + 1) * 3_000)}`).join('; '),
    PROJECT,
  );
  if (!before) throw new Error('no session');
  const whole = ssrCookies(before, { ...session, access_token: 'd.e.f' }, true);
  const [gone, kept] = [whole.filter((one) => /=; Max-Age=0/.test(one)), whole.filter((one) => !/Max-Age=0/.test(one))];
  expect(gone.map((one) => one.split('=')[0])).toEqual([0, 1, 2].map((n) => `sb-p-auth-token.${n}`));
  expect(await access(kept.map((one) => one.split(';')[0]).join('; '))).toEqual(['d.e.f']);
  for (const one of whole) expect(one).toMatch(/; Path=\/; Secure; SameSite=Lax/);
});

test.each([
  ['a verifier, which is no session', `sb-p-auth-token-code-verifier=${ssr({ access_token: 'a.b.c' })}`],
  ['what has not the shape of one', `sb-p-auth-token=${ssr({ access_token: 'x' })}`],
  ['a session without a token', `sb-p-auth-token=${ssr({ refresh_token: 'x' })}`],
  ['a token that is no text', `sb-p-auth-token=${ssr({ access_token: { toString: 'x' } })}`],
  ['more than a browser sends', `__Host-puntual=${'x'.repeat(17_000)}`],
  ['nothing', undefined],
])('%s is no token', async (_what, header) => {
  expect(await access(header)).toEqual([]);
});
