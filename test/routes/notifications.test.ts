// A member's own webhook: set, shown, tested, deleted. The webhook's address is stored sealed, its secret is shown once, and no private address is
// called.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Channel } from '../../services/notify/channel.ts';
import { createWebhookChannel, signatureOf } from '../../services/notify/channels/webhook.ts';
import { Secret } from '../../services/secret.ts';
import { createApp } from '../../worker/app.ts';
import { supabaseToken } from '../identity/supabase-token.ts';
import { dumpOf } from '../support/canary.ts';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { ask, type Login, openApp, type TestApp } from './open-app.ts';

const PATH = '/api/notifications/webhook';
const URL_OF_ANA = 'https://hooks.example.com/ana?key=a-key-of-her-own';
const clock = handClock(SUNDAY_NOON);
let app: TestApp;
let ana: Login;
let bea: Login;
let server: Server;
let status = 204;
const heard: { body: string; signature: string }[] = [];
beforeAll(async () => {
  app = await openApp(clock);
  [ana, bea] = [await app.login('ana@example.test'), await app.login('bea@example.test')];
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    heard.push({ body, signature: String(request.headers['puntual-signature']) });
    response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.close();
  await app.stop();
});
beforeEach(async () => {
  heard.length = 0;
  status = 204;
  await app.cloud.pool.query('delete from notice_channels; delete from rate_buckets');
});

const put = (url: string, who = ana) => app.ask('PUT', PATH, { bearer: who.bearer, body: { url } });
const show = async (who = ana) => (await app.ask('GET', PATH, { bearer: who.bearer })).json.webhook;
/** Opens an app whose webhook channel sends to this machine, whatever address the webhook has. */
function trialDoor() {
  const { port } = server.address() as AddressInfo;
  const here = createWebhookChannel({ allowLoopback: true });
  const webhook: Channel = (message, target) =>
    here(message, { ...target, address: new Secret(`http://127.0.0.1:${port}/hook`) });
  const handler = createApp({ ...app.services, notifyOptions: { webhook } }, app.context);
  return (who = ana) => ask(handler, 'POST', `${PATH}/test`, { bearer: who.bearer });
}

describe('a webhook', () => {
  test('is kept sealed, shown by its origin alone, and its secret is said once', async () => {
    expect(await show()).toBeNull();
    const kept = await put(URL_OF_ANA);
    expect(kept.json).toEqual({
      origin: 'https://hooks.example.com',
      secret: expect.stringMatching(/^[\w-]{43}$/),
    });
    const seen = await app.ask('GET', PATH, { bearer: ana.bearer });
    expect(seen.json).toEqual({
      webhook: { origin: 'https://hooks.example.com', createdAt: SUNDAY_NOON.toISOString() },
    });
    const dump = await dumpOf(app.cloud.pool);
    for (const hidden of ['a-key-of-her-own', kept.json.secret]) {
      expect(dump).not.toContain(hidden);
      expect(app.log.join('\n')).not.toContain(hidden);
      expect(seen.text).not.toContain(hidden);
    }
  });

  test('is tried with a signature of that secret, and says whether it arrived', async () => {
    const { secret } = (await put(URL_OF_ANA)).json;
    const attempt = trialDoor();
    expect((await attempt()).json).toEqual({ outcome: 'delivered' });
    const [{ body, signature } = { body: '', signature: '' }] = heard;
    expect(JSON.parse(body)).toMatchObject({ kind: 'test', text: { en: expect.any(String), es: expect.any(String) } });
    const seconds = SUNDAY_NOON.getTime() / 1000;
    expect(signature).toBe(signatureOf(new Secret(secret), seconds, body));
    status = 500;
    expect((await attempt()).json).toEqual({ outcome: 'refused' });
  });

  test('set anew takes the place of the one before, with another secret', async () => {
    const [first, second] = [await put(URL_OF_ANA), await put('https://other.example.com:8443/x')];
    expect(second.json.secret).not.toBe(first.json.secret);
    expect((await show()).origin).toBe('https://other.example.com:8443');
    const { rows } = await app.cloud.pool.query('select count(*)::int as n from notice_channels');
    expect(rows).toEqual([{ n: 1 }]);
  });

  test('taken away is gone, and taken away again changes nothing', async () => {
    await put(URL_OF_ANA);
    const remove = () => app.ask('DELETE', PATH, { bearer: ana.bearer });
    expect((await remove()).json).toEqual({ removed: 1 });
    expect((await remove()).json).toEqual({ removed: 0 });
    expect(await show()).toBeNull();
    const tried = await trialDoor()();
    expect([tried.status, tried.json.error.code]).toEqual([404, 'notice/no-channel']);
  });

  test('is its member’s alone: another neither sees, tries nor removes it', async () => {
    await put(URL_OF_ANA);
    expect(await show(bea)).toBeNull();
    expect((await trialDoor()(bea)).status).toBe(404);
    expect((await app.ask('DELETE', PATH, { bearer: bea.bearer })).json).toEqual({ removed: 0 });
    await put('https://bea.example.com/', bea);
    expect((await show()).origin).toBe('https://hooks.example.com');
    expect(heard).toEqual([]);
  });

  test('of a person the gym has never seen is refused: there is nothing to tell them', async () => {
    const bearer = await supabaseToken(app.cloud, { sub: 'a0000000-0000-4000-8000-00000000000d' });
    const answer = await app.ask('PUT', PATH, { bearer, body: { url: URL_OF_ANA } });
    expect([answer.status, answer.json.error.code]).toEqual([404, 'session/missing']);
  });
});

describe('an address that is not public', () => {
  test.each([
    'http://hooks.example.com/x',
    'https://user:pw@hooks.example.com/x',
    'https://127.0.0.1/x',
    'https://169.254.169.254/latest/meta-data',
    'https://[::ffff:10.0.0.1]/x',
    'no address',
  ])('%s is refused when it is set', async (url) => {
    const answer = await put(url);
    expect([answer.status, answer.json.error.code]).toEqual([400, 'request/invalid']);
    expect(await show()).toBeNull();
  });

  test('behind a public name is found out when it is called, and not called', async () => {
    await put(URL_OF_ANA);
    // In this test every name resolves to a private address.
    expect((await app.ask('POST', `${PATH}/test`, { bearer: ana.bearer })).json).toEqual({ outcome: 'not-public' });
  });
});

test('a member that tries again and again is told to wait', async () => {
  await put(URL_OF_ANA);
  const attempt = trialDoor();
  for (let n = 0; n < 5; n++) expect((await attempt()).status).toBe(200);
  const sixth = await attempt();
  expect([sixth.status, sixth.json.error.code]).toEqual([429, 'request/limited']);
  expect(heard).toHaveLength(5);
});
