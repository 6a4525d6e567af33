// Invitations: the operator makes an invitation, its link opens a page that explains it, and a sign-in uses it up. Opening the invitation's page
// changes nothing, because mail scanners open links.
import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { html } from 'hono/html';
import { Failure } from '../../services/failures.ts';
import { invitationHash, newInvitation } from '../../services/identity/admission.ts';
import { Secret } from '../../services/secret.ts';
import type { Invitation } from '../../services/store/admission-store.ts';
import type { AppContext, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { documentOf, PAGE_POLICY } from '../monitor/page.ts';
import { answers, created, id, instant, jsonBody, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const DAY_MS = 24 * 60 * 60_000;
const MAX_DAYS = 90;
const bodyShape = z
  .strictObject({ days: z.number().int().min(1).max(MAX_DAYS).default(7), note: label.optional() })
  .openapi('NewInvitation');
const madeShape = z.object({ id: z.string(), link: z.string(), expiresAt: instant });
const cardShape = z
  .object({
    id: z.string(),
    note: z.string().nullable(),
    state: z.enum(['open', 'used', 'revoked', 'expired']),
    createdAt: instant,
    expiresAt: instant,
    usedBy: z.string().nullable(),
  })
  .openapi('Invitation');

export function invitationRoutes(services: Services, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  const { store, clock, admission } = services;
  const make = createRoute({
    method: 'post',
    path: '/api/operator/invitations',
    ...guards.operatorBearer,
    summary: 'An invitation for one newcomer; its link is shown this once',
    request: jsonBody(bodyShape),
    responses: created('Made', madeShape),
  });
  router.openapi(make, async (c) => {
    if (admission.mode === 'closed')
      throw new Failure('invitation/not-honoured', 'ADMISSION is closed: no invitation is accepted.');
    const { days, note } = c.req.valid('json');
    const { secret, hash } = newInvitation();
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + days * DAY_MS);
    const made = { id: randomUUID(), secretHash: hash, note, expiresAt, now };
    if ((await store.createInvitation(made)) !== 1)
      throw new Failure('database/refused', 'The invitation was not written down.');
    const link = `${context.publicUrl}/invitation/${secret.reveal()}`;
    return c.json({ id: made.id, link, expiresAt: expiresAt.toISOString() }, 201);
  });

  const list = createRoute({
    method: 'get',
    path: '/api/operator/invitations',
    ...guards.operatorBearer,
    summary: 'The latest invitations, without their links',
    responses: answers('Newest first', z.object({ invitations: z.array(cardShape) })),
  });
  router.openapi(list, async (c) =>
    c.json({ invitations: (await store.listInvitations(clock.now())).map(toCard) }, 200),
  );

  const revoke = createRoute({
    method: 'delete',
    path: '/api/operator/invitations/{id}',
    ...guards.operatorBearer,
    summary: 'Withdraw an invitation that nobody has used',
    request: { params: z.object({ id }) },
    responses: answers('Withdrawn', z.object({ id: z.string() })),
  });
  router.openapi(revoke, async (c) => {
    const { id: invitationId } = c.req.valid('param');
    if ((await store.revokeInvitation(invitationId, clock.now())) === 0)
      throw new Failure('invitation/missing', 'Expected an invitation that is neither used nor withdrawn.');
    return c.json({ id: invitationId }, 200);
  });

  const look = createRoute({
    method: 'get',
    path: '/invitation/{invitation}',
    ...guards.open,
    summary: 'What an invitation’s link shows; nothing is used up by looking',
    request: { params: z.object({ invitation: label }) },
    responses: { 200: { description: 'A page' }, 404: { description: 'A page: it is no longer in force' } },
  });
  router.openapi(look, async (c) => {
    const secret = new Secret(c.req.valid('param').invitation);
    const found = await store.readInvitation(invitationHash(secret), clock.now());
    c.header('Content-Security-Policy', PAGE_POLICY);
    if (found?.state !== 'open') return c.html(await documentOf('puntual', OVER), 404);
    return c.html(await documentOf('puntual', welcome(secret, found.expiresAt)), 200);
  });
  return router;
}

const OVER = html`<h1>puntual</h1><p>This invitation was used, withdrawn or has run out. Ask the operator for another one.</p>
<p lang="es">Esta invitación ya se ha usado, se ha retirado o ha caducado. Pide otra a quien te la dio.</p>`;

/** The page with the sign-in link; the secret stands in the link's fragment, which browsers do not send to a server. */
const welcome = (secret: Secret, expiresAt: Date) => html`<h1>puntual</h1>
<p>You are invited. <a href="/login#invitation=${secret.reveal()}">Sign in with your gym account</a> before ${expiresAt.toISOString().slice(0, 10)}.</p>
<p lang="es">Te han invitado. <a href="/login#invitation=${secret.reveal()}">Entra con tu cuenta del gimnasio</a> antes del ${expiresAt.toISOString().slice(0, 10)}.</p>
<p>For an app of another address: <code>${secret.reveal()}</code> (<code>invitation</code> of POST /api/auth/login).</p>`;

const toCard = ({ note, usedBy, createdAt, expiresAt, id: invitationId, state }: Invitation) => ({
  id: invitationId,
  note: note ?? null,
  state,
  createdAt: createdAt.toISOString(),
  expiresAt: expiresAt.toISOString(),
  usedBy: usedBy ?? null,
});
