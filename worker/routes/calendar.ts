// A member's calendar at a private address: it is created, replaced and deleted, and any program that has the address can read it.
import { createHash, randomBytes } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { icsOf } from '../../services/calendar/ics.ts';
import { Failure } from '../../services/failures.ts';
import { languageOf } from '../../services/notify/tell-member.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

export function calendarRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const { store, clock } = services;
  const make = createRoute({
    method: 'post',
    path: '/api/calendar',
    ...guards.member,
    summary: 'A private address of your calendar, shown this once; the one before is no more',
    responses: answers('The address', z.object({ url: z.string() })),
  });
  router.openapi(make, async (c) => {
    await refuseAnyBody(c);
    const member = c.get('member');
    const secret = randomBytes(24).toString('base64url');
    // A member that has only signed in by Supabase has no account row yet, so this write creates that row.
    await store.writeAccount(member, {}, clock.now());
    await store.keepCalendar(member.userId, hashOf(secret), clock.now());
    return c.json({ url: `${context.publicUrl}/calendar/${secret}.ics` }, 200);
  });

  const remove = createRoute({
    method: 'delete',
    path: '/api/calendar',
    ...guards.member,
    summary: 'The address is no more',
    responses: answers('How many were removed', z.object({ removed: z.number() })),
  });
  router.openapi(remove, async (c) => {
    await refuseAnyBody(c);
    return c.json({ removed: await store.removeCalendar(c.get('member').userId) }, 200);
  });

  const read = createRoute({
    method: 'get',
    path: '/calendar/{secret}',
    ...guards.open,
    summary: 'The calendar as iCalendar: thirty days back, sixty ahead',
    request: { params: z.object({ secret: label }) },
    responses: { 200: { description: 'text/calendar' }, 304: { description: 'As you have it' } },
  });
  router.openapi(read, async (c) => {
    const secret = c.req.valid('param').secret.replace(/\.ics$/, '');
    const found = await store.readCalendar(hashOf(secret), clock.now());
    if (!found) throw new Failure('route/missing', 'There is no such calendar.');
    const { body, etag } = icsOf(found, languageOf(found));
    c.header('ETag', etag);
    if (c.req.header('if-none-match') === etag) return c.body(null, 304);
    return c.body(body, 200, { 'Content-Type': 'text/calendar; charset=utf-8' });
  });
  return router;
}
