// The boxes, for the operator: reading the state of each box, and setting its time zone and when it opens its classes.
import { createRoute, z } from '@hono/zod-openapi';
import { asFailure, Failure } from '../../services/failures.ts';
import { checkTimeZone, openingRuleSchema } from '../../services/prebooking/opening-rule.ts';
import { isAssumed } from '../../services/prebooking/possible-openings.ts';
import type { Box, ListedBox } from '../../services/store/box-store.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { answers, id, jsonBody, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

/** The largest number of minutes before a class that can be set as the end of free cancelling: a week. */
const MAX_FREE_CANCEL_MINUTES = 10_080;

const SOURCES = { unknown: 'none', announced: 'learned', observed: 'learned', declared: 'declared' } as const;
const boxShape = z
  .object({
    id: z.string(),
    subdomain: z.string(),
    name: z.string(),
    timeZone: z.string(),
    zoneAssumed: z.boolean(),
    opening: z.object({ rule: z.unknown(), source: z.enum(['declared', 'learned', 'none']) }),
    /**
     * Until how many minutes before a class a place can be given back without losing a booking of the member's plan at the gym; null if the operator
     * declared none.
     */
    freeCancelMinutes: z.number().nullable(),
  })
  .openapi('OperatorBox');
const listedShape = boxShape.extend({ members: z.number() }).openapi('ListedBox');
const bodyShape = z
  .strictObject({
    timeZone: z.string().max(100).optional(),
    openingRule: openingRuleSchema.optional(),
    freeCancelMinutes: z.number().int().min(0).max(MAX_FREE_CANCEL_MINUTES).nullable().optional(),
  })
  .refine(
    (body) => Object.values(body).some((value) => value !== undefined),
    'expected timeZone, openingRule or freeCancelMinutes',
  )
  .openapi('BoxDeclaration');

export function operatorBoxRoutes({ store }: Services, guards: Guards): Router {
  const router = newRouter();
  const list = createRoute({
    method: 'get',
    path: '/api/operator/boxes',
    ...guards.operatorBearer,
    summary: 'Boxes, with zone, opening rule and members',
    responses: answers('All of them', z.object({ boxes: z.array(listedShape) })),
  });
  router.openapi(list, async (c) => {
    const [rows, free] = await Promise.all([store.listBoxes(), store.readFreeCancels()]);
    return c.json({ boxes: rows.map((row: ListedBox) => ({ ...toBox(row, free), members: row.members })) }, 200);
  });

  const declare = createRoute({
    method: 'put',
    path: '/api/operator/boxes/{id}',
    ...guards.operatorBearer,
    summary: 'Declare a box’s zone, when it opens its classes, until when cancelling is free; what is left out stays',
    request: { params: z.object({ id }), ...jsonBody(bodyShape) },
    responses: answers('The box as it now stands', z.object({ box: boxShape })),
  });
  router.openapi(declare, async (c) => {
    const { id: boxId } = c.req.valid('param');
    const { timeZone, openingRule: rule, freeCancelMinutes } = c.req.valid('json');
    const said = {
      ...(rule && { rule }),
      ...(timeZone !== undefined && { timeZone: checkTimeZone(timeZone) }),
    };
    const changed = await store.declareOpeningRule({ boxId, ...said, source: 'declared' }).catch(refuseZone);
    if (changed > 0 && freeCancelMinutes !== undefined) await store.declareFreeCancel(boxId, freeCancelMinutes);
    const box = changed === 0 ? null : await store.readBox(boxId);
    if (!box) throw new Failure('box/missing', 'Expected the id of a box.');
    return c.json({ box: toBox(box, await store.readFreeCancels()) }, 200);
  });
  return router;
}

/** Turns the database's error for a time zone that only Node knows into request/invalid. */
function refuseZone(error: unknown): never {
  const { code, details } = asFailure(error);
  if (code !== 'database/refused' || details['sqlState'] !== '22023') throw error;
  throw new Failure('request/invalid', 'Expected timeZone to be an IANA zone such as Europe/Madrid.', { cause: error });
}

const toBox = (box: Box | ListedBox, free: Readonly<Record<string, number>>): z.infer<typeof boxShape> => ({
  id: box.id,
  subdomain: box.at.slug,
  name: box.name,
  timeZone: box.timeZone,
  zoneAssumed: isAssumed(box),
  opening: { rule: box.openingRule ?? null, source: SOURCES[box.openingRuleSource] },
  freeCancelMinutes: free[box.id] ?? null,
});
