// Weekly rules: create, change, list, delete, exceptions for one day, and a preview of the coming weeks. pauses.ts has the pauses.
import { createRoute, z } from '@hono/zod-openapi';
import { askForSoon, keepRule } from '../../jobs/keep-rule.ts';
import { previewRule } from '../../jobs/preview-rule.ts';
import { Failure } from '../../services/failures.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { once } from '../once.ts';
import { previewShape, toPreview } from '../preview-shape.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, creation, day, id, jsonBody, newRouter } from '../router.ts';
import {
  changedRuleShape,
  exceptionWishShape,
  keptRuleShape,
  removedRuleShape,
  ruleShape,
  ruleWishShape,
  toRule,
} from '../rule-shape.ts';
import type { Services } from '../services.ts';

const PATH = '/api/rules';
const ONE = `${PATH}/{id}`;
const MAX_WEEKS = 12;
const params = z.object({ id });
const weeks = z.coerce.number().int().min(1).max(MAX_WEEKS).default(8);

/** The endpoints of `/api/rules` and the paths below it. */
export function ruleRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const list = createRoute({
    method: 'get',
    path: PATH,
    ...guards.member,
    summary: 'Your wishes that repeat, with their exceptions',
    responses: answers('By weekday and hour', z.object({ rules: z.array(ruleShape) })),
  });
  router.openapi(list, async (c) => {
    await refuseAnyBody(c);
    return c.json({ rules: (await store.readRules(c.get('member').userId)).map(toRule) }, 200);
  });

  const create = creation(guards, PATH, {
    summary: 'Ask for a class every week',
    body: ruleWishShape,
    description: 'Written down; its prebookings follow within a minute or a few',
    answer: keptRuleShape,
  });
  router.openapi(create, async (c) => {
    const wish = c.req.valid('json');
    const { userId } = c.get('member');
    const work = async (ruleId: string) => toKept(await keepRule(services, { id: ruleId, userId, isNew: true, wish }));
    return c.json(await once(c, { services, request: wish, status: 201, work }), 201);
  });

  const change = createRoute({
    method: 'put',
    path: ONE,
    ...guards.member,
    summary: 'Change a rule: what waits follows, what is claimed, armed or over stays',
    request: { params, ...jsonBody(ruleWishShape) },
    responses: answers('As it then stands', keptRuleShape),
  });
  router.openapi(change, async (c) => {
    const { id: ruleId } = c.req.valid('param');
    const { userId } = c.get('member');
    const kept = await keepRule(services, { id: ruleId, userId, isNew: false, wish: c.req.valid('json') });
    return c.json(toKept(kept), 200);
  });

  const remove = createRoute({
    method: 'delete',
    path: ONE,
    ...guards.member,
    summary: 'Delete a rule and withdraw its prebookings that nobody has claimed',
    request: { params },
    responses: answers('What became of its prebookings', removedRuleShape),
  });
  router.openapi(remove, async (c) => {
    await refuseAnyBody(c);
    const followed = await store.deleteRule(c.req.valid('param').id, c.get('member').userId, clock.now());
    if (!followed) throw missing();
    return c.json(followed, 200);
  });

  const preview = createRoute({
    method: 'get',
    path: `${ONE}/preview`,
    ...guards.member,
    summary: 'The coming weeks of a rule, and what the gym shows of them now',
    request: { params, query: z.object({ weeks }) },
    responses: answers('Day by day, in the box’s zone', previewShape),
  });
  router.openapi(preview, async (c) => {
    const { userId, deviceFingerprint } = c.get('member');
    const asked = { ruleId: c.req.valid('param').id, weeks: c.req.valid('query').weeks };
    return c.json(toPreview(await previewRule(services, { userId, deviceFingerprint, ...asked })), 200);
  });

  const except = createRoute({
    method: 'put',
    path: `${ONE}/exceptions`,
    ...guards.member,
    summary: 'Leave one day of a rule out, or ask for something else on it',
    request: { params, ...jsonBody(exceptionWishShape) },
    responses: answers('The rule as it then stands', changedRuleShape),
  });
  router.openapi(except, async (c) => {
    const { day: ofDay, skip, ...fields } = c.req.valid('json');
    return c.json(
      await keepException(c.get('member').userId, c.req.valid('param').id, ofDay, skip ?? false, fields),
      200,
    );
  });

  const restore = createRoute({
    method: 'delete',
    path: `${ONE}/exceptions`,
    ...guards.member,
    summary: 'Take the exception of a day away',
    request: { params, ...jsonBody(z.strictObject({ day }).openapi('RuleExceptionDay')) },
    responses: answers('The rule as it then stands', changedRuleShape),
  });
  router.openapi(restore, async (c) => {
    const { day: ofDay } = c.req.valid('json');
    return c.json(await keepException(c.get('member').userId, c.req.valid('param').id, ofDay, undefined, {}), 200);
  });

  async function keepException(
    userId: string,
    ruleId: string,
    ofDay: string,
    skip: boolean | undefined,
    fields: Parameters<typeof store.keepRuleException>[0]['fields'],
  ) {
    const kept = await store.keepRuleException({ id: ruleId, userId, day: ofDay, skip, fields, now: clock.now() });
    if (!kept) throw missing();
    await askForSoon(services, userId);
    return { ...kept, rule: toRule(kept.rule) };
  }
  return router;
}

const missing = (): Failure => new Failure('rule/missing', 'Expected one of your own rules.');

const toKept = ({ rule, withdrawn, kept, warnings, readiness }: Awaited<ReturnType<typeof keepRule>>) => ({
  rule: toRule(rule),
  ...{ withdrawn, kept, warnings: [...warnings], readiness },
});
