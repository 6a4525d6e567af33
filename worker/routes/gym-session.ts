// The state of the member's gym sessions, background and device separately. The answers of this file's endpoints hold no token and no cookie.
import { createRoute, z } from '@hono/zod-openapi';
import { Failure } from '../../services/failures.ts';
import type { KeptLoginCard } from '../../services/store/kept-login-store.ts';
import type { SealedSession } from '../../services/store/session-store.ts';
import type { Member, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { answers, instant, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';
import { keptLoginField, keptLoginShape } from './kept-login.ts';

const queryShape = z.object({
  sessionType: z.enum(['device', 'background']).default('device'),
  fingerprint: label.optional(),
});
const stateShape = z
  .object({
    sessionType: z.enum(['background', 'device']),
    fingerprint: z.string(),
    status: z.string(),
    tokenUpdateCount: z.number(),
    lastTokenUpdateDate: instant,
    lastTokenUpdateError: z.string().nullable(),
    /** What may be shown of the member's stored e-mail and password; left out if none are stored. */
    keptLogin: keptLoginShape.optional(),
  })
  .openapi('GymSession');

export function gymSessionRoutes({ store }: Services, guards: Guards): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'get',
    path: '/api/auth/session',
    ...guards.member,
    summary: 'State of one of your gym sessions, by default of this device',
    request: { query: queryShape },
    responses: answers('How it stands', stateShape),
  });
  router.openapi(route, async (c) => {
    const { sessionType, fingerprint } = c.req.valid('query');
    const member = c.get('member');
    const row =
      sessionType === 'background' ? await readBackground(member, fingerprint) : await readDevice(member, fingerprint);
    if (!row) throw new Failure('session/missing', `Expected a ${sessionType} session: log in at the gym first.`);
    return c.json(toState(row, await store.readKeptLogin(member.userId)), 200);
  });
  return router;

  async function readBackground(
    { userId }: Member,
    fingerprint: string | undefined,
  ): Promise<SealedSession | undefined> {
    const row = await store.readBackgroundSession(userId);
    return row && (fingerprint === undefined || fingerprint === row.fingerprint) ? row : undefined;
  }
  async function readDevice(member: Member, asked: string | undefined): Promise<SealedSession | undefined> {
    const fingerprint = asked ?? member.deviceFingerprint;
    if (fingerprint === undefined) return undefined;
    return (await store.readDeviceSession(member.userId, fingerprint)) ?? undefined;
  }
}

const toState = (row: SealedSession, kept: KeptLoginCard | undefined): z.infer<typeof stateShape> => ({
  sessionType: row.sessionType,
  fingerprint: row.fingerprint,
  // A quarantined session cannot be decrypted by this service, and is not used.
  status: row.quarantinedAt ? 'quarantined' : row.status,
  tokenUpdateCount: row.tokenUpdateCount,
  lastTokenUpdateDate: row.lastSuccessAt.toISOString(),
  lastTokenUpdateError: row.lastError ?? null,
  ...keptLoginField(kept),
});
