// The AimHarder client against answers that only a broken gym gives, over a real socket: any status, any body, or none.
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../../services/secret.ts';
import { AUTH_LINE, BOX, gymAt, keyWith, openOddGym, tokenFor } from './gym-parts.ts';

const gym = await openOddGym();
const HOST = {
  login: `${gym.origin}/login-host`,
  main: `${gym.origin}/main-host`,
  box: `${gym.origin}/box/crossfit-norte`,
};
const ADDRESSES = { loginUrl: HOST.login, mainUrl: HOST.main, boxUrlTemplate: `${gym.origin}/box/{box}` };
const keyHere = (token?: string) => keyWith([AUTH_LINE], token, new URL(HOST.login));
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  gym.reset();
  for (const close of closers.splice(0)) await close();
  expect(gym.strays.splice(0)).toEqual([]);
});
afterAll(() => gym.close());

function client() {
  const parts = gymAt(ADDRESSES);
  closers.push(parts.close);
  return parts;
}

/** Answers each call with the next of the replies, and all later calls with the last reply; returns the requests. */
function answers(url: string, ...replies: (() => Response | undefined)[]): Request[] {
  const seen: Request[] = [];
  gym.on(url, (request) => {
    seen.push(request);
    return replies[Math.min(seen.length, replies.length) - 1]?.();
  });
  return seen;
}
const brokenOff = () => undefined;
const json =
  (body: object, init: ResponseInit = {}) =>
  () =>
    Response.json(body, init);
const html =
  (status = 200) =>
  () =>
    new Response('<html>Mantenimiento</html>', { status, headers: { 'content-type': 'text/html' } });
const day = { bookings: [{ id: 1, time: '18:00 - 19:00', timeid: '1800_60', className: 'WOD' }] };

