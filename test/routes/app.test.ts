// A slash at the end of a path does not change the answer: tested for all paths without credentials, for some with those of a member, cron or the
// operator.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { CRON_SECRET, OPERATOR_TOKEN, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON));
});
afterAll(() => app.stop());

test('every endpoint answers a path with a slash at its end as without', async () => {
  const { json: contract } = await app.ask('GET', '/openapi.json');
  const asked = Object.entries<object>(contract.paths).flatMap(([path, verbs]) =>
    Object.keys(verbs).map((verb) => ({ verb: verb.toUpperCase(), path: path.replaceAll(/\{\w+\}/g, 'x') })),
  );
  expect(asked.length).toBeGreaterThan(30);
  const answerTo = async (verb: string, path: string) => {
    const { status, json } = await app.ask(verb, path);
    return [verb, path.replace(/\/$/, ''), status, json?.error?.code];
  };
  for (const { verb, path } of asked) expect(await answerTo(verb, `${path}/`)).toEqual(await answerTo(verb, path));
});

test('so do a member’s, cron’s and the operator’s with their keys', async () => {
  const { bearer } = await app.login('ana@example.test');
  const usage = await app.ask('GET', '/api/usage/', { bearer });
  expect([usage.status, usage.json.plan]).toEqual([200, 'Free']);
  expect((await app.ask('GET', '/cron/sweep-prebookings/', { bearer: CRON_SECRET })).status).toBe(200);
  expect((await app.ask('GET', '/metrics/', { bearer: OPERATOR_TOKEN })).status).toBe(200);
});

test('what is nowhere stays nowhere, and a wrong verb is named', async () => {
  expect((await app.ask('GET', '/api/nowhere/')).json.error.code).toBe('route/missing');
  const wrong = await app.ask('DELETE', '/api/usage/');
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
});
