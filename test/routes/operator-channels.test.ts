// The operator tests their own channels: each channel gets one message, each has its own result, and without channels the endpoint answers 404.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Failure } from '../../services/failures.ts';
import type { Channel } from '../../services/notify/channel.ts';
import type { Message } from '../../services/notify/messages.ts';
import { Secret } from '../../services/secret.ts';
import { createApp } from '../../worker/app.ts';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { ask, OPERATOR_TOKEN, openApp, type TestApp } from './open-app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON));
});
afterAll(() => app.stop());

const PATH = '/api/operator/channels/test';
const target = { address: new Secret('to-the-operator'), signingSecret: new Secret('x') };

test('each of the operator’s channels is told once and answers for itself', async () => {
  const heard: Message[] = [];
  const hears: Channel = async (message) => void heard.push(message);
  const isAway: Channel = async () => {
    throw new Failure('notice/unreachable', 'away');
  };
  const alerts = [
    { name: 'email', channel: hears, target },
    { name: 'telegram', channel: isAway, target },
  ];
  const handler = createApp({ ...app.services, notifyOptions: { alerts } }, app.context);
  const { status, json, text } = await ask(handler, 'POST', PATH, { bearer: OPERATOR_TOKEN });
  expect([status, json]).toEqual([
    200,
    {
      channels: [
        { name: 'email', outcome: 'delivered' },
        { name: 'telegram', outcome: 'unreachable' },
      ],
    },
  ]);
  expect(text).not.toContain('to-the-operator');
  expect(heard.map(({ kind }) => kind)).toEqual(['test']);
});

test('without a channel the operator is told which settings make one', async () => {
  const { status, json } = await app.ask('POST', PATH, { bearer: OPERATOR_TOKEN });
  expect([status, json.error.code]).toEqual([404, 'notice/no-channel']);
  expect(json.error.message).toContain('NOTICE_WEBHOOK_URL');
});
