// worker/place-watch.ts reads the watched days and books freed places.
import { createRoute, z } from '@hono/zod-openapi';
import { createWatch } from '../../jobs/create-watch.ts';
import { withdrawWatch } from '../../jobs/withdraw-watch.ts';
import { MAX_NOT_AFTER, WATCH_KINDS, WATCH_STATUSES, type Watch } from '../../services/prebooking/watch.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { once } from '../once.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, creation, day, id, instant, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const MAX_LISTED = 200;
/** The time between two reads of a watched day in a deployment without a long-running process, where each sweep reads the watched days. */
const HOSTED_MS = 5 * 60_000;
const SECOND_MS = 1_000;

const wishShape = z
  .strictObject({
    boxId: id,
    day,
    classId: label.optional(),
    timeId: label.optional(),
    className: label.optional(),
    then: z.enum(['book', 'tell']),
    notAfter: z.int().min(0).max(MAX_NOT_AFTER).optional(),
    instead: label.optional(),
  })
  .openapi('WatchWish');
const watchShape = z
  .object({
    id: z.string(),
    boxId: z.string(),
    day: z.string(),
    classId: z.string().nullable(),
    timeId: z.string(),
    className: z.string().nullable(),
    then: z.enum(WATCH_KINDS),
    notAfter: z.number(),
    status: z.enum(WATCH_STATUSES),
    outcome: z.string().optional(),
    /** The id of the reservation that is given back once the new place is booked. */
    instead: z.string().optional(),
    /**
     * In a move-up: the id of the prebooking that put the member on the waitlist. In any other watch: the id of the prebooking made to book a freed
     * place.
     */
    prebookingId: z.string().optional(),
    /** When the watch ends. */
    endsAt: instant,
    /** Seconds between two reads of the watched day in this deployment at present; left out when the watch has ended. */
    everyS: z.number().optional(),
    createdAt: instant,
  })
  .openapi('Watch');
const one = z.object({ watch: watchShape });

/** The endpoints GET, POST and DELETE of `/api/watches`. */
export function watchRoutes(services: Services, { site }: AppContext, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const everyS = (everyMs: number): number =>
    Math.ceil((site.ticks ? everyMs : Math.max(everyMs, HOSTED_MS)) / SECOND_MS);
  const summary = 'Watch a full class: a place that comes free is booked, or told';
  const create = creation(guards, '/api/watches', { summary, body: wishShape, answer: one });
  router.openapi(create, async (c) => {
    const wish = c.req.valid('json');
    const { userId, deviceFingerprint } = c.get('member');
    const work = async (watchId: string): Promise<z.infer<typeof one>> => {
      const watch = await createWatch(services, { id: watchId, userId, deviceFingerprint, wish });
      const listed = await store.readMemberWatches(userId, { from: wish.day, to: wish.day }, MAX_LISTED, clock.now());
      const everyMs = listed.find((each) => each.id === watch.id)?.everyMs;
      return { watch: { ...toAnswer(watch), ...(everyMs !== undefined && { everyS: everyS(everyMs) }) } };
    };
    return c.json(await once(c, { services, request: wish, status: 201, work }), 201);
  });

  const list = createRoute({
    method: 'get',
    path: '/api/watches',
    ...guards.member,
    summary: 'What is watched for you, and what was; places on a waitlist too',
    responses: answers('Newest first', z.object({ watches: z.array(watchShape) })),
  });
  router.openapi(list, async (c) => {
    const watches = await store.readMemberWatches(c.get('member').userId, undefined, MAX_LISTED, clock.now());
    const shown = watches.map(({ everyMs, ...watch }) => ({
      ...toAnswer(watch),
      ...(everyMs !== undefined && { everyS: everyS(everyMs) }),
    }));
    return c.json({ watches: shown }, 200);
  });

  const withdraw = createRoute({
    method: 'delete',
    path: '/api/watches/{id}',
    ...guards.member,
    summary: 'Watch it no longer',
    request: { params: z.object({ id }) },
    responses: answers('It, taken back', one),
  });
  router.openapi(withdraw, async (c) => {
    await refuseAnyBody(c);
    const watch = await withdrawWatch(services, { userId: c.get('member').userId, id: c.req.valid('param').id });
    return c.json({ watch: toAnswer(watch) }, 200);
  });
  return router;
}

const toAnswer = (w: Watch): z.infer<typeof watchShape> => ({
  id: w.id,
  boxId: w.boxId,
  day: w.day,
  classId: w.classId ?? null,
  timeId: w.timeId,
  className: w.className ?? null,
  then: w.kind,
  notAfter: w.notAfter,
  status: w.status,
  ...(w.outcome !== undefined && { outcome: w.outcome }),
  ...(w.instead && { instead: w.instead.reservationId }),
  ...(w.prebookingId !== undefined && { prebookingId: w.prebookingId }),
  endsAt: w.endsAt.toISOString(),
  createdAt: w.createdAt.toISOString(),
});
