// Whatever a box's slug is, no request, and no cookie of a member, goes to a host that is not the gym's.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createHosts } from '../../services/gym/aimharder/hosts.ts';
import { LIVE } from './gym-parts.ts';

const hosts = createHosts(LIVE);
const local = createHosts({
  loginUrl: 'http://127.0.0.1:4000/login-host',
  mainUrl: 'http://127.0.0.1:4000/main-host',
  boxUrlTemplate: 'http://127.0.0.1:4000/box/{box}',
});

const PAYLOADS = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../..',
    '-',
    '-a',
    'a-',
    'a.b',
    'a.',
    '.a',
    'A',
    'CrossFit',
    'box ',
    ' box',
    'box\n',
    'box\r\n',
  ],
  ...['evil.com/', 'evil.com#', 'evil.com?', 'evil.com\\', 'evil.com:443', 'evil.com', 'evil.com/x@', 'user@evil.com/'],
  ...[
    'user:pw@evil.com',
    '@evil.com/',
    '127.0.0.1:6379/',
    '127.0.0.1/',
    '[::1]/',
    '[::1]',
    '0x7f000001/',
    'localhost:80/',
  ],
  ...[
    'box%2eevil',
    'box%2f',
    '%00',
    'box\u0000',
    'box\t',
    'bóx',
    'ｂｏｘ',
    'box。evil',
    'box．evil',
    'ß',
    'К',
    'ⅽom',
    'x\u200by',
  ],
  ...[
    'a'.repeat(64),
    'javascript:',
    '//evil.com',
    '\\\\evil.com',
    'box/../../login-host',
    'box;x',
    'box&x',
    'box_x',
    'box*',
  ],
];

