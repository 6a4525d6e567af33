// The endpoints of a member's account: one answer with all that a page needs after a reload, and changes of the settings.
import { createRoute, z } from '@hono/zod-openapi';
import { usageOf } from '../../jobs/report-usage.ts';
import { ACCOUNT_WARNINGS, type ShownAccount, showAccount } from '../../jobs/show-account.ts';
import { isAdmitted } from '../../services/identity/admission.ts';
import { CHANNEL_KINDS, CHANNEL_STATES } from '../../services/notify/channel.ts';
import { LANGUAGES } from '../../services/prebooking/words/words.ts';
import type { AdmissionPolicy } from '../../services/store/admission-store.ts';
import type { Member, Router } from '../app-context.ts';
import { ownBoxShape, toOwnBox } from '../box-shape.ts';
import type { Guards } from '../guards.ts';
import { answers, instant, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';
import { usageShape } from '../usage-shape.ts';

const PATH = '/api/me';
/** The categories of notices that a member may switch off. Notices about the safety of the account are always delivered. */
const KINDS = [
  'won',
  'waitlisted',
  'moved-up',
  'lost',
  'risk',
  'recovered',
  'freed',
  'reminder',
  'rule-changed',
] as const;

const hour = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'expected HH:MM');
const quietHours = z
  .strictObject({ from: hour, to: hour })
  .openapi('QuietHours', { example: { from: '22:00', to: '07:00' } });
const tell = z.strictObject(Object.fromEntries(KINDS.map((kind) => [kind, z.boolean().optional()])) as TellShape);
type TellShape = Record<(typeof KINDS)[number], z.ZodOptional<z.ZodBoolean>>;

const changesShape = z
  .strictObject({
    language: z.enum(LANGUAGES).optional(),
    quietHours: quietHours.nullable().optional(),
    tell: tell.optional(),
    visibleToFriends: z.boolean().optional(),
  })
  .openapi('AccountChanges', { example: { language: 'es', quietHours: { from: '22:00', to: '07:00' } } });
const channelShape = z
  .object({
    id: z.string(),
    kind: z.enum(CHANNEL_KINDS),
    state: z.enum(CHANNEL_STATES),
  })
  .openapi('Channel');
const accountShape = z
  .object({
    member: z.object({
      id: z.string(),
      email: z.string().nullable(),
      name: z.string(),
      /** The language of notices; null if the member has not chosen one. */
      language: z.enum(LANGUAGES).nullable(),
      admitted: z.boolean(),
      quietHours: quietHours.nullable(),
      /** Whether the notices of each category are delivered; the notices of a category that is absent are delivered. */
      tell: z.record(z.string(), z.boolean()),
      visibleToFriends: z.boolean(),
    }),
    boxes: z.array(ownBoxShape),
    /** The service's own login at the gym for this member: a list of one entry or none. */
    background: z.array(z.object({ status: z.string(), lastTokenUpdateDate: instant, keptLogin: z.boolean() })),
    devices: z.array(z.object({ fingerprint: z.string(), lastSeenAt: instant, current: z.boolean() })),
    /** The member's plan at puntual and the plan tokens left in the present period; null for a member without a row in `subscriptions`. */
    usage: usageShape.nullable(),
    channels: z.array(channelShape),
    warnings: z.array(z.enum(ACCOUNT_WARNINGS)),
  })
  .openapi('Account');

/** The endpoints GET and PUT `/api/me`. */
export function accountRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const show = async (member: Member) =>
    toAnswer(member, services.admission, await showAccount(services, { userId: member.userId }));
  const read = createRoute({
    method: 'get',
    path: PATH,
    ...guards.guest,
    summary: 'Who you are and what you have here',
    responses: answers('The account', accountShape),
  });
  router.openapi(read, async (c) => c.json(await show(c.get('member')), 200));

  const change = createRoute({
    method: 'put',
    path: PATH,
    ...guards.guest,
    summary: 'Change language, quiet hours, kinds of notices, visibility to friends; what is left out stays',
    request: jsonBody(changesShape),
    responses: answers('The account as it then stands', accountShape),
  });
  router.openapi(change, async (c) => {
    const member = c.get('member');
    await store.writeAccount(member, c.req.valid('json'), clock.now());
    return c.json(await show(member), 200);
  });
  return router;
}

const toAnswer = (
  { userId, email, deviceFingerprint, admission }: Member,
  policy: AdmissionPolicy,
  { account, boxes, usage, warnings }: ShownAccount,
): z.infer<typeof accountShape> => ({
  member: {
    id: userId,
    email: account?.email ?? email ?? null,
    name: account?.name ?? '',
    language: account?.language ?? null,
    admitted: isAdmitted(admission, policy),
    quietHours: account?.quietHours ?? null,
    tell: account?.tell ?? {},
    visibleToFriends: account?.visibleToFriends ?? false,
  },
  boxes: boxes.map((box) => toOwnBox(box, account?.language)),
  background: (account?.background ?? []).map(({ status, lastSuccessAt, keptLogin }) => ({
    status,
    lastTokenUpdateDate: lastSuccessAt.toISOString(),
    keptLogin,
  })),
  devices: (account?.devices ?? []).map(({ fingerprint, lastSeenAt }) => ({
    fingerprint,
    lastSeenAt: lastSeenAt.toISOString(),
    current: fingerprint === deviceFingerprint,
  })),
  usage: usage ? usageOf(usage) : null,
  channels: account?.channels ?? [],
  warnings: [...warnings],
});
