// Tests of the settings from the environment: which values are accepted, which are refused, and whether every problem is reported at once.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { makeSecrets } from '../../embedded/secrets.ts';
import { Failure } from '../../services/failures.ts';
import { newVapidKeys } from '../../services/notify/channels/web-push.ts';
import { environmentShape, readConfig } from '../../worker/config.ts';

const secrets = await makeSecrets();
const otherKey = JSON.parse((await makeSecrets()).sessionSigningKey.reveal());
const production = {
  NODE_ENV: 'production',
  SUPABASE_URL: 'https://abc.supabase.co',
  SUPABASE_PUBLISHABLE_KEY: 'sb_publishable_x',
  SUPABASE_SECRET_KEY: 'sb_secret_x',
  QSTASH_TOKEN: 'token',
  QSTASH_CURRENT_SIGNING_KEY: 'sig_a',
  QSTASH_NEXT_SIGNING_KEY: 'sig_b',
  PUBLIC_URL: 'https://puntual.example',
  CRON_SECRET: secrets.cronSecret.reveal(),
  OPERATOR_TOKEN: secrets.operatorToken.reveal(),
  SEAL_KEYS: secrets.sealKeys.reveal(),
  SESSION_SIGNING_KEY: secrets.sessionSigningKey.reveal(),
};

function problemsOf(environment: Record<string, string | undefined>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error.code).toBe('config/invalid');
    return error.details['problems'] as string[];
  }
  return [];
}

describe('TRUSTED_PROXIES', () => {
  test('are none, one on Vercel, or as many as one says', () => {
    const vercel = { ...production, VERCEL: '1' };
    expect(readConfig({}).trustedProxies).toBe(0);
    expect(readConfig(vercel).trustedProxies).toBe(1);
    expect(readConfig({ ...vercel, TRUSTED_PROXIES: '2' }).trustedProxies).toBe(2);
  });
  test.each(['-1', 'yes', '10', '1.5'])('are not %s', (TRUSTED_PROXIES) => {
    expect(problemsOf({ TRUSTED_PROXIES })).toEqual(['TRUSTED_PROXIES: expected how many proxies, 0 to 9']);
  });
});

describe('VAPID_KEYS', () => {
  const [publicKey, privateKey] = newVapidKeys().split('.');
  test('are a pair', () => {
    expect(readConfig({ VAPID_KEYS: `${publicKey}.${privateKey}` }).notices.vapidKeys?.reveal()).toContain(publicKey);
  });
  test.each<[string, string]>([
    ['the public key of another pair', `${newVapidKeys().split('.')[0]}.${privateKey}`],
    ['a public key that is none', `${Buffer.alloc(65, 4).toString('base64url')}.${privateKey}`],
    ['a private key that is none', `${publicKey}.${Buffer.alloc(32).toString('base64url')}`],
    ['a private key that is too short', `${publicKey}.${privateKey?.slice(0, 20)}`],
    ['half of it', `${publicKey}`],
    ['more than two', `${publicKey}.${privateKey}.x`],
  ])('are not %s', (_what, VAPID_KEYS) => {
    expect(problemsOf({ VAPID_KEYS })).toEqual([expect.stringContaining('VAPID_KEYS')]);
  });
});

describe('SESSION_SIGNING_KEY', () => {
  const own = JSON.parse(secrets.sessionSigningKey.reveal());
  const { x, y, d } = otherKey;
  test.each<[string, object]>([
    ['the public half of another key', { ...own, x, y }],
    ['the private half of another key', { ...own, d }],
    ['numbers that are no point', { ...own, x: 'AAAA' }],
    ['a number that is too short', { ...own, d: 'AAAA' }],
  ])('is not a key with %s', (_what, key) => {
    expect(problemsOf({ SESSION_SIGNING_KEY: JSON.stringify(key) })).toEqual([
      'SESSION_SIGNING_KEY: expected a private ES256 key as a JWK with a kid.',
    ]);
  });
});

test('SMTP_URL says how a % is written', () => {
  expect(problemsOf({ SMTP_URL: 'smtp://ana:100%@mail.test', MAIL_FROM: 'a@mail.test' })).toEqual([
    'SMTP_URL: expected %25 for a % in user or password.',
  ]);
});

describe('the gym’s addresses', () => {
  test.each<[string, Record<string, string>, RegExp]>([
    ['with a user', { AIMHARDER_BOX_URL: 'https://u:p@{box}.gym.test' }, /box address to hold no user/],
    ['with a query', { AIMHARDER_URL: 'https://gym.test/?token=1' }, /main address to hold no user, query/],
    ['without a domain for the boxes', { AIMHARDER_BOX_URL: 'https://{box}' }, /to be the first host label/],
  ])('%s are named among the other problems', (_what, addresses, words) => {
    expect(problemsOf({ ...addresses, PORT: 'x' })).toEqual([
      'PORT: expected a port number',
      expect.stringMatching(/^AIMHARDER_LOGIN_URL, AIMHARDER_URL, AIMHARDER_BOX_URL: /),
    ]);
    expect(problemsOf(addresses)).toEqual([expect.stringMatching(words)]);
  });
});

