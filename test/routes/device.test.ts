// A device and its gym token: the token is renewed for, or handed over to, a caller that proves that it is that device, and for no other caller.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { type Login, openApp, type TestApp } from './open-app.ts';

const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
let bea: Login;
beforeAll(async () => {
  app = await openApp(clock);
});
afterAll(() => app.stop());
beforeEach(async () => {
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(town);
  await app.cloud.pool.query('delete from members');
  ana = await app.login('ana@example.test', { fingerprint: 'ana-phone' });
  bea = await app.login('bea@example.test', { fingerprint: 'bea-phone' });
});

const update = (body: object, bearer = ana.bearer) => app.ask('POST', '/api/auth/token-update', { bearer, body });
const sync = (body: object, bearer = ana.bearer) => app.ask('POST', '/api/auth/sync-device-session', { bearer, body });
const mine = () => ({ fingerprint: 'ana-phone', token: ana.deviceToken });
const minesync = (currentToken: unknown = ana.deviceToken, fingerprint: unknown = 'ana-phone') =>
  sync({ fingerprint, currentToken });

describe('a device that proves itself', () => {
  test('has its token renewed, and hears how often it was', async () => {
    const { status, json } = await update(mine());
    expect(status).toBe(200);
    expect(json).toEqual({ token: expect.stringMatching(/^1\|/), tokenUpdateCount: 1 });
    expect(json.token).not.toBe(ana.deviceToken);
    expect(await app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
  });

  test('is told that it is up to date', async () => {
    expect((await minesync()).json).toEqual({ needsSync: false });
  });

  test('gets the token it missed for the one before it', async () => {
    const { json } = await update(mine());
    clock.advance(MINUTE_MS);
    const synced = await minesync();
    expect(synced.json).toEqual({ needsSync: true, token: json.token, refreshedAt: SUNDAY_NOON.toISOString() });
    expect(JSON.stringify(synced.json)).not.toMatch(/amhrdrauth|AWSALB/);
  });

  test('may renew with the token before, since its answer may have been lost', async () => {
    await update(mine());
    clock.advance(MINUTE_MS);
    expect(await update(mine())).toMatchObject({ status: 200, json: { tokenUpdateCount: 2 } });
  });

  test('is not served by a token out of force for a day', async () => {
    await update(mine());
    clock.advance(24 * 60 * MINUTE_MS - 1);
    const { token } = await app.services.access.sign(
      { userId: ana.userId, sessionId: await sessionOf(ana) },
      clock.now(),
    );
    const ask = () => sync({ fingerprint: 'ana-phone', currentToken: ana.deviceToken }, token.reveal());
    expect((await ask()).json).toMatchObject({ needsSync: true });
    clock.advance(1);
    expect((await ask()).status).toBe(403);
  });

  test('asks the gym once, however many tabs ask at once', async () => {
    clock.advance(MINUTE_MS);
    const answers = await Promise.all(Array.from({ length: 5 }, () => update(mine())));
    expect(answers.map((one) => one.status)).toEqual(Array(5).fill(200));
    expect(new Set(answers.map((one) => one.json.token)).size).toBe(1);
    expect(await app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(1);
  });

  test('has it renewed five times at once and then every twenty minutes, and is told when', async () => {
    let token = ana.deviceToken;
    for (let times = 0; times < 5; times++) {
      clock.advance(100);
      token = (await update({ fingerprint: 'ana-phone', token })).json.token;
    }
    clock.advance(100);
    const sixth = await update({ fingerprint: 'ana-phone', token });
    expect([sixth.status, sixth.json.error?.code, sixth.headers.get('retry-after')]).toEqual([
      429,
      'request/limited',
      '1200',
    ]);
    expect(await app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(5);
    clock.advance(20 * MINUTE_MS);
    ana = { ...ana, bearer: (await app.login('ana@example.test')).bearer };
    expect((await update({ fingerprint: 'ana-phone', token })).status).toBe(200);
  });

  test('has eight tries an hour while it is not known how it stands, and is told how long it rests', async () => {
    await app.gym.control.setKnob({ kind: 'answer', op: 'tokenUpdate', body: '<html>' });
    const askedAt: number[] = [];
    const told: unknown[] = [];
    const session = { userId: ana.userId, sessionId: await sessionOf(ana) };
    let { bearer } = ana;
    for (let minute = 0; minute < 40; minute++) {
      const { status, json, headers } = await update(mine(), bearer);
      if (status === 503) askedAt.push(minute);
      else told.push(json.error.code, headers.get('retry-after'));
      clock.advance(MINUTE_MS);
      // A new access token is signed for each step, since a token lives only ten minutes and a sign-in at the gym for each step would take long.
      bearer = (await app.services.access.sign(session, clock.now())).token.reveal();
    }
    expect(askedAt).toEqual([0, 1, 2, 3, 4, 12, 20, 28]);
    expect(told.slice(0, 2)).toEqual(['request/limited', `${7 * 60}`]);
    expect(told.slice(-2)).toEqual(['request/limited', `${21 * 60}`]);
    expect(await app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(8);
  });

  test('is told that its login is dead though the pace was spent on answers that were lost', async () => {
    await app.gym.control.setKnob({ kind: 'answer', op: 'tokenUpdate', body: '<html>', times: 5 });
    for (let tries = 0; tries < 5; tries++) {
      await update(mine());
      clock.advance(MINUTE_MS);
    }
    await app.gym.control.killSession({ fingerprint: 'ana-phone' });
    clock.advance(7 * MINUTE_MS);
    ana = { ...ana, bearer: (await app.login('ana@example.test')).bearer };
    expect((await update(mine())).json.error.code).toBe('session/uncertain');
    clock.advance(MINUTE_MS);
    expect((await update(mine())).json.error.code).toBe('session/needs-login');
  });

  test('is told that its login is dead within two minutes, however often its member taps, and the gym hears little of it', async () => {
    await app.gym.control.killSession({ fingerprint: 'ana-phone' });
    const codes = new Set<string>();
    for (let second = 0; second < 120; second += 3) {
      codes.add((await update(mine())).json.error.code);
      clock.advance(3_000);
    }
    expect([...codes]).toEqual(['session/uncertain', 'request/limited', 'session/needs-login']);
    expect(await app.gym.control.history({ op: 'tokenUpdate' })).toHaveLength(2);
  });

  test('begins afresh with a new login, however badly the one before went', async () => {
    let token = ana.deviceToken;
    for (let times = 0; times < 5; times++) {
      clock.advance(100);
      token = (await update({ fingerprint: 'ana-phone', token })).json.token;
    }
    await app.gym.control.setKnob({ kind: 'answer', op: 'tokenUpdate', body: '<html>' });
    for (let tries = 0; tries < 5; tries++) await update({ fingerprint: 'ana-phone', token });
    await app.gym.control.clearKnobs();
    clock.advance(MINUTE_MS);
    ana = await app.login('ana@example.test', { fingerprint: 'ana-phone' });
    expect((await update(mine())).status).toBe(200);
  });

  test('whose session the gym has ended for good is told to log in', async () => {
    await app.cloud.pool.query(`update auth_sessions set status = 'needs-login' where fingerprint = 'ana-phone'`);
    expect(await minesync()).toMatchObject({ status: 409, json: { error: { code: 'session/needs-login' } } });
  });
});

const sessionOf = async ({ userId }: Login): Promise<string> =>
  (await app.cloud.pool.query('select id from user_sessions where user_id = $1', [userId])).rows[0].id;

describe('anybody else', () => {
  const backgroundToken = async () => {
    const row = await app.services.store.readBackgroundSession(ana.userId);
    if (!row) throw new Error('no background session');
    const { openKey } = await import('../../services/renewal/open-session.ts');
    return {
      fingerprint: row.fingerprint,
      token: openKey(app.services.seal.openMember(ana.userId, row.wrapped), row).token.reveal(),
    };
  };

  test('hears one and the same refusal in twenty ways of not having the token, and the gym hears nothing', async () => {
    const background = await backgroundToken();
    const grandparent = ana.deviceToken;
    await update(mine());
    clock.advance(MINUTE_MS);
    const { json } = await update({ fingerprint: 'ana-phone', token: grandparent });
    const [current, parentless] = [json.token as string, 'ana-phone'];
    await app.gym.control.clearHistory();
    const claims: [string, unknown, unknown][] = [
      ['missing', parentless, undefined],
      ['empty', parentless, ''],
      ['null', parentless, null],
      ['a prefix', parentless, current.slice(0, -1)],
      ['more', parentless, `${current}x`],
      ['another case', parentless, current.toUpperCase()],
      ['with a space', parentless, ` ${current}`],
      ['with a nul', parentless, `${current}\0`],
      ['of another member', parentless, bea.deviceToken],
      ['of the background, here', parentless, background.token],
      ['of the background, there', background.fingerprint, background.token],
      ['the grandparent', parentless, grandparent],
      ['a wrong device', 'bea-phone', current],
      ['no device', undefined, current],
      ['no such device', 'nobody', current],
      ['a look-alike', 'ana‐phone', current],
      ['digits that look alike', parentless, current.replace('1', '１')],
      ['an array', parentless, [current]],
      ['an object', parentless, { token: current }],
      ['a number', parentless, 1],
      ['half a letter', parentless, '\ud800'],
      ['the digest', parentless, (await app.services.store.readDeviceSession(ana.userId, 'ana-phone'))?.tokenDigest],
      ['sixty kilobytes', parentless, 'x'.repeat(60_000)],
    ];
    const bodies = new Set<string>();
    for (const [what, fingerprint, token] of claims) {
      for (const answer of [await sync({ fingerprint, currentToken: token }), await update({ fingerprint, token })]) {
        expect([what, answer.status]).toEqual([what, 403]);
        bodies.add(answer.text);
      }
    }
    expect([...bodies]).toEqual([
      '{"error":{"code":"session/proof-refused","message":"Expected the token of this device."}}',
    ]);
    expect(await app.gym.control.history()).toEqual([]);
  });

  test('with the right token of another member’s device is refused as every other', async () => {
    expect((await sync({ fingerprint: 'ana-phone', currentToken: ana.deviceToken }, bea.bearer)).status).toBe(403);
    expect((await update(mine(), bea.bearer)).status).toBe(403);
  });

  test('sending an unknown field is refused as such', async () => {
    expect((await sync({ fingerprint: 'ana-phone', currentToken: ana.deviceToken, email: 'x' })).status).toBe(400);
  });
});