describe('reading a day', () => {
  const url = `${HOST.box}/api/bookings`;
  const read = (parts = client()) => parts.gym.readDay(keyHere(), BOX, '20261121', 'f1');

  test('asks the box by day, box id and family, with the jar’s cookies', async () => {
    const seen = answers(url, json(day));
    await read();
    expect(seen[0]?.url).toBe(`${url}?day=20261121&box=77&familyId=f1`);
    expect(seen[0]?.headers.get('cookie')).toBe('amhrdrauth=auth%7Cvalue');
  });

  test.each([
    ['a 503', html(503)],
    ['a 408', html(408)],
    ['a 429', json({}, { status: 429 })],
    ['HTML instead of JSON', html()],
    ['nothing', () => new Response('')],
    ['half an answer', () => new Response('{"bookings":[{')],
    ['a broken connection', brokenOff],
  ])('looks again after %s', async (_, odd) => {
    answers(url, odd, json(day));
    expect(await read()).toMatchObject({ kind: 'day', slots: [{ id: '1' }] });
  });

  test.each([
    ['a block', html(403), 'gym/blocked', 1],
    ['a 401', json({}, { status: 401 }), 'gym/unreadable', 1],
    ['a redirect', () => Response.redirect(HOST.login), 'gym/unreadable', 1],
    ['another shape', json({ hello: 1 }), 'gym/unreadable', 1],
    ['rows of which none can be read', json({ bookings: [{ a: 1 }, null] }), 'gym/unreadable', 1],
    ['HTML, twice', html(), 'gym/unreadable', 2],
    ['a 502, three times', html(502), 'gym/unreachable', 3],
    ['a broken connection, three times', brokenOff, 'gym/unreachable', 3],
  ])('gives up on %s', async (_, odd, code, tries) => {
    const seen = answers(url, odd);
    await expect(read()).rejects.toMatchObject({ code });
    expect(seen).toHaveLength(tries);
  });

  test('waits as long as the gym asks, and tells the caller when that is too long', async () => {
    const parts = client();
    answers(url, json({}, { status: 429, headers: { 'retry-after': '2' } }), json(day));
    await read(parts);
    expect(parts.sleeps).toEqual([2_000]);
    answers(url, json({}, { status: 429, headers: { 'retry-after': '60' } }));
    await expect(read()).rejects.toMatchObject({ code: 'gym/busy', retryAfterMs: 60_000 });
  });

  test.each([
    ['as it is', (text: string) => new Response(text)],
    ['packed small', (text: string) => new Response(gzipSync(text), { headers: { 'content-encoding': 'gzip' } })],
  ])('of 3 MB, sent %s, is told as too large, and not asked for again', async (_how, packed) => {
    const parts = client();
    const long = JSON.stringify({ ...day, note: 'x'.repeat(3 * 1024 * 1024) });
    const seen = answers(url, () => packed(long));
    await expect(read(parts)).rejects.toMatchObject({
      code: 'gym/too-large',
      message: expect.stringContaining('2 MB'),
    });
    expect([seen.length, parts.sleeps]).toEqual([1, []]);
  });

  test('sees a dead session by its logout, not by null states', async () => {
    answers(url, json({ logout: 1 }), json({ bookings: [{ ...day.bookings[0], bookState: null }] }));
    expect(await read()).toEqual({ kind: 'session-dead' });
    expect(await read()).toMatchObject({ kind: 'day', slots: [{ mine: undefined }] });
  });

  test('reads numbers as text, lists as objects, and skips a row it must guess at', async () => {
    const full = { id: 5, time: '07:00 - 08:00', timeid: '0700_60', classId: 3, className: ' WOD ', coachName: null };
    const counts = { limit: '14 (5)', limitc: '14', ocupation: '9', waitlist: -1, bookState: '1', idres: 77 };
    const late = {
      id: '6',
      time: '23:30 - 00:30',
      limitc: 8,
      waitlist: '2',
      bookState: 0,
      idres: 78,
      className: 'Open',
    };
    const parts = client();
    answers(url, json({ bookings: { 0: { ...full, ...counts }, 1: late, 4: { className: 'no id' } } }));
    expect(await read(parts)).toEqual({
      kind: 'day',
      slots: [
        {
          ...{ id: '5', day: '20261121', time: '07:00 - 08:00', timeId: '0700_60', classId: '3', name: 'WOD' },
          ...{ coach: undefined, limit: 14, occupied: 9, waitlist: undefined, mine: 'booked', reservationId: '77' },
          ...{ isCancelled: false, isBookable: true, isInPlan: undefined },
        },
        {
          ...{ id: '6', day: '20261121', time: '23:30 - 00:30', timeId: '2330_60', classId: undefined, name: 'Open' },
          ...{
            coach: undefined,
            limit: 8,
            occupied: undefined,
            waitlist: 2,
            mine: 'waitlisted',
            reservationId: '78',
          },
          ...{ isCancelled: false, isBookable: true, isInPlan: undefined },
        },
      ],
      notices: [],
    });
    expect(parts.told).toEqual(['classes skipped: rows without an id or a time']);
  });

  test('of an empty day is an empty day', async () => {
    answers(url, json({ bookings: [] }));
    expect(await read()).toEqual({ kind: 'day', slots: [], notices: [] });
  });

  const row = { id: 7, time: '09:00 - 10:00', className: 'WOD' };
  test.each([
    ['F15: an odd timeid is derived from the time', { timeid: '900_60' }, { timeId: '0900_60' }],
    ['F15: a timeid that is no hour, too', { timeid: '2900_60', time: '9.00 – 10.15' }, { timeId: '0900_75' }],
    ['F15: state 0 without a reservation is a free row', { bookState: 0, idres: null }, { mine: undefined }],
    ['F15: as well with reservation 0', { bookState: 0, idres: 0 }, { mine: undefined, reservationId: undefined }],
    ['F15: limitc is the capacity', { limit: '8/15', limitc: 15 }, { limit: 15 }],
    ['F15: of "8/15" it is 15', { limit: '8/15' }, { limit: 15 }],
    ['a row with cancelledId is called off', { cancelledId: 66 }, { isCancelled: true, isBookable: false }],
    ['none with cancelledId 0', { cancelledId: '0' }, { isCancelled: false, isBookable: true }],
    ['the staff’s is not bookable', { resadmin: 1, enabled: 1 }, { isCancelled: false, isBookable: false }],
    ['one that is switched off neither', { enabled: '0' }, { isBookable: false }],
    ['included 0 is not in the plan', { included: 0 }, { isInPlan: false, isBookable: true }],
    [
      'F8: NUL and half characters are taken out',
      { className: 'W\u0000OD \ud83d', coachName: '\u0007Leo\udc00' },
      { name: 'WOD', coach: 'Leo' },
    ],
    [
      'entities and blanks of a name are read',
      { className: '\u00a0WOD&amp;Core\u2003d&iacute;a ' },
      { name: 'WOD&Core día' },
    ],
  ])('%s', async (_, change, slot) => {
    answers(url, json({ bookings: [{ ...row, ...change }] }));
    expect(await read()).toMatchObject({ kind: 'day', slots: [slot] });
  });

  test('gives the box’s own words about the day, whatever holds them', async () => {
    const resmsgs = [
      '<b>Festivo</b>',
      { id: 3, msg: 'Cerrado por la tarde' },
      { title: 'Open', text: 'a las 9' },
      7,
      null,
    ];
    answers(url, json({ bookings: [row], resmsgs }));
    expect(await read()).toMatchObject({ notices: ['Festivo', 'Cerrado por la tarde', 'a las 9 Open'] });
  });

  test.each([
    [[{ id: 1 }], true],
    [[], false],
    [{ id: 1, roles: [] }, true],
    [{}, false],
    [null, undefined],
    ['yes', undefined],
  ])('F15: whoami’s data %j means alive: %s', async (data, alive) => {
    answers(`${HOST.main}/api/whoami`, json({ data }));
    expect(await client().gym.isAlive(keyHere())).toBe(alive);
  });
});

