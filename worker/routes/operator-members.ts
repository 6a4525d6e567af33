// The members and their admission, for the operator: listing the members, and admitting or refusing a member. No answer of this file's endpoints
// holds a secret that opens an account.
import { createRoute, z } from '@hono/zod-openapi';
import { removeMember } from '../../jobs/remove-member.ts';
import { Failure } from '../../services/failures.ts';
import type { LiveSessions } from '../../services/identity/live-session.ts';
import { ADMISSIONS, type ListedMember } from '../../services/store/admission-store.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, failureResponse, id, instant, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const MAX_MEMBERS = 500;
const memberShape = z
  .object({
    id: z.string(),
    name: z.string(),
    state: z.enum(ADMISSIONS),
    /** When the member's admission last changed; null for a member stored before the service recorded such changes. */
    since: instant.nullable(),
    boxes: z.array(z.object({ id: z.string(), subdomain: z.string(), name: z.string() })),
    /** How many of the member's prebookings have not ended. */
    wishes: z.number(),
    lastSeenAt: instant.nullable(),
  })
  .openapi('ListedMember');
const listShape = z.object({ members: z.array(memberShape), next: z.string().nullable() });
const queryShape = z.object({
  state: z.enum(ADMISSIONS).optional(),
  after: id.optional().openapi({ description: '`next` of the answer before' }),
  limit: z.coerce.number().int().min(1).max(MAX_MEMBERS).default(100),
});
const judgedShape = z.object({ id: z.string(), state: z.enum(['admitted', 'refused', 'removed']) });
const judged = (description: string) => ({
  200: { description, content: { 'application/json': { schema: judgedShape } } },
  202: {
    description: 'The doors are shut; a race of theirs still runs and ends first: ask again in some minutes',
    content: { 'application/json': { schema: judgedShape } },
  },
  default: failureResponse,
});
const atMember = { params: z.object({ id }) };
const missing = () => new Failure('member/missing', 'Expected the id of a member.');

export function operatorMemberRoutes(services: Services, guards: Guards, live: LiveSessions): Router {
  const router = newRouter();
  const { store, clock } = services;
  const list = createRoute({
    method: 'get',
    path: '/api/operator/members',
    ...guards.operatorBearer,
    summary: 'Members, with how they stand',
    request: { query: queryShape },
    responses: answers('Some of them, and where to go on', listShape),
  });
  router.openapi(list, async (c) => {
    const { state, after, limit } = c.req.valid('query');
    const rows = await store.listMembers(state, after, limit);
    const next = rows.length === limit ? (rows.at(-1)?.id ?? null) : null;
    return c.json({ members: rows.map(toMember), next }, 200);
  });

  const admit = createRoute({
    method: 'post',
    path: '/api/operator/members/{id}/admit',
    ...guards.operatorBearer,
    summary: 'Let a member in; they sign in again',
    request: atMember,
    responses: answers('In', judgedShape),
  });
  router.openapi(admit, async (c) => {
    await refuseAnyBody(c);
    const { id: memberId } = c.req.valid('param');
    if (!(await store.judgeMember(memberId, 'admitted', clock.now()))) throw missing();
    live.forget();
    return c.json({ id: memberId, state: 'admitted' as const }, 200);
  });

  const refuse = createRoute({
    method: 'post',
    path: '/api/operator/members/{id}/refuse',
    ...guards.operatorBearer,
    summary: 'Do not let a member in, in no mode: ends their sessions and takes back their wishes',
    request: atMember,
    responses: judged('Out'),
  });
  router.openapi(refuse, async (c) => {
    await refuseAnyBody(c);
    const { id: memberId } = c.req.valid('param');
    const row = await store.judgeMember(memberId, 'refused', clock.now());
    if (!row) throw missing();
    live.forget();
    return c.json({ id: memberId, state: 'refused' as const }, row.ended ? 200 : 202);
  });

  const remove = createRoute({
    method: 'post',
    path: '/api/operator/members/{id}/remove',
    ...guards.operatorBearer,
    summary: 'Delete a member and all that is theirs here; bookings at the gym stay',
    request: atMember,
    responses: judged('Gone'),
  });
  router.openapi(remove, async (c) => {
    await refuseAnyBody(c);
    const { id: memberId } = c.req.valid('param');
    const row = await removeMember(services, memberId);
    if (!row) throw missing();
    live.forget();
    const state = row.ended ? ('removed' as const) : ('refused' as const);
    return c.json({ id: memberId, state }, row.ended ? 200 : 202);
  });
  return router;
}

const toMember = ({ id: memberId, name, admission, since, boxes, wishes, lastSeenAt }: ListedMember) => ({
  id: memberId,
  name,
  state: admission,
  since: since?.toISOString() ?? null,
  boxes,
  wishes,
  lastSeenAt: lastSeenAt?.toISOString() ?? null,
});
