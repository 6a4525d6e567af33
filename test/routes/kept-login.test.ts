// What the endpoints answer about a kept login (the terms, the date of consent, and never the password), and how a member deletes a kept login.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApp } from '../../worker/app.ts';
import { hasMark, MARK } from '../support/canary.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../support/town.ts';
import { ask as askOf, openApp, type TestApp } from './open-app.ts';

const PASSWORD = `${MARK}password-of-ana`;
let app: TestApp;
let clock: HandClock;
const answers: string[] = [];
beforeAll(async () => {
  clock = handClock(SUNDAY_NOON);
  const member = { id: 1, name: 'Ana', email: 'ana@example.test', password: PASSWORD, boxes: ['norte'] };
  app = await openApp(clock, { ...town, members: [member] });
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from kept_logins'));

async function ask(...asked: Parameters<TestApp['ask']>): ReturnType<TestApp['ask']> {
  const answer = await app.ask(...asked);
  // The device's own gym token, which the device is allowed to know, is removed from the answer's text before the text is searched for secrets.
  answers.push(answer.text.replace(/"token":"[^"]*"/, '') + JSON.stringify([...answer.headers]));
  return answer;
}
const enter = (more: object) =>
  ask('POST', '/api/auth/login', { body: { email: 'ana@example.test', password: PASSWORD, ...more } });

test('a login without keepLogin keeps none, and one with it answers with the words that were agreed to', async () => {
  expect((await enter({})).json).not.toHaveProperty('keptLogin');
  const { status, json } = await enter({ keepLogin: true });
  expect(status).toBe(200);
  expect(json.keptLogin).toMatchObject({ keptAt: SUNDAY_NOON.toISOString(), lastUsedAt: null });
  expect(json.keptLogin.words.en).toMatch(/once an hour and twice a day/);
  expect(json.keptLogin.words.es).toMatch(/una vez por hora/);
});

test('a signed-out person is told whether a login may be kept, and in which words', async () => {
  const offered = await ask('GET', '/api/auth/login');
  expect([offered.status, offered.json.keptLogin.words.es]).toEqual([200, expect.stringMatching(/una vez por hora/)]);
  const without = createApp({ ...app.services, allowKeptLogin: false }, app.context);
  expect((await askOf(without, 'GET', '/api/auth/login')).json).toEqual({ keptLogin: null });
});

test('the contract holds the words', async () => {
  const { text } = await ask('GET', '/openapi.json');
  expect(text).toContain('sign me in again when the gym has ended my login');
});

test('a session says since when a login is kept; forgetting it is once 200, then 404', async () => {
  const { accessToken: bearer } = (await enter({ keepLogin: true })).json;
  for (const path of ['/api/auth/session', '/api/auth/session?sessionType=background'])
    expect((await ask('GET', path, { bearer })).json.keptLogin).toMatchObject({ keptAt: SUNDAY_NOON.toISOString() });
  const forget = () => ask('DELETE', '/api/auth/session/kept-login', { bearer });
  expect((await forget()).json).toEqual({ deleted: 1 });
  expect(await forget()).toMatchObject({ status: 404, json: { error: { code: 'login/none-kept' } } });
  expect((await ask('GET', '/api/auth/session', { bearer })).json).not.toHaveProperty('keptLogin');
});

test('T45 leaving everywhere forgets it, leaving one place does not', async () => {
  const rows = async () => (await app.cloud.pool.query('select 1 from kept_logins')).rows.length;
  const { accessToken: first } = (await enter({ keepLogin: true })).json;
  await ask('POST', '/api/auth/logout', { bearer: first });
  expect(await rows()).toBe(1);
  const { accessToken: second } = (await enter({})).json;
  expect((await ask('DELETE', '/api/auth/sessions/all', { bearer: second })).status).toBe(200);
  expect(await rows()).toBe(0);
});

test.each([['yes'], [1], [{}]])('keepLogin %j is refused', async (keepLogin) => {
  expect(await enter({ keepLogin })).toMatchObject({ status: 400, json: { error: { code: 'request/invalid' } } });
});

test('T43 no answer and no log line of all these held the password', () => {
  expect(answers.length).toBeGreaterThan(10);
  expect(answers.filter((text) => text.includes(PASSWORD))).toEqual([]);
  expect(app.log.filter(hasMark)).toEqual([]);
});