describe('booking', () => {
  const url = `${HOST.box}/api/book`;
  const wish = { slotId: '5', day: '20261121', familyId: undefined, waitlist: true };

  test.each([
    ['HTML', html()],
    ['nothing', () => new Response('')],
    ['a 502', html(502)],
    ['a broken connection', brokenOff],
  ])('answered by %s is unknown and was sent once', async (_, odd) => {
    const seen = answers(url, odd);
    expect(await client().gym.book(keyHere(), BOX, wish)).toMatchObject({ kind: 'unknown' });
    expect(seen).toHaveLength(1);
  });

  test('sends the slot, the day and the wish for the waiting list as a form', async () => {
    const seen = answers(url, json({ bookState: 0, id: 3 }));
    expect(await client().gym.book(keyHere(), BOX, wish)).toEqual({ kind: 'accepted', reservationId: '3' });
    expect(await seen[0]?.text()).toBe('id=5&day=20261121&insist=1&familyId=');
  });

  test('at a box that is no slug sends nothing', async () => {
    const seen = answers(url, json({ bookState: 1 }));
    const evil = { slug: 'evil.com/', platformBoxId: '1' };
    await expect(client().gym.book(keyHere(), evil, wish)).rejects.toMatchObject({ code: 'gym/box-refused' });
    expect(seen).toHaveLength(0);
  });

  test('cancels late only with consent', async () => {
    const seen = answers(`${HOST.box}/api/cancelBook`, json({ cancelState: 2 }), json({ cancelState: 1 }));
    const parts = client();
    const ask = (acceptLate: boolean) =>
      parts.gym.cancel(keyHere(), BOX, { reservationId: '9', familyId: 'f', acceptLate });
    expect([await ask(false), await ask(true)]).toEqual([{ kind: 'late-needs-consent' }, { kind: 'cancelled' }]);
    expect([await seen[0]?.text(), await seen[1]?.text()]).toEqual([
      'id=9&late=0&familyId=f',
      'id=9&late=1&familyId=f',
    ]);
  });
});

