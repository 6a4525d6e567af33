// The cookie jar: a cookie's bytes are kept, cookies are merged and never replaced as a whole, no cookie can inject a header, and the login cookie is
// never lost.
import fc from 'fast-check';
import { CookieJar } from 'tough-cookie';
import { describe, expect, test } from 'vitest';
import { cookieHeader, emptyJar, hasAuthCookie, mergeCookies } from '../../services/gym/aimharder/cookies.ts';
import type { Secret } from '../../services/secret.ts';
import { AUTH_LINE, LOGIN, NOW } from './gym-parts.ts';

const MAIN = new URL('https://aimharder.com/api/tokenUpdate');
const BOX_URL = new URL('https://norte.aimharder.com/api/book');
const merge = (jar: Secret, lines: string[], url = MAIN, now = NOW) => mergeCookies(jar, lines, url, now);
const jarOf = (lines: string[], url = LOGIN) => merge(emptyJar(), lines, url).jar;
const later = (ms: number) => new Date(NOW.getTime() + ms);

describe('a jar', () => {
  test('keeps the login cookie when an answer sets only the balancer cookies', () => {
    const { jar, authLost } = merge(jarOf([AUTH_LINE, 'PHPSESSID=p1; Domain=.aimharder.com; Path=/']), [
      'AWSALB=x/y+z==; Path=/',
      'AWSALBCORS=x/y+z==; Path=/; SameSite=None; Secure',
    ]);
    expect(authLost).toBe(false);
    expect(cookieHeader(jar, MAIN, NOW)?.split('; ').sort()).toEqual([
      'AWSALB=x/y+z==',
      'AWSALBCORS=x/y+z==',
      'PHPSESSID=p1',
      'amhrdrauth=auth%7Cvalue',
    ]);
  });

  test('sends each host only what is its own', () => {
    const { jar } = merge(jarOf([AUTH_LINE, 'PHPSESSID=login-only; Path=/']), ['AWSALB=main-only; Path=/']);
    expect(cookieHeader(jar, BOX_URL, NOW)).toBe('amhrdrauth=auth%7Cvalue');
    expect(cookieHeader(jar, new URL('https://evil.com/'), NOW)).toBeUndefined();
    expect(cookieHeader(jar, new URL('https://evilaimharder.com/'), NOW)).toBeUndefined();
  });

  test('overwrites by name, domain and path', () => {
    const jar = jarOf(['a=1; Path=/', 'a=2; Path=/api', 'a=3; Path=/', 'a=4; Path=/api']);
    expect(JSON.parse(jar.reveal()).cookies).toHaveLength(2);
    expect(cookieHeader(jar, LOGIN, NOW)).toBe('a=4');
  });

  test('keeps sixty cookies, quotes, and dates with commas', () => {
    const sixty = Array.from(
      { length: 60 },
      (_, index) => `c${index}="v ${index}"; Expires=Wed, 21 Oct 2037 07:28:00 GMT`,
    );
    const header = cookieHeader(jarOf(sixty), LOGIN, NOW) ?? '';
    expect(header.split('; ')).toEqual(sixty.map((line) => line.split(';')[0]));
  });

  test('does not grow for ever by cookies of ever new names: the latest of them stay, and the login cookie', () => {
    let jar = jarOf([AUTH_LINE, 'PHPSESSID=p1; Domain=.aimharder.com; Path=/']);
    for (let turn = 0; turn < 500; turn++) {
      const lines = [`visit_${turn}=${'v'.repeat(60)}; Domain=.aimharder.com; Path=/`, `AWSALB=${turn}; Path=/`];
      ({ jar } = merge(jar, lines, MAIN, later(turn)));
    }
    const header = cookieHeader(jar, MAIN, later(500)) ?? '';
    expect(header.length).toBeLessThan(8_000);
    for (const name of ['amhrdrauth=auth%7Cvalue', 'AWSALB=499', 'visit_499=', 'visit_490='])
      expect(header).toContain(name);
  });

  test('takes one answer with hundreds of cookies, and keeps the login cookie', () => {
    const many = Array.from({ length: 400 }, (_, index) => `c${index}=${'v'.repeat(40)}; Path=/`);
    const { jar, authLost } = merge(jarOf([AUTH_LINE]), many);
    expect([authLost, hasAuthCookie(jar, NOW)]).toEqual([false, true]);
    expect(cookieHeader(jar, MAIN, NOW)?.length).toBeLessThan(8_000);
  });

  test.each([
    'amhrdrauth=deleted; Domain=.aimharder.com; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0',
    'amhrdrauth=x; Domain=.aimharder.com; Path=/; Max-Age=0',
    'amhrdrauth=; Domain=.aimharder.com; Path=/',
    'amhrdrauth=for-this-host-alone; Path=/',
  ])('that would lose its login cookie by %j is refused as a whole', (line) => {
    const before = jarOf([AUTH_LINE]);
    const merged = merge(before, ['AWSALB=x; Path=/', line]);
    expect(merged.authLost).toBe(true);
    expect(merged.jar.reveal()).toBe(before.reveal());
    expect(hasAuthCookie(merged.jar, NOW)).toBe(true);
  });

  test('takes a login cookie that is issued again in the place of the old one', () => {
    const { jar, authLost } = merge(jarOf([AUTH_LINE]), [AUTH_LINE.replace('auth%7Cvalue', 'second')]);
    expect(authLost).toBe(false);
    expect(cookieHeader(jar, BOX_URL, NOW)).toBe('amhrdrauth=second');
  });

  describe('F13: widened to the gym’s hosts', () => {
    const wide = (lines: string[], url: URL, jar = emptyJar()) => mergeCookies(jar, lines, url, NOW, 'aimharder.com');
    test.each([
      'amhrdrauth=narrow; Path=/; HttpOnly',
      'amhrdrauth=narrow; Path=/; Domain=login.aimharder.com',
      'amhrdrauth=narrow; Path=/; Domain=.aimharder.com',
    ])('a login cookie %j reaches every box', (line) => {
      const { jar } = wide([line], LOGIN);
      expect(cookieHeader(jar, BOX_URL, NOW)).toBe('amhrdrauth=narrow');
      expect(cookieHeader(jar, new URL('https://aimharder.es/'), NOW)).toBeUndefined();
    });

    test('one that is issued again for one host takes the place of the wide one', () => {
      const { jar, authLost } = wide(['amhrdrauth=again; Path=/'], MAIN, jarOf([AUTH_LINE]));
      expect(authLost).toBe(false);
      for (const url of [MAIN, BOX_URL, LOGIN]) expect(cookieHeader(jar, url, NOW)).toBe('amhrdrauth=again');
    });

    test('one that is issued again beside a deletion for one host is kept, whichever comes first, as in a browser', () => {
      const lines = [AUTH_LINE.replace('auth%7Cvalue', 'second'), 'amhrdrauth=deleted; Path=/; Max-Age=0'];
      for (const order of [lines, lines.toReversed()]) {
        const { jar, authLost } = wide(order, MAIN, jarOf([AUTH_LINE]));
        expect([authLost, cookieHeader(jar, BOX_URL, NOW)]).toEqual([false, 'amhrdrauth=second']);
      }
    });

    test('a login cookie for another gym’s hosts is refused, a deletion is one, and no other cookie is widened', () => {
      expect(wide(['amhrdrauth=x; Domain=.evil.com'], LOGIN)).toMatchObject({ refused: 1 });
      expect(wide(['amhrdrauth=deleted; Path=/; Max-Age=0'], MAIN, jarOf([AUTH_LINE])).authLost).toBe(true);
      expect(cookieHeader(wide(['PHPSESSID=p; Path=/'], LOGIN).jar, BOX_URL, NOW)).toBeUndefined();
    });
  });

  test('forgets a cookie when its time is over, by the clock it is given', () => {
    const jar = jarOf(['AWSALB=x; Path=/; Max-Age=60', AUTH_LINE]);
    expect(cookieHeader(jar, LOGIN, later(59_000))).toContain('AWSALB=x');
    expect(cookieHeader(jar, LOGIN, later(61_000))).not.toContain('AWSALB');
    expect(merge(jar, [], MAIN, later(61_000)).jar.reveal()).not.toContain('AWSALB');
  });

  test('on an address without a name keeps a Domain cookie for that address alone', () => {
    const here = new URL('http://127.0.0.1:4000/login-host/api/login');
    const jar = jarOf([AUTH_LINE], here);
    expect(cookieHeader(jar, new URL('http://127.0.0.1:4000/box/b1/api/book'), NOW)).toBe('amhrdrauth=auth%7Cvalue');
    expect(cookieHeader(jar, new URL('http://127.0.0.2:4000/'), NOW)).toBeUndefined();
    expect(cookieHeader(jar, MAIN, NOW)).toBeUndefined();
  });

  test.each([
    'a=1; Domain=evil.com',
    'a=1; Domain=com',
    'a=1; Domain=norte.aimharder.com',
  ])('refuses %j from a host it does not belong to', (line) => {
    expect(merge(emptyJar(), [line], MAIN)).toMatchObject({ refused: 1 });
  });

  test('that cannot be read says so without quoting itself', () => {
    const broken = { reveal: () => 'amhrdrauth=canary' } as Secret;
    expect(() => cookieHeader(broken, MAIN, NOW)).toThrow('Expected the cookies to be a serialised jar.');
  });
});

