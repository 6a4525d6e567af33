// A pause: days, such as a vacation, on which no rule of the member makes prebookings, at one box or at all boxes.
import { createRoute, z } from '@hono/zod-openapi';
import { keepPause } from '../../jobs/keep-pause.ts';
import { askForSoon } from '../../jobs/keep-rule.ts';
import { Failure } from '../../services/failures.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { once } from '../once.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, creation, id, newRouter } from '../router.ts';
import { keptPauseShape, pauseShape, pauseWishShape, toInside, toPause } from '../rule-shape.ts';
import type { Services } from '../services.ts';

const PATH = '/api/pauses';

/** The endpoints of `/api/pauses`. */
export function pauseRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const list = createRoute({
    method: 'get',
    path: PATH,
    ...guards.member,
    summary: 'Days for which no rule of yours asks',
    responses: answers('By their first day', z.object({ pauses: z.array(pauseShape) })),
  });
  router.openapi(list, async (c) =>
    c.json({ pauses: (await store.readRulePauses(c.get('member').userId)).map(toPause) }, 200),
  );

  const summary = 'Be away: rules ask for no class of these days; what is booked inside is named and stays';
  const create = creation(guards, PATH, { summary, body: pauseWishShape, answer: keptPauseShape });
  router.openapi(create, async (c) => {
    const request = c.req.valid('json');
    const { userId, deviceFingerprint } = c.get('member');
    const work = async (pauseId: string): Promise<z.infer<typeof keptPauseShape>> => {
      const { boxId, ...days } = request;
      const asked = { id: pauseId, userId, deviceFingerprint, boxId, ...days };
      const { pause, withdrawn, kept, inside, isStale } = await keepPause(services, asked);
      return { pause: toPause(pause), withdrawn, kept, inside: inside.map(toInside), stale: isStale };
    };
    return c.json(await once(c, { services, request, status: 201, work }), 201);
  });

  const remove = createRoute({
    method: 'delete',
    path: `${PATH}/{id}`,
    ...guards.member,
    summary: 'Be back: rules ask for these days again, as far as they are not open yet',
    request: { params: z.object({ id }) },
    responses: answers('How many were removed', z.object({ removed: z.number() })),
  });
  router.openapi(remove, async (c) => {
    await refuseAnyBody(c);
    const { userId } = c.get('member');
    const removed = await store.deleteRulePause(c.req.valid('param').id, userId, clock.now());
    if (removed === 0) throw new Failure('pause/missing', 'Expected one of your own pauses.');
    await askForSoon(services, userId);
    return c.json({ removed }, 200);
  });
  return router;
}
