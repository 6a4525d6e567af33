// Tests of notices: prebookings end in every possible way while channels fail and processes die. Each end of a prebooking is shown in the member's
// list of notices, and a notice of it reaches the member within half a minute if one of the channels works. No notice is recorded as sent without
// having been sent, and no channel delivers a notice twice. The checks must fail on two wrong twins of the delivery.

import fc from 'fast-check';
import { Bot } from 'grammy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHANNEL_KINDS, type Channel, type ChannelKind, type Channels } from '../../services/notify/channel.ts';
import { createEmailChannel } from '../../services/notify/channels/email.ts';
import { createTelegramChannel } from '../../services/notify/channels/telegram.ts';
import { createWebPushChannel, newVapidKeys, parseVapidKeys } from '../../services/notify/channels/web-push.ts';
import { createWebhookChannel } from '../../services/notify/channels/webhook.ts';
import { deliverNotices, type NotifyServices } from '../../services/notify/notify.ts';
import { tellMember } from '../../services/notify/tell-member.ts';
import { Secret } from '../../services/secret.ts';
import type { Store } from '../../services/store/store.ts';
import { handClock } from '../support/hand-clock.ts';
import { limitMs } from '../support/limits.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';
import { type BotApi, startBotApi } from './bot-api.ts';
import { giveChannel } from './members.ts';
import { type PostOffice, startPostOffice } from './post-office.ts';
import { makeBrowser, type PushService, startPushService } from './push-service.ts';

const clock = handClock(SUNDAY_NOON);
const keys = parseVapidKeys(new Secret(newVapidKeys()));
let app: TestService;
let post: PostOffice;
let bots: BotApi;
let pushes: PushService;
let hooks: PushService;
let channels: Channels;
let ana: string;
let boxId: string;

beforeAll(async () => {
  app = await startService(town, clock, { isNear: true });
  [post, bots, pushes, hooks] = [
    await startPostOffice(),
    await startBotApi(),
    await startPushService(),
    await startPushService(),
  ];
  channels = {
    email: createEmailChannel({ server: new Secret(post.url), from: 'p@box.test', timeoutMs: 400 }),
    telegram: createTelegramChannel(new Bot('1:made-up', { client: { apiRoot: bots.root } }).api),
    'web-push': createWebPushChannel({ keys, subject: 'mailto:op@box.test', allowLoopback: true }),
    webhook: createWebhookChannel({ allowLoopback: true }),
  };
  const { member, boxes } = await app.signIn('ana@example.test');
  [ana, boxId] = [member.id, boxes[0]?.id ?? ''];
});
afterAll(async () => {
  await Promise.all([post.stop(), bots.stop(), pushes.stop(), hooks.stop()]);
  await app.stop();
});

/** How a channel behaves: it works, refuses for a while, reports itself as gone, gives no answer, or is `absent` (the member lacks it). */
const BEHAVIOURS = ['ok', 'refuses', 'gone', 'silent', 'absent'] as const;
type Behaviour = (typeof BEHAVIOURS)[number];
const ENDS = ['booked', 'waitlisted', 'refused', 'unconfirmed', 'missed'] as const;
const KILLS = ['none', 'before-sending', 'after-taken'] as const;
interface Case {
  readonly end: (typeof ENDS)[number];
  readonly kill: (typeof KILLS)[number];
  readonly at: Readonly<Record<ChannelKind, Behaviour>>;
}