describe('a slug', () => {
  test.each(PAYLOADS)('%j is refused', (payload) => {
    expect(() => hosts.box(payload, '/api/book')).toThrow('one plain DNS label');
    expect(() => local.box(payload, '/api/book')).toThrow('one plain DNS label');
  });

  test('of any text either is refused or stays below its template', () => {
    const mixed = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom(...'ab-.@:/\\#?[]%\u0000A'.split('')) }),
      fc.tuple(fc.constantFrom(...PAYLOADS), fc.string()).map(([payload, tail]) => payload + tail),
    );
    const property = fc.property(mixed, (slug) => {
      try {
        const url = hosts.box(slug, '/api/book');
        expect(url.href).toBe(`https://${slug}.aimharder.com/api/book`);
        expect(local.box(slug, '/x').href).toBe(`http://127.0.0.1:4000/box/${slug}/x`);
      } catch (error) {
        expect(error).toMatchObject({ code: 'gym/box-refused' });
      }
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test('that is one label is put where the template says', () => {
    expect(hosts.box('crossfit-norte', '/api/book').href).toBe('https://crossfit-norte.aimharder.com/api/book');
    expect(local.box('b1', '/api/book').href).toBe('http://127.0.0.1:4000/box/b1/api/book');
  });
});

describe('a centre_url', () => {
  test.each([
    ['https://crossfit-norte.aimharder.com', 'crossfit-norte'],
    ['https://crossfit-norte.aimharder.com/schedule?x=1', 'crossfit-norte'],
    ['http://CrossFit-Norte.aimharder.com/', 'crossfit-norte'],
    ['crossfit-norte.aimharder.com', 'crossfit-norte'],
    ['//crossfit-norte.aimharder.com/', 'crossfit-norte'],
    ['https://crossfit-norte.aimharder.es', undefined],
    ['www.crossfit-norte.aimharder.com', 'crossfit-norte'],
    ['crossfit-norte.aimharder.com.', 'crossfit-norte'],
    ['https://www.CrossFit-Norte.aimharder.com./', 'crossfit-norte'],
    ['https://www.aimharder.com', undefined],
    ['https://login.aimharder.com', undefined],
    ['https://www.crossfit-norte.aimharder.com.evil.com', undefined],
    ['https://a.b.aimharder.com', undefined],
    ['https://aimharder.com', undefined],
    ['https://evilaimharder.com', undefined],
    ['https://x.aimharder.com.evil.com', undefined],
    ['https://x.aimharder.com@evil.com', undefined],
    ['https://user@x.aimharder.com', undefined],
    ['https://x.aimharder.com:8443', undefined],
    ['javascript://x.aimharder.com', undefined],
    ['', undefined],
  ])('%j holds the slug %j', (centreUrl, slug) => {
    expect(hosts.slugOf(centreUrl)).toBe(slug);
  });

  test.each([
    ['crossfit-norte.aimharder.es', 'crossfit-norte'],
    ['https://crossfit-norte.aimharder.es/', 'crossfit-norte'],
    ['https://www.crossfit-norte.aimharder.es./schedule', 'crossfit-norte'],
    ['https://crossfit-norte.aimharder.com', undefined],
    ['https://crossfit-norte.aimharder.es.evil.com', undefined],
    ['https://user@x.aimharder.es', undefined],
    ['https://evilaimharder.es', undefined],
    ['', undefined],
  ])('F1: %j is at the gym’s other suffix, which is never called: %s', (centreUrl, slug) => {
    expect(hosts.sisterSlugOf(centreUrl)).toBe(slug);
    expect(hosts.slugOf(centreUrl) === undefined || slug === undefined).toBe(true);
    if (slug) expect(hosts.owns(new URL(`https://${slug}.aimharder.es/api/book`))).toBe(false);
  });

  test('F1: at a suffix that the settings name second is a sister’s, too, and the first is where members sign in', () => {
    const pair = createHosts({
      loginUrl: 'https://login.aimharder.es,https://login.aimharder.com',
      mainUrl: 'https://aimharder.es, https://aimharder.com',
      boxUrlTemplate: 'https://{box}.aimharder.es,https://{box}.aimharder.com',
    });
    expect(pair.login('/api/login').href).toBe('https://login.aimharder.es/api/login');
    expect([pair.slugOf('a.aimharder.es'), pair.sisterSlugOf('a.aimharder.com')]).toEqual(['a', 'a']);
    expect(pair.owns(new URL('https://a.aimharder.com/'))).toBe(false);
    expect(() => createHosts({ ...LIVE, loginUrl: 'https://a.com,https://b.com' })).toThrow('one for each suffix');
  });

  test('is read by its path where the template has a path', () => {
    expect(local.slugOf('http://127.0.0.1:4000/box/b1')).toBe('b1');
    expect(local.slugOf('http://127.0.0.1:4000/box/b1/schedule')).toBe('b1');
    expect(local.slugOf('http://127.0.0.1:4001/box/b1')).toBeUndefined();
    expect(local.slugOf('http://127.0.0.1:4000/elsewhere/b1')).toBeUndefined();
  });
});

describe('the list of our hosts', () => {
  test.each([
    ['https://login.aimharder.com/api/login', true],
    ['https://aimharder.com/api/tokenUpdate', true],
    ['https://b1.aimharder.com/api/book', true],
    ['http://b1.aimharder.com/api/book', false],
    ['https://b1.aimharder.com:444/api/book', false],
    ['https://user@b1.aimharder.com/', false],
    ['https://a.b.aimharder.com/', false],
    ['https://evil.com/', false],
  ])('holds %s: %s', (address, held) => {
    expect(hosts.owns(new URL(address))).toBe(held);
  });
});

test.each([
  ['https://aimharder.com', 'exactly once'],
  ['https://{box}.{box}.com', 'exactly once'],
  ['https://x{box}.aimharder.com', 'first host label'],
  ['https://x.com/?{box}', 'no user, query or fragment'],
  ['ftp://{box}.aimharder.com', 'http or https'],
  ['https://{box}@aimharder.com', 'no user, query or fragment'],
])('the box address %s is refused at the start', (boxUrlTemplate, words) => {
  expect(() => createHosts({ ...LIVE, boxUrlTemplate })).toThrow(words);
});
