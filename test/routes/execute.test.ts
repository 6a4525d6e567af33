// The queue's endpoint: it accepts only a valid signature over the request's own body and address, and the answer's status tells the queue what to
// do. The test runs in real time, because QStash's official receiver reads the real clock.
import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import { CLAIM_LEAD_MS } from '../../services/race/claim.ts';
import { createApp } from '../../worker/app.ts';
import { classOpeningIn, openingTown } from '../support/opening-town.ts';
import { ask, openApp, PUBLIC_URL, type TestApp } from './open-app.ts';

const PATH = '/api/execute-prebooking';
let app: TestApp;
beforeAll(async () => {
  app = await openApp(systemClock, openingTown(classOpeningIn(3_000)));
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from members'));

interface Signing {
  key?: string;
  url?: string;
  claims?: object;
  shiftS?: number;
  signedBody?: string;
}
async function sign(
  body: string,
  { key, url = `${PUBLIC_URL}${PATH}`, claims = {}, shiftS = 0, signedBody = body }: Signing = {},
): Promise<string> {
  const at = Math.floor(Date.now() / 1000) + shiftS;
  const hash = createHash('sha256').update(signedBody).digest('base64url');
  const usual = { iss: 'Upstash', sub: url, iat: at, nbf: at, exp: at + 300, jti: `jwt_${randomUUID()}`, body: hash };
  const secret = new TextEncoder().encode(key ?? app.cloud.qstashCurrentSigningKey.reveal());
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(secret);
}
const post = (rawBody: string, signature: string | undefined, headers: Record<string, string> = {}) =>
  app.ask('POST', PATH, {
    rawBody,
    headers: {
      'Content-Type': 'application/json',
      ...(signature !== undefined && { 'Upstash-Signature': signature }),
      ...headers,
    },
  });
const deliver = async (prebookingId: string) => {
  const body = JSON.stringify({ prebookingId });
  return post(body, await sign(body));
};

async function wishOpeningIn(inMs: number): Promise<string> {
  const soon = classOpeningIn(inMs);
  await app.gym.control.reset(openingTown(soon));
  const ana = await app.login('ana@example.test');
  const body = {
    boxId: ana.boxes[0]?.id,
    day: soon.day,
    timeId: '1800_60',
    className: 'WOD',
    opensAt: soon.opensAt.toISOString(),
  };
  const { json } = await app.ask('POST', '/api/prebookings', { bearer: ana.bearer, body });
  return json.prebooking.id;
}

describe('a delivery', () => {
  test('books at the opening, and its duplicate hears the same without a second booking', async () => {
    const id = await wishOpeningIn(2_500);
    expect(await deliver(id)).toMatchObject({
      status: 200,
      json: { status: 'booked', prebookings: [{ id, status: 'booked' }] },
    });
    // The gym's history is emptied: however many tries the race needed, the duplicate delivery must make none.
    await app.gym.control.clearHistory();
    expect(await deliver(id)).toMatchObject({ status: 200, json: { status: 'booked' } });
    expect(await app.gym.control.history()).toEqual([]);
    const { reservations } = await app.gym.control.truth();
    expect(reservations.filter((one) => one.state === 'booked')).toHaveLength(1);
  });

  test('replayed byte for byte has no effect at the gym', async () => {
    const id = await wishOpeningIn(1_500);
    const body = JSON.stringify({ prebookingId: id });
    const signature = await sign(body);
    await post(body, signature);
    await app.gym.control.clearHistory();
    expect(await post(body, signature)).toMatchObject({ status: 200 });
    expect(await app.gym.control.history()).toEqual([]);
  });

  test('for a prebooking that is gone is never to come again', async () => {
    const answer = await deliver(randomUUID());
    expect([answer.status, answer.json.error.code]).toEqual([489, 'prebooking/missing']);
    expect(answer.headers.get('upstash-nonretryable-error')).toBe('true');
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('long before its time is to come again, at its time', async () => {
    const id = await wishOpeningIn(100_000);
    const dueAtMs = ((await app.services.store.readPrebooking(id))?.opensAt.getTime() ?? 0) - CLAIM_LEAD_MS;
    const latestS = Math.ceil((dueAtMs - Date.now()) / 1000);
    const answer = await deliver(id);
    const earliestS = Math.floor((dueAtMs - Date.now()) / 1000);
    expect([answer.status, answer.json.error.code]).toEqual([503, 'prebooking/not-yet']);
    const saidS = Number(answer.headers.get('retry-after'));
    expect([saidS >= earliestS, saidS <= latestS]).toEqual([true, true]);
  });

  test('that finds nothing to do yet, or nothing any more, is an ordinary end: one line at info, no stack', async () => {
    const early = await wishOpeningIn(100_000);
    app.log.length = 0;
    await deliver(early);
    await deliver(randomUUID());
    const lines = app.log.map((line) => JSON.parse(line)).filter(({ msg }) => String(msg).startsWith('wake-up:'));
    expect(lines.map(({ level, code, err }) => [level, code, err])).toEqual([
      [30, 'prebooking/not-yet', undefined],
      [30, 'prebooking/missing', undefined],
    ]);
  });

  test('that finds the database away is to come again soon', async () => {
    const away = () => Promise.reject(new Failure('database/unavailable', 'away'));
    const handler = createApp(
      { ...app.services, store: { ...app.services.store, claimPrebookings: away } },
      app.context,
    );
    const rawBody = JSON.stringify({ prebookingId: randomUUID() });
    const headers = { 'Content-Type': 'application/json', 'Upstash-Signature': await sign(rawBody) };
    const answer = await ask(handler, 'POST', PATH, { rawBody, headers });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  });

  test('signed with the next key is believed, since keys are changed', async () => {
    const body = JSON.stringify({ prebookingId: randomUUID() });
    expect((await post(body, await sign(body, { key: app.cloud.qstashNextSigningKey.reveal() }))).status).toBe(489);
  });

  test('from a clock two seconds off is believed', async () => {
    const body = JSON.stringify({ prebookingId: randomUUID() });
    expect((await post(body, await sign(body, { shiftS: 2 }))).status).toBe(489);
  });

  test('is believed for our public address, whatever the Host header says', async () => {
    const body = JSON.stringify({ prebookingId: randomUUID() });
    const headers = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' };
    expect((await post(body, await sign(body), headers)).status).toBe(489);
    const theirs = await sign(body, { url: `http://evil.example${PATH}` });
    expect((await post(body, theirs, headers)).status).toBe(401);
  });
});

describe('a forgery', () => {
  const body = JSON.stringify({ prebookingId: '00000000-0000-4000-8000-000000000000' });
  test.each<[string, string, () => Promise<string | undefined>]>([
    ['no signature', body, async () => undefined],
    ['an empty one', body, async () => ''],
    ['words', body, async () => 'signature'],
    ['another key', body, () => sign(body, { key: 'sig_somebody_else_entirely_here' })],
    ['another body', body, () => sign(body, { signedBody: `${body} ` })],
    ['the body with a space more', `${body} `, () => sign(body)],
    ['the body in other words', JSON.stringify(JSON.parse(body), null, 1), () => sign(body)],
    ['an empty body', '', () => sign(body)],
    ['another endpoint of ours', body, () => sign(body, { url: `${PUBLIC_URL}/cron/refresh-tokens` })],
    ['another host', body, () => sign(body, { url: `https://evil.example${PATH}` })],
    ['another sender', body, () => sign(body, { claims: { iss: 'Downstash' } })],
    ['an old one', body, () => sign(body, { shiftS: -310 })],
    ['one of the future', body, () => sign(body, { shiftS: 60 })],
    ['one that never ends', body, () => sign(body, { claims: { exp: undefined } })],
    ['one without a number', body, () => sign(body, { claims: { jti: undefined } })],
    ['one without a body’s hash', body, () => sign(body, { claims: { body: undefined } })],
    [
      'our own access token',
      body,
      async () =>
        (await app.services.access.sign({ userId: randomUUID(), sessionId: randomUUID() }, new Date())).token.reveal(),
    ],
  ])('by %s is 401, and nothing happens', async (_what, sent, signature) => {
    await app.gym.control.clearHistory();
    const answer = await post(sent, await signature());
    expect([answer.status, answer.json.error.code]).toEqual([401, 'queue/signature-refused']);
    expect(await app.gym.control.history()).toEqual([]);
  });

  test('larger than 64 KB is not even looked at', async () => {
    const large = JSON.stringify({ prebookingId: 'x'.repeat(2_000_000) });
    expect((await post(large, await sign(large))).status).toBe(413);
  });
});

test.each([
  '',
  '[]',
  '{}',
  'null',
  '{"prebookingId":7}',
  '{"prebookingId":"501"}',
  `{"prebookingId":"${randomUUID()}","box":"evil.com/"}`,
])('a signed body of %s is refused', async (body) => {
  expect((await post(body, await sign(body))).status).toBe(400);
});