async function stage({ at }: Case): Promise<void> {
  clock.set(SUNDAY_NOON);
  await app.cloud.pool.query(
    'delete from outbox; delete from notice_tellings; delete from notice_channels; delete from prebookings',
  );
  for (const list of [post.mails, bots.calls, pushes.heard, hooks.heard]) list.splice(0);
  const addresses: Record<ChannelKind, string> = {
    telegram: '4711',
    email: 'ana@mail.test',
    webhook: `${hooks.url}/hook`,
    'web-push': JSON.stringify(makeBrowser(`${pushes.url}/ana`).subscription),
  };
  for (const kind of CHANNEL_KINDS) if (at[kind] !== 'absent') await giveChannel(app, ana, kind, addresses[kind]);
  const never = () => new Promise<undefined>(() => undefined);
  post.on = {
    recipient: async () => ({ refuses: 451, gone: 550 })[at.email as 'refuses' | 'gone'],
    taken: at.email === 'silent' ? never : undefined,
  };
  bots.refuse = {
    ok: undefined,
    absent: undefined,
    refuses: { error_code: 500, description: 'Internal Server Error' },
    gone: { error_code: 403, description: 'Forbidden: bot was blocked by the user' },
    silent: 'hang' as const,
  }[at.telegram];
  const status = { ok: 201, absent: 201, refuses: 500, gone: 410, silent: 'hang' as const };
  [pushes.status, hooks.status] = [status[at['web-push']], status[at.webhook]];
}

/** Ends one prebooking in the way that the case names; returns its id. */
async function endOne({ end }: Case): Promise<string> {
  const { store } = app.services;
  const now = clock.now();
  const id = 'a0000000-0000-4000-8000-000000000001';
  const slot = { day: MONDAY, classId: '501', timeId: '1800_60', className: 'WOD', familyId: undefined };
  const startsAt = new Date(now.getTime() + 86_400_000);
  await store.createPrebooking({
    id,
    userId: ana,
    boxId,
    ...slot,
    waitlist: false,
    alternatives: [],
    opensAt: now,
    startsAt,
    now,
  });
  if (end === 'missed') {
    clock.advance(3_600_000);
    await store.sweepPrebookings({ armBefore: now, overdueMs: 10_000, lateMs: 60_000, now: clock.now() });
    return id;
  }
  await store.claimPrebookings({ id, owner: 'me', leadMs: 0, claimMs: 60_000, lateMs: 60_000, now });
  const receipt = { latenessMs: 12, shots: 1 };
  const settle = (status: string, outcome: string) =>
    store.settlePrebookings(
      [{ id, epoch: 1, status, outcome, receipt } as Parameters<Store['settlePrebookings']>[0][number]],
      now,
    );
  if (end === 'unconfirmed') {
    await app.cloud.pool.query(`update prebookings set status = 'armed' where id = $1`, [id]);
    await settle('unknown', 'checking');
  }
  await settle(end, end === 'refused' ? 'full' : end);
  return id;
}

/** Gives the services of a process that dies at the point that the case names: from then on, no call of a channel finishes. */
function mortal(kill: Case['kill'], store: Store): { services: NotifyServices; death: Promise<void> } {
  const { promise: death, resolve } = Promise.withResolvers<void>();
  let isDead = false;
  const die = () => {
    isDead = true;
    resolve();
    return new Promise<never>(() => undefined);
  };
  const dying = Object.fromEntries(
    Object.entries(channels).map(([kind, channel]: [string, Channel]) => {
      const wrapped: Channel = async (...asked) => {
        if (isDead || kill === 'before-sending') return die();
        await channel(...asked);
        if (kill === 'after-taken') return die();
      };
      return [kind, wrapped];
    }),
  );
  const { webhook, ...others } = dying as Channels;
  return { services: { ...app.services, store, notifyOptions: { channels: others, webhook } }, death };
}

type Deliver = (services: NotifyServices) => Promise<unknown>;

/** Ends a prebooking and delivers its notice as the case says. Returns what was wrong, in words; an empty list when nothing was wrong. */
async function wrongIn(one: Case, deliver: Deliver = deliverNotices, store = app.services.store): Promise<string[]> {
  await stage(one);
  const prebookingId = await endOne(one);
  const first = mortal(one.kill, store);
  await Promise.race([deliver(first.services), first.death]);
  await app.cloud.pool.query(`update outbox set lease_until = now() - interval '1 s' where lease_until is not null`);
  // After the death of the first process, another process delivers the notices within half a minute.
  for (let look = 0; look < 4; look++) {
    await deliver(mortal('none', store).services);
    clock.advance(10_000);
  }
  const feed = await app.services.store.readNotices(ana, undefined, 10);
  const [notice] = feed;
  const taken = tookIn(one);
  const total = Object.values(taken).reduce((sum, n) => sum + n, 0);
  const works = CHANNEL_KINDS.some((kind) => one.at[kind] === 'ok');
  return [
    ...(feed.length === 1 && notice?.prebooking?.id === prebookingId ? [] : ['not in the feed']),
    ...(works && Object.values(taken).every((n) => n === 0) ? ['told by nothing that works'] : []),
    ...(notice?.state === 'told' && Object.values(taken).every((n) => n === 0) ? ['called sent and was not'] : []),
    ...(isPlain(one) && works && total !== 1 ? [`told by ${total} channels`] : []),
    ...Object.entries(taken).flatMap(([kind, n]) => (n > 1 ? [`told ${n} times by ${kind}`] : [])),
  ];
}

