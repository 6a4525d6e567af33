// GYM_PROXY: the whole service, with a real HTTP proxy between the service and the gym. Only the proxy can resolve the gym's name, so every call that
// arrives at the gym came through the proxy. A race is won through the proxy, and the proxy's password appears nowhere.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { signIn } from '../../jobs/sign-in.ts';
import { Secret } from '../../services/secret.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { examine } from '../../worker/doctor/examine.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { type ConnectProxy, startConnectProxy } from '../support/connect-proxy.ts';
import { environmentOf, type HostedService, startHosted } from '../support/hosted-service.ts';
import { limitMs } from '../support/limits.ts';
import { classOpeningIn, openingTown } from '../support/opening-town.ts';

const PASSWORD = 'canary-of-the-proxy';
const GYM = 'http://gym.invalid';
let cloud: Cloud;
let gym: Simulator;
let proxy: ConnectProxy;
let service: HostedService | undefined;
const soon = classOpeningIn(60 * 60_000);
beforeAll(async () => {
  const { boxes = [], ...town } = openingTown(soon);
  // At a login, the pretend gym names the addresses of its boxes under the host name `GYM`, which only the proxy can resolve.
  const named = boxes.map((box) => ({ ...box, centreUrl: `${GYM}/box/${box.slug}` }));
  [cloud, gym] = await Promise.all([
    startCloud({ queue: true }),
    startSimulator({ scenario: { ...town, boxes: named } }),
  ]);
  const names = { 'gym.invalid': Number(new URL(gym.url).port) };
  proxy = await startConnectProxy({ credentials: `us@er:${PASSWORD}`, names });
});
afterEach(async () => {
  await service?.end();
  service = undefined;
});
afterAll(() => Promise.all([proxy.stop(), gym.stop(), cloud.stop()]));

const start = (password: string) =>
  startHosted({
    ...environmentOf(cloud, {
      loginUrl: `${GYM}/login-host`,
      mainUrl: `${GYM}/main-host`,
      boxUrlTemplate: `${GYM}/box/{box}`,
    }),
    GYM_PROXY: `http://us%40er:${password}@127.0.0.1:${proxy.port}`,
  });

test('a member signs in, is renewed, and wins the class at its opening, all through the proxy', async () => {
  service = await start(PASSWORD);
  const { services } = service;
  const { member, boxes, device } = await signIn(services, {
    email: 'ana@example.test',
    password: new Secret('right'),
  });
  await cloud.pool.query(
    `update auth_sessions set last_token_update_date = last_token_update_date - interval '19 minutes'`,
  );
  expect(await refreshBackgroundSessions(services, { runId: member.id })).toMatchObject({ updated: 1, failed: 0 });
  const { opensAt } = classOpeningIn(3_000);
  await gym.control.changeSlot({
    slot: { box: 'norte', day: soon.day, id: 501 },
    change: { opensAt: opensAt.getTime() },
  });
  const wish = { boxId: boxes[0]?.id ?? '', day: soon.day, timeId: '1800_60', className: 'WOD', opensAt };
  const { id } = await createPrebooking(services, { userId: member.id, deviceFingerprint: device.fingerprint, wish });
  // The queue wakes the service directly, and not through the proxy.
  const status = async () => (await services.store.readPrebooking(id))?.status;
  await expect.poll(status, { interval: 100, timeout: limitMs(15_000) }).toBe('booked');
  const { reservations } = await gym.control.truth();
  expect(reservations.map(({ state }) => state)).toEqual(['booked']);
  const [booking, ...more] = await gym.control.history({ op: 'book' });
  expect(more).toEqual([]);
  expect(booking?.arrivedAtMs).toBeGreaterThanOrEqual(opensAt.getTime());
  expect(new Set(proxy.asked)).toEqual(new Set(['gym.invalid:80']));
});

test('a password that the proxy refuses is named by the doctor, and nothing says it', async () => {
  service = await start(`wrong-${PASSWORD}`);
  const { services, context, log } = service;
  await expect(signIn(services, { email: 'bea@example.test', password: new Secret('right') })).rejects.toMatchObject({
    code: 'gym/unreachable',
    details: { why: 'PROXY_CREDENTIALS', sent: false },
  });
  const { checks } = await examine(services, context, 1_000);
  const gymLines = checks.filter(({ name }) => name.startsWith('gym-'));
  expect(gymLines.map(({ state }) => state)).toEqual(['red', 'red']);
  for (const { remedy } of gymLines) expect(remedy).toMatch(/user and password in GYM_PROXY/);
  const basic = Buffer.from(`us@er:wrong-${PASSWORD}`).toString('base64');
  for (const text of [JSON.stringify(checks), log.join('')])
    expect([text.includes(PASSWORD), text.includes(basic)]).toEqual([false, false]);
});
