// W7 to W10 at the app's own endpoint, checked by QStash's official receiver: which deliveries are accepted, which are refused, and that a refused
// delivery has no effect. The test runs in real time, because QStash's official receiver reads the real clock.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { EXECUTE_PATH } from '../../services/dispatch/qstash.ts';
import { crookedDeliveries, signDelivery } from '../faults/race/signatures.ts';
import { OPERATOR_TOKEN, openApp, PUBLIC_URL, type TestApp } from '../routes/open-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp(systemClock);
});
afterAll(() => app.stop());
beforeEach(() => app.cloud.pool.query('delete from skewed_deliveries; delete from webhook_seen'));

const URL = `${PUBLIC_URL}${EXECUTE_PATH}`;
const deliver = (rawBody: string, headers: Readonly<Record<string, string>>) =>
  app.ask('POST', EXECUTE_PATH, { rawBody, headers: { 'Content-Type': 'application/json', ...headers } });
/**
 * The status of the answer to a delivery whose signature and body were accepted. No prebooking waits for the delivery in this test, and 489 tells the
 * queue not to deliver it again.
 */
const LET_IN = 489;
const said = (may: readonly number[], status: number) =>
  may.includes(status) || (status === LET_IN && may.includes(200));
const counted = async () => {
  const { text } = await app.ask('GET', '/metrics', { bearer: OPERATOR_TOKEN });
  return Number(/^puntual_clock_skew_deliveries (\d+)$/m.exec(text)?.[1]);
};

test.each([
  'W7: a clock that is off',
  'W8: a key that was rolled',
  'W9: another address',
  'W10: another body',
])('%s is answered as declared, and what is refused leaves no trace', async (name) => {
  const all = crookedDeliveries(app.cloud.secrets, randomUUID(), URL).filter(({ row }) => name.startsWith(`${row}:`));
  expect(all.length).toBeGreaterThan(1);
  let letIn = 0;
  for (const { name: what, body, headers, may } of all) {
    const { status } = await deliver(body, await headers());
    expect([what, status, said(may, status)]).toEqual([what, status, true]);
    if (status === LET_IN) letIn += 1;
  }
  const { rows } = await app.cloud.pool.query('select count(*)::int as n from webhook_seen');
  expect(rows).toEqual([{ n: letIn }]);
});

describe('a clock that is off', () => {
  test('W7: is counted where the operator looks, once for each signature', async () => {
    const body = JSON.stringify({ prebookingId: randomUUID() });
    const late = { 'Upstash-Signature': await signDelivery(app.cloud.secrets, body, { url: URL, shiftS: 30 }) };
    const old = { 'Upstash-Signature': await signDelivery(app.cloud.secrets, body, { url: URL, shiftS: -310 }) };
    for (const headers of [late, late, old])
      expect(await deliver(body, headers)).toMatchObject({
        status: 401,
        json: { error: { code: 'queue/signature-refused' } },
      });
    expect(await counted()).toBe(2);
  });

  test('W8: is not what a key that was rolled twice is taken for, nor a forger’s word for the time', async () => {
    const body = JSON.stringify({ prebookingId: randomUUID() });
    for (const shiftS of [0, 30, -310]) {
      const signature = await signDelivery(app.cloud.secrets, body, { url: URL, shiftS, key: `sig_${randomUUID()}` });
      expect((await deliver(body, { 'Upstash-Signature': signature })).status).toBe(401);
    }
    expect(await counted()).toBe(0);
  });
});