describe('renewing', () => {
  const url = `${HOST.main}/api/tokenUpdate`;

  test('hands the raw answer on before it understands it, even one that makes no sense', async () => {
    answers(url, html(502));
    const kept: string[] = [];
    const answer = await client().gym.renew(keyHere(), async (raw) => {
      kept.push(`${raw.status} ${raw.body}`);
    });
    expect(kept).toEqual(['502 <html>Mantenimiento</html>']);
    expect(answer).toEqual({ kind: 'unknown', reason: 'status 502' });
  });

  test('gives the token even when it could not be kept first, flagged', async () => {
    const parts = client();
    answers(url, json({ newToken: tokenFor(12, 91) }));
    const answer = await parts.gym.renew(keyHere(), () => Promise.reject(new Error('disk full')));
    expect(answer).toMatchObject({ kind: 'renewed', flags: ['not-kept'] });
    expect(parts.told).toHaveLength(1);
  });

  test('sends token, cycle and fingerprint as a form', async () => {
    const seen = answers(url, json({ newToken: tokenFor(12, 90) }));
    await client().gym.renew(keyHere('a|b c'), async () => undefined);
    expect(await seen[0]?.text()).toBe('token=a%7Cb+c&ciclo=1&fingerprint=fp-1');
  });

  test('without a complete answer keeps nothing and is unknown', async () => {
    answers(url, brokenOff);
    const answer = await client().gym.renew(keyHere(), () => expect.fail('Nothing was received.'));
    expect(answer).toMatchObject({ kind: 'unknown' });
  });
});

describe('asking whoami', () => {
  test.each([
    [json({ data: [{ id: 1 }] }), true],
    [json({ data: [] }), false],
    [json({ logout: 1 }), false],
    [json({ data: null }), undefined],
    [json({}), undefined],
    [html(403), undefined],
    [html(), undefined],
    [html(502), undefined],
    [brokenOff, undefined],
  ])('tells alive, dead, or nothing (%#)', async (reply, alive) => {
    answers(`${HOST.main}/api/whoami`, reply);
    expect(await client().gym.isAlive(keyHere())).toBe(alive);
  });
});

