// The endpoints that create, list, show and withdraw a member's prebookings. The race itself begins with the queue's wake-up.
import { createRoute, z } from '@hono/zod-openapi';
import { adviseOnWish, readinessNow } from '../../jobs/advise-on-wish.ts';
import { takeWish } from '../../jobs/create-prebooking.ts';
import { withdrawPrebooking } from '../../jobs/withdraw-prebooking.ts';
import { Failure } from '../../services/failures.ts';
import { alternativeShape, isWaiting, type Prebooking, STATUSES } from '../../services/prebooking/prebooking.ts';
import { readinessShape } from '../../services/prebooking/readiness.ts';
import { keptShape } from '../../services/prebooking/receipt.ts';
import { WARNINGS } from '../../services/prebooking/warnings.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { once } from '../once.ts';
import { receiptOf, receiptShape } from '../receipt-shape.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, creation, day, id, instant, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const MAX_LISTED = 200;

/** Another choice of class, in case the choices before it are full; the alternative's texts must be printable. */
const alternative = z.strictObject({ timeId: label.optional(), className: label.optional() });
const wishShape = z
  .strictObject({
    boxId: id,
    day,
    classId: label.optional(),
    timeId: label.optional(),
    className: label.optional(),
    familyId: label.optional(),
    waitlist: z.boolean().optional(),
    alternatives: z.array(alternative).max(5).optional(),
    opensAt: z.iso.datetime({ offset: true }).optional(),
  })
  .openapi('Wish');
const prebookingShape = z
  .object({
    id: z.string(),
    boxId: z.string(),
    day: z.string(),
    classId: z.string().nullable(),
    timeId: z.string(),
    className: z.string().nullable(),
    familyId: z.string().optional(),
    waitlist: z.boolean(),
    /** The member's other choices, in order: each is tried if the one before is full. */
    alternatives: z.array(alternativeShape),
    status: z.enum(STATUSES),
    opensAt: instant,
    outcome: z.string().optional(),
    /** Why the gym refused, in its own words if it used any; for a booking that stands, the hour to which the gym has moved the class. */
    reason: z.string().optional(),
    reservationId: z.string().optional(),
    receipt: receiptShape.optional(),
    readiness: readinessShape.optional(),
    createdAt: instant,
    /** The id of the rule that made the prebooking; the rule may have been deleted. */
    ruleId: z.string().optional(),
  })
  .openapi('Prebooking');
const one = z.object({ prebooking: prebookingShape });
/** The answer to a new prebooking: the prebooking with its readiness as far as the database alone shows it, and warnings for the member. */
const wished = one.extend({ warnings: z.array(z.enum(WARNINGS)) });
const params = z.object({ id });

export function prebookingRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const { store } = services;
  const summary = 'Ask for a class that is not open yet';
  const create = creation(guards, '/api/prebookings', { summary, body: wishShape, answer: wished });
  router.openapi(create, async (c) => {
    const request = c.req.valid('json');
    const { opensAt, ...rest } = request;
    const wish = { ...rest, ...(opensAt !== undefined && { opensAt: new Date(opensAt) }) };
    const { userId, deviceFingerprint } = c.get('member');
    const work = async (prebookingId: string): Promise<z.infer<typeof wished>> => {
      const asked = { id: prebookingId, userId, deviceFingerprint, wish };
      const { prebooking, listed } = await takeWish(services, asked);
      const isOpeningGiven = opensAt !== undefined;
      const { warnings, readiness } = await adviseOnWish(services, { prebooking, isOpeningGiven, listed });
      return { prebooking: toAnswer({ ...prebooking, readiness }), warnings: [...warnings] };
    };
    return c.json(await once(c, { services, request, status: 201, work }), 201);
  });

  const list = createRoute({
    method: 'get',
    path: '/api/prebookings',
    ...guards.member,
    summary: 'Your prebookings, finished ones too',
    request: { query: z.object({ status: z.enum(STATUSES).optional() }) },
    responses: answers('Newest first', z.object({ prebookings: z.array(prebookingShape) })),
  });
  router.openapi(list, async (c) => {
    const { status } = c.req.valid('query');
    const prebookings = await store.readMemberPrebookings(c.get('member').userId, status, MAX_LISTED);
    return c.json({ prebookings: prebookings.map(toAnswer) }, 200);
  });

  const read = createRoute({
    method: 'get',
    path: '/api/prebookings/{id}',
    ...guards.member,
    summary: 'One prebooking, with its receipt',
    request: { params },
    responses: answers('It', one),
  });
  router.openapi(read, async (c) => {
    const prebooking = await store.readPrebooking(c.req.valid('param').id);
    // A request for another member's prebooking gets the same answer as one for a prebooking that never existed.
    if (prebooking?.userId !== c.get('member').userId)
      throw new Failure('prebooking/missing', 'Expected one of your own prebookings.');
    const readiness = await readinessNow(services, prebooking);
    return c.json({ prebooking: toAnswer({ ...prebooking, readiness }) }, 200);
  });

  const withdraw = createRoute({
    method: 'delete',
    path: '/api/prebookings/{id}',
    ...guards.member,
    summary: 'Take a prebooking back, until it is armed',
    request: { params },
    responses: answers('It, withdrawn', one),
  });
  router.openapi(withdraw, async (c) => {
    await refuseAnyBody(c);
    const prebooking = await withdrawPrebooking(services, {
      userId: c.get('member').userId,
      id: c.req.valid('param').id,
    });
    return c.json({ prebooking: toAnswer(prebooking) }, 200);
  });
  return router;
}

function reasonOf({ receipt }: Prebooking): { reason?: string } {
  const { gymSaid, movedTo } = keptShape.parse(receipt ?? {});
  const reason = gymSaid ?? (movedTo === undefined ? undefined : `moved to ${movedTo}`);
  return reason === undefined ? {} : { reason };
}

const toAnswer = (p: Prebooking): z.infer<typeof prebookingShape> => ({
  id: p.id,
  boxId: p.boxId,
  day: p.day,
  classId: p.classId ?? null,
  timeId: p.timeId,
  className: p.className ?? null,
  ...(p.familyId !== undefined && { familyId: p.familyId }),
  waitlist: p.waitlist,
  alternatives: [...p.alternatives],
  status: p.status,
  opensAt: p.opensAt.toISOString(),
  ...(p.outcome !== undefined && { outcome: p.outcome }),
  ...reasonOf(p),
  ...(p.reservationId !== undefined && { reservationId: p.reservationId }),
  ...(p.receipt !== undefined && { receipt: receiptOf(p) }),
  // Only a waiting prebooking has a readiness; an armed or ended one has none.
  ...(p.readiness !== undefined && isWaiting(p.status) && { readiness: p.readiness }),
  createdAt: p.createdAt.toISOString(),
  ...(p.ruleId !== undefined && { ruleId: p.ruleId }),
});
