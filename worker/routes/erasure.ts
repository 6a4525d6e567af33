// The endpoints that export and erase all of a member's data. For an export or an erasure the member must have proved their identity shortly before;
// admission is not needed.
import { createRoute, z } from '@hono/zod-openapi';
import { eraseAccount } from '../../jobs/erase-account.ts';
import { exportText } from '../../services/account/export.ts';
import { keepOwnPace } from '../../services/account/pace.ts';
import { asFailure, Failure } from '../../services/failures.ts';
import { expiredCookies } from '../../services/identity/cookies.ts';
import type { LiveSessions } from '../../services/identity/live-session.ts';
import { exportRow } from '../../services/store/profile-store.ts';
import type { Member, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, failureResponse, instant, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const PROOF_MS = 5 * 60_000;

const records = z.array(z.record(z.string(), z.unknown()));
const exportShape = z
  .object({ exportedAt: instant, ...exportRow.shape, watches: records, rules: records, pauses: records })
  .openapi('Export');
const erasedShape = z.object({ state: z.literal('erased') }).openapi('Erased');
const erasingShape = z
  .object({ state: z.literal('erasing'), live: z.number() })
  .openapi('Erasing', { example: { state: 'erasing', live: 1 } });

/** The endpoints GET `/api/me/export` and DELETE `/api/me`. */
export function erasureRoutes(services: Services, guards: Guards, live: LiveSessions): Router {
  const router = newRouter();
  const { store, clock } = services;
  const requireProof = ({ provedAt }: Member): void => {
    if (provedAt && clock.now().getTime() - provedAt.getTime() < PROOF_MS) return;
    throw new Failure(
      'auth/proof-needed',
      'Expected a sign-in of the last 5 minutes: sign in again, then repeat this.',
    );
  };
  const take = createRoute({
    method: 'get',
    path: '/api/me/export',
    ...guards.guest,
    summary: 'Everything of yours as JSON; needs a sign-in of the last 5 minutes',
    responses: answers('Everything, without what opens a door', exportShape),
  });
  router.openapi(take, async (c) => {
    const member = c.get('member');
    requireProof(member);
    const { userId } = member;
    await keepOwnPace(services, 'export', userId);
    const pieces = exportText(store, userId, clock.now());
    // The first database reads end before the answer begins: if one fails, the answer is an error and not a stream that breaks off.
    const first = await pieces.next();
    const body = streamOf(first.value ?? '', pieces, (error) =>
      c.get('logger').error({ userId, code: asFailure(error).code, err: error }, 'account: an export broke off'),
    );
    c.header('Content-Disposition', 'attachment; filename="puntual-export.json"');
    c.header('Content-Type', 'application/json');
    // The router has no type for a streamed answer; a test compares the answer with `exportShape`.
    return c.body(body, 200) as never;
  });

  const erase = createRoute({
    method: 'delete',
    path: '/api/me',
    ...guards.leaver,
    summary: 'Erase everything of yours here; needs a sign-in of the last 5 minutes. Bookings at the gym stay',
    responses: {
      200: { description: 'Erased', content: { 'application/json': { schema: erasedShape } } },
      202: {
        description: 'Begun: goes on by itself once what is armed has come to its end and the last notice is told',
        content: { 'application/json': { schema: erasingShape } },
      },
      default: failureResponse,
    },
  });
  router.openapi(erase, async (c) => {
    await refuseAnyBody(c);
    const member = c.get('member');
    requireProof(member);
    const reached = await eraseAccount(services, { userId: member.userId });
    if (reached.state === 'erasing') return c.json(reached, 202);
    live.forget();
    for (const cookie of expiredCookies()) c.header('Set-Cookie', cookie, { append: true });
    return c.json(reached, 200);
  });
  return router;
}

/**
 * A stream of the pieces of a text. A piece is made only when the caller has taken the one before, so that a slow caller costs no memory. If a piece
 * fails, the stream breaks off, and the caller sees that the answer is not whole.
 */
function streamOf(first: string, pieces: AsyncGenerator<string>, onFailure: (error: unknown) => void): ReadableStream {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start: (out) => out.enqueue(encoder.encode(first)),
    async pull(out) {
      try {
        const { done, value } = await pieces.next();
        if (done) out.close();
        else out.enqueue(encoder.encode(value));
      } catch (error) {
        onFailure(error);
        out.error(error);
      }
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