describe('ADMISSION', () => {
  test('is open on the embedded database, and approve, assumed, where nothing was said about a real one', () => {
    expect(readConfig({}).admission).toEqual({ mode: 'open', boxes: [], isAssumed: false });
    expect(readConfig(production).admission).toEqual({ mode: 'approve', boxes: [], isAssumed: true });
  });
  test.each(['open', 'invite', 'approve', 'closed'])('is %s where that was said', (ADMISSION) => {
    const said = { ADMISSION, ADMIT_BOXES: 'norte, sur,' };
    const admission = { mode: ADMISSION, boxes: ['norte', 'sur'], isAssumed: false };
    expect([readConfig(said).admission, readConfig({ ...production, ...said }).admission]).toEqual([
      admission,
      admission,
    ]);
  });
  test('is nothing else, and boxes are slugs', () => {
    expect(problemsOf({ ADMISSION: 'everybody', ADMIT_BOXES: 'norte,evil.example/' }).join('\n')).toMatch(
      /ADMISSION: [\s\S]*ADMIT_BOXES: expected slugs/,
    );
  });
});

describe('an empty environment', () => {
  test('means embedded parts and the defaults', () => {
    expect(readConfig({})).toMatchObject({
      production: false,
      supabase: undefined,
      qstash: undefined,
      port: 3000,
      dataDir: '.puntual',
      logLevel: 'info',
      gym: {
        platform: 'aimharder',
        loginUrl: 'https://login.aimharder.com',
        mainUrl: 'https://aimharder.com',
        boxUrlTemplate: 'https://{box}.aimharder.com',
      },
    });
  });

  test('is what a variable set to nothing counts as', () => {
    expect(readConfig({ SUPABASE_URL: '', PORT: ' ' })).toEqual(readConfig({}));
  });
});

describe('a config', () => {
  test('is frozen in every part', () => {
    const config = readConfig(production);
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.gym)).toBe(true);
    expect(Object.isFrozen(config.supabase)).toBe(true);
  });

  test('prints no secret', () => {
    const text = JSON.stringify(readConfig(production));
    expect(text).not.toContain(production.CRON_SECRET);
    expect(text).not.toContain(production.SEAL_KEYS);
  });
});

describe('a wrong environment', () => {
  test('is told with every problem at once, and no value', () => {
    const wrong = {
      CRON_SECRET: 'a-short-secret',
      OPERATOR_TOKEN: 'x',
      PORT: 'http',
      LOG_LEVEL: 'loud',
      SEAL_KEYS: 'k1:AAAA',
    };
    const problems = problemsOf(wrong);
    expect(problems.map((one) => one.split(':')[0]).sort()).toEqual(Object.keys(wrong).sort());
    expect(problems.join()).not.toContain('a-short-secret');
  });

  test.each([
    ['a secret key without its address', { SUPABASE_SECRET_KEY: 'sb_secret_x' }, /SUPABASE_URL.*expected together/],
    ['a queue without signing keys', { QSTASH_TOKEN: 't' }, /QSTASH_CURRENT_SIGNING_KEY.*expected together/],
    ['a queue address without a token', { QSTASH_URL: 'https://qstash.upstash.io' }, /QSTASH_TOKEN.*expected together/],
    ['a CRON_SECRET of 31 bytes', { CRON_SECRET: 'x'.repeat(31) }, /CRON_SECRET: expected at least 32 bytes/],
    ['one secret for two doors', { CRON_SECRET: 'x'.repeat(32), OPERATOR_TOKEN: 'x'.repeat(32) }, /another value/],
    [
      'a public key for signing',
      { SESSION_SIGNING_KEY: '{"kty":"EC","crv":"P-256","x":"a","y":"b","kid":"k"}' },
      /private ES256/,
    ],
    ['a seal key of 16 bytes', { SEAL_KEYS: `k1:${Buffer.alloc(16).toString('base64')}` }, /SEAL_KEYS: .*32 bytes/],
    ['a box address without {box}', { AIMHARDER_BOX_URL: 'https://aimharder.com' }, /\{box\}/],
    ['an address that is none', { AIMHARDER_URL: 'aimharder.com' }, /http or https/],
    ['an allow list of everybody', { ALLOWED_ORIGINS: '*' }, /ALLOWED_ORIGINS: expected origins/],
    [
      'an allowed origin with a path',
      { ALLOWED_ORIGINS: 'https://a.example,https://b.example/app' },
      /ALLOWED_ORIGINS/,
    ],
    ['an allowed origin of no page', { ALLOWED_ORIGINS: 'null' }, /ALLOWED_ORIGINS/],
    ['a public address with a path', { PUBLIC_URL: 'https://puntual.example/app' }, /scheme, host and port/],
    [
      'a real database without chosen secrets',
      { ...production, NODE_ENV: undefined, SEAL_KEYS: undefined },
      /SEAL_KEYS: expected, because/,
    ],
  ])('is %s', (_what, environment, words) => {
    expect(problemsOf(environment).join('\n')).toMatch(words);
  });
});