/** Tells whether no process died and no channel was silent, so that no delivery can be in doubt. */
const isPlain = ({ kill, at }: Case): boolean => kill === 'none' && !Object.values(at).includes('silent');

/**
 * Gives the number of times that each channel accepted the notice. Webhook calls with one notice id count once, and so do Web Push messages with one
 * topic.
 */
function tookIn({ at }: Case): Record<ChannelKind, number> {
  const sent = bots.calls.filter(({ method }) => method === 'sendMessage').length;
  const ids = new Set(hooks.heard.map(({ headers }) => headers['puntual-notice-id']));
  const topics = new Set(pushes.heard.map(({ headers }) => headers['topic']));
  return {
    email: post.mails.length,
    telegram: at.telegram === 'ok' ? sent : at.telegram === 'silent' && sent > 1 ? sent : 0,
    webhook: at.webhook === 'ok' ? ids.size : 0,
    'web-push': at['web-push'] === 'ok' ? topics.size : 0,
  };
}

const behaviour = fc.constantFrom(...BEHAVIOURS);
const cases: fc.Arbitrary<Case> = fc.record({
  end: fc.constantFrom(...ENDS),
  kill: fc.constantFrom(...KILLS),
  at: fc.record({ telegram: behaviour, 'web-push': behaviour, webhook: behaviour, email: behaviour }),
});
const LIMIT = { timeout: limitMs(180_000) };

test('each end is in the feed, told once by what works, and never called sent when it was not', LIMIT, async () => {
  const property = fc.asyncProperty(cases, async (one) => {
    expect(await wrongIn(one)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 60, endOnFailure: true });
});

const alone = (kind: ChannelKind, at: Behaviour): Case['at'] => ({
  telegram: 'absent',
  'web-push': 'absent',
  webhook: 'absent',
  email: 'absent',
  [kind]: at,
});

test.each(CHANNEL_KINDS)('by %s alone, whatever it does and wherever the process dies', LIMIT, async (kind) => {
  for (const at of BEHAVIOURS)
    for (const kill of KILLS)
      expect([at, kill, await wrongIn({ end: 'refused', kill, at: alone(kind, at) })]).toEqual([at, kill, []]);
});

test('a twin that marks before it sends is caught', async () => {
  const marksFirst: Deliver = async (services) => {
    const due = await services.store.leaseNotices({ limit: 50, leaseMs: 30_000, now: clock.now() });
    await services.store.settleNotices(
      due.map(({ id }) => ({ id, sent: true })),
      clock.now(),
    );
    const { channels: others, webhook } = services.notifyOptions ?? {};
    for (const notice of due)
      await tellMember(services, { channels: { ...others, ...(webhook && { webhook }) } }, notice);
  };
  const wrong = await wrongIn({ end: 'refused', kill: 'before-sending', at: alone('email', 'ok') }, marksFirst);
  expect(wrong).toEqual(['told by nothing that works', 'called sent and was not']);
});

test('a twin that writes down no beginning tells twice after a kill, and is caught', async () => {
  const store = { ...app.services.store, beginTelling: async () => 'begun' as const };
  const wrong = await wrongIn({ end: 'booked', kill: 'after-taken', at: alone('email', 'ok') }, deliverNotices, store);
  expect(wrong).toEqual(['told 2 times by email']);
});