const bytes = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 40,
});
const hostile = fc.oneof(
  bytes,
  fc.tuple(bytes, bytes).map(([name, value]) => `${name}=${value}`),
  fc
    .tuple(
      fc.constantFrom('a', 'b', 'amhrdrauth', '__Host-x', 'A'),
      bytes,
      fc.constantFrom('', '; Path=/', '; Secure', '; Max-Age=9'),
    )
    .map(([name, value, rest]) => `${name}=${value}${rest}`),
  fc.constantFrom('a=1; amhrdrauth=attacker', 'a=1\r\nSet-Cookie: b=2', 'a=\u0000', 'a=b\tc', 'a=é', '=x', 'a', ''),
);

/** Gives the name and value as RFC 6265 reads them: up to the first `;`, without blanks around them. */
function pairOf(line: string): string | undefined {
  const pair = line.split(';')[0] ?? '';
  const cut = pair.indexOf('=');
  return cut > 0 ? `${pair.slice(0, cut).trim()}=${pair.slice(cut + 1).trim()}` : undefined;
}

test('whatever Set-Cookie brings, the header holds each name of the jar once with its very bytes, or it was refused', () => {
  const property = fc.property(fc.array(hostile, { maxLength: 8 }), (lines) => {
    const { jar, refused } = merge(emptyJar(), lines, LOGIN);
    const header = cookieHeader(jar, LOGIN, NOW);
    const sent = header?.split('; ') ?? [];
    const names = sent.map((pair) => pair.slice(0, pair.indexOf('=')));
    const held = new Set<string>(JSON.parse(jar.reveal()).cookies.map((cookie: { key: string }) => cookie.key));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names)).toEqual(held);
    for (const pair of sent) expect(lines.map(pairOf)).toContain(pair);
    expect(header ?? '').toMatch(/^[\x20-\x7e]*$/);
    expect(held.size + refused).toBeLessThanOrEqual(lines.length);
    expect(held.size > 0 || refused === lines.length).toBe(true);
  });
  fc.assert(property, { numRuns: 2_000 });
});