describe('signing in', () => {
  const url = `${HOST.login}/api/login`;
  const roles = [
    { role: 'Athlete', gym: 'Norte', boid: 77, centre_url: HOST.box },
    { role: 'Coach', gym: 'Norte', boid: '77', centre_url: `${HOST.box}/` },
    { role: 'Athlete', gym: 'Elsewhere', boid: 78, centre_url: 'https://evil.com/' },
    { role: 'Athlete', gym: 'No id', centre_url: `${gym.origin}/box/b2` },
  ];
  const user = { id: 12, name: 'Ana', roles };
  const welcome = { data: { userData: user, auth: { authOK: true, refreshToken: tokenFor(12) } } };
  const cookies = { headers: { 'set-cookie': AUTH_LINE } };
  const enter = (parts = client()) => parts.gym.signIn({ email: 'a@b.es', password: new Secret('pw') }, 'fp-9');

  test('finds each box once, and names one whose address it would have to guess, or that has no id', async () => {
    const seen = answers(url, json(welcome, cookies));
    expect(await enter()).toMatchObject({
      kind: 'signed-in',
      platformUserId: '12',
      boxes: [{ slug: 'crossfit-norte', platformBoxId: '77', name: 'Norte', role: 'coach' }],
      unplaced: [
        { platformBoxId: '78', name: 'Elsewhere', reason: 'unknown-address' },
        { slug: 'b2', name: 'No id', reason: 'no-id' },
      ],
      key: { fingerprint: 'fp-9' },
    });
    expect(await seen[0]?.json()).toEqual({ username: 'a@b.es', password: 'pw', fingerprint: 'fp-9', iniframe: 0 });
  });

  test.each([
    [json({ error: { message: 'LOGIN_ERROR_LOGIN' } }), 'wrong-credentials'],
    [json({ error: { message: 'LOGIN_ERROR_LOGIN' } }, { status: 401 }), 'wrong-credentials'],
    [json({ error: { message: 'LOGIN_ERROR_LOGIN' } }, { status: 403 }), 'wrong-credentials'],
    [json({ data: { auth: { authOK: false, info: 'no' } } }), 'wrong-credentials'],
    [json({ data: { auth: { authOK: false, info: 'demasiadas veces' } } }), 'locked'],
    [json({ data: { auth: { authOK: false } }, info: { text: 'Too many wrong attempts' } }), 'locked'],
    [json({ error: { message: 'Has fallado demasiadas veces' } }), 'locked'],
    [json({ error: { message: 'Too many wrong attempts' } }, { status: 429 }), 'locked'],
    [json({ error: { message: 'LOGIN_ERROR_LOGIN' } }, { status: 429 }), 'wrong-credentials'],
  ])('refused is a value (%#)', async (reply, kind) => {
    const seen = answers(url, reply);
    expect(await enter()).toEqual({ kind });
    expect(seen).toHaveLength(1);
  });

  test.each([
    ['welcome without the login cookie', json(welcome), 'gym/unreadable'],
    ['welcome without a token', json({ data: { userData: user, auth: { authOK: true } } }, cookies), 'gym/unreadable'],
    ['the dead HTML form', html(), 'gym/unreadable'],
    ['an error of another name', json({ error: { message: 'MAINTENANCE' } }), 'gym/unreadable'],
    ['a block page', html(403), 'gym/blocked'],
    ['a 429', html(429), 'gym/busy'],
    ['a 429 in words', json({ error: { code: 429, message: 'Too many requests' } }, { status: 429 }), 'gym/busy'],
    ['a 429 of a limiter', json({ error: { message: 'Too Many Attempts.' } }, { status: 429 }), 'gym/busy'],
    ['a limit in words, with 200', json({ error: { message: 'Too many requests' } }), 'gym/busy'],
    ['a limit in Spanish', json({ data: { auth: { authOK: false, info: 'Demasiadas peticiones' } } }), 'gym/busy'],
    ['a 429 that lets nobody in', json({ data: { auth: { authOK: false } } }, { status: 429 }), 'gym/busy'],
    ['a 500 that lets nobody in', json({ data: { auth: { authOK: false } } }, { status: 500 }), 'gym/unreachable'],
    ['a limit in words, with 503', json({ error: 'Too many connections' }, { status: 503 }), 'gym/unreachable'],
    ['a 503', html(503), 'gym/unreachable'],
    ['a broken connection', brokenOff, 'gym/unreachable'],
  ])('on %s throws, and is not tried again', async (_, reply, code) => {
    const seen = answers(url, reply);
    await expect(enter()).rejects.toMatchObject({ code });
    expect(seen).toHaveLength(1);
  });
});

describe('looking at the clock', () => {
  const date = 'Fri, 20 Nov 2026 10:00:00 GMT';
  const probe = () => client().gym.probeClock(BOX);

  test('brings the second the gym said, between two instants of ours', async () => {
    answers(`${HOST.box}/`, () => new Response(null, { status: 404, headers: { date } }));
    const look = await probe();
    expect(look.dateMs).toBe(Date.parse(date));
    expect(look.receivedAtMs).toBeGreaterThanOrEqual(look.sentAtMs);
  });

  test.each([403, 429, 503])('refuses another address than the page that answers %i', async (status) => {
    answers(`${HOST.box}/robots.txt`, () => new Response(null, { status, headers: { date } }));
    answers(`${HOST.box}/`, () => new Response(null, { status, headers: { date } }));
    await expect(client().gym.probeClock(BOX, '/robots.txt')).rejects.toMatchObject({ code: 'gym/unreachable' });
    await expect(probe()).resolves.toMatchObject({ dateMs: Date.parse(date) });
  });

  test.each([{ date, age: '12' }, { age: '0', date }, {}, { date: 'yesterday' }])('refuses %j', async (headers) => {
    answers(`${HOST.box}/`, () => new Response(null, { headers: headers as Record<string, string> }));
    await expect(probe()).rejects.toMatchObject({ code: 'gym/unreachable' });
  });
});