describe('production', () => {
  test('starts with everything given', () => {
    expect(problemsOf(production)).toEqual([]);
    expect(readConfig(production)).toMatchObject({ production: true, qstash: { url: 'https://qstash.upstash.io' } });
  });

  test.each(Object.keys(production).filter((name) => name !== 'NODE_ENV'))('is refused without %s', (name) => {
    expect(problemsOf({ ...production, [name]: undefined }).join('\n')).toMatch(`${name}: expected in production`);
  });

  test('is also what Vercel is, whatever NODE_ENV says', () => {
    expect(problemsOf({ VERCEL: '1' }).join('\n')).toMatch(/SUPABASE_URL: expected in production/);
  });

  const demo = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"iss":"supabase-demo","role":"service_role"}').toString('base64url')}.x`;
  test.each([
    ['QSTASH_TOKEN', 'eyJVc2VySUQiOiJkZWZhdWx0VXNlciIsIlBhc3N3b3JkIjoiZGVmYXVsdFBhc3N3b3JkIn0='],
    ['QSTASH_CURRENT_SIGNING_KEY', 'sig_7kYjw48mhY7kAjqNGcy6cr29RJ6r'],
    ['QSTASH_NEXT_SIGNING_KEY', 'sig_5ZB6DVzB1wjE8S6rZ7eenA8Pdnhs'],
    ['SUPABASE_SECRET_KEY', demo],
  ])('refuses the public development key of %s', (name, value) => {
    expect(problemsOf({ ...production, [name]: value }).join('\n')).toMatch(`${name}: a public development key`);
    expect(problemsOf({ ...production, NODE_ENV: undefined, [name]: value })).toEqual([]);
  });

  test.each([
    ['https://puntual-a1b2c3d4e-team.vercel.app', undefined],
    ['https://puntual-git-main-team.vercel.app', undefined],
    ['https://other.example', 'other.example'],
  ])('refuses %s, a host of one deployment', (PUBLIC_URL, VERCEL_URL) => {
    expect(problemsOf({ ...production, PUBLIC_URL, VERCEL_URL }).join('\n')).toMatch(
      /PUBLIC_URL: expected a stable host/,
    );
  });

  test.each([
    'https://puntual.vercel.app',
    'https://puntual-wonderful-gym.vercel.app',
    'http://127.0.0.1:3000',
  ])('accepts %s as a stable host', (PUBLIC_URL) => {
    expect(problemsOf({ ...production, PUBLIC_URL })).toEqual([]);
  });

  test('takes the origins of other apps as a list, over TLS alone', () => {
    const listed = 'https://app.example.com, https://www.example.com';
    expect(readConfig({ ...production, ALLOWED_ORIGINS: listed }).allowedOrigins).toEqual(listed.split(', '));
    expect(problemsOf({ ...production, ALLOWED_ORIGINS: 'http://app.example.com' }).join()).toMatch(/expected https/);
  });

  test.each([
    ['SUPABASE_URL', 'http://database.example'],
    ['QSTASH_URL', 'http://qstash.example'],
    ['AIMHARDER_LOGIN_URL', 'https://login.aimharder.com,HTTP://login.aimharder.es'],
    ['AIMHARDER_URL', 'http://aimharder.com'],
    ['AIMHARDER_BOX_URL', 'http://{box}.aimharder.com'],
  ])('refuses %s without TLS, except on this machine', (name, address) => {
    expect(problemsOf({ ...production, [name]: address }).filter((one) => one.startsWith(`${name}:`))).toEqual([
      `${name}: expected https in production, except for an address of this machine`,
    ]);
    expect(problemsOf({ ...production, NODE_ENV: undefined, [name]: address }).join()).not.toMatch(/expected https/);
  });

  test.each([
    'http://127.0.0.1:54321',
    'http://localhost:54321',
    'http://[::1]:54321',
  ])('calls %s without TLS', (address) => {
    expect(problemsOf({ ...production, SUPABASE_URL: address, QSTASH_URL: address })).toEqual([]);
  });

  test('refuses a public address without TLS', () => {
    expect(problemsOf({ ...production, PUBLIC_URL: 'http://puntual.example' }).join()).toMatch(/expected https/);
  });
});

test('.env.example names every variable that is read, and no other', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const named = [...example.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]);
  expect(named.toSorted()).toEqual(Object.keys(environmentShape.shape).toSorted());
});

test('.env.example as it stands is an environment that starts', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
  const lines = [...example.matchAll(/^([A-Z_]+)=(.*)$/gm)].map((match) => [match[1], match[2]]);
  expect(readConfig(Object.fromEntries(lines))).toEqual(readConfig({}));
});