/** Gives a cookie jar of the library tough-cookie, with which the service's own jar is compared. */
function judge() {
  const jar = new CookieJar();
  return {
    take: (lines: string[], url: URL) => {
      for (const line of lines) jar.setCookieSync(line, url.href, { now: NOW, ignoreError: true });
    },
    header: (url: URL) => {
      const names = new Set<string>();
      const sent = jar.getCookiesSync(url.href, { expire: false, sort: true });
      return sent.flatMap(({ key, value }) => {
        if (names.has(key)) return [];
        names.add(key);
        return [`${key}=${value}`];
      });
    },
  };
}

const HOSTS = ['aimharder.com', 'norte.aimharder.com', 'sur.norte.aimharder.com', 'login.aimharder.com'];
const PATHS = ['/', '/api', '/api/', '/api/book', '/apis', '/login/x'];
const address = fc
  .tuple(fc.constantFrom('http:', 'https:'), fc.constantFrom(...HOSTS), fc.constantFrom(...PATHS))
  .map(([scheme, host, path]) => new URL(`${scheme}//${host}${path}`));
const line = fc
  .tuple(
    fc.constantFrom('a', 'b', 'AWSALB', '__Host-h', '__Secure-s'),
    fc.constantFrom('1', '2', '', '"q"', 'x=y'),
    fc.constantFrom('', ...HOSTS.map((host) => `; Domain=.${host}`), '; Domain=AIMHARDER.com', '; Domain=evil.com'),
    fc.constantFrom('', ...PATHS.map((path) => `; Path=${path}`), '; Path=odd'),
    fc.constantFrom('', '; Secure', '; HttpOnly', '; Secure; SameSite=None', '; Expires=Wed, 21 Oct 2037 07:28:00 GMT'),
  )
  .map(([key, value, ...rest]) => `${key}=${value}${rest.join('')}`);

test('what comes from any host in several answers goes where the library itself would send it, in its order', () => {
  const answers = fc.array(fc.tuple(fc.array(line, { maxLength: 5 }), address), { maxLength: 4 });
  const property = fc.property(answers, fc.array(address, { minLength: 1, maxLength: 4 }), (come, asked) => {
    const theirs = judge();
    let ours = emptyJar();
    for (const [lines, url] of come) {
      theirs.take(lines, url);
      ours = merge(ours, lines, url).jar;
    }
    for (const url of asked) expect(cookieHeader(ours, url, NOW)?.split('; ') ?? []).toEqual(theirs.header(url));
  });
  fc.assert(property, { numRuns: 2_000 });
});
