// The kept login (a member's gym e-mail and password, stored sealed): its terms, its field in answers, and its deletion. The field `keptLogin` tells
// when the kept login was stored and last used, and never holds the e-mail or the password.
import { createRoute, z } from '@hono/zod-openapi';
import { Failure } from '../../services/failures.ts';
import type { KeptLoginCard } from '../../services/store/kept-login-store.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { refuseAnyBody } from '../request.ts';
import { answers, instant, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

/** The terms that a page shows where it asks a member to store the gym login; both languages are part of the API. */
export const CONSENT = {
  en: 'Keep my gym password here, encrypted under a key of my own, and sign me in again when the gym has ended my login: at most once an hour and twice a day. It is deleted when the gym refuses it or locks my account, when I delete it, and when I sign out everywhere.',
  es: 'Guardar aquí mi contraseña del gimnasio, cifrada con una clave propia, y volver a iniciar sesión cuando el gimnasio cierre mi acceso: como mucho una vez por hora y dos al día. Se borra si el gimnasio la rechaza o bloquea mi cuenta, cuando la borre yo o cuando cierre sesión en todas partes.',
} as const;

export const keptLoginShape = z
  .object({ keptAt: instant, lastUsedAt: instant.nullable(), words: z.object({ en: z.string(), es: z.string() }) })
  .openapi('KeptLogin');

/** The field `keptLogin` of an answer; left out if the member has no kept login. */
export const keptLoginField = (card: KeptLoginCard | undefined): { keptLogin?: z.infer<typeof keptLoginShape> } =>
  card
    ? {
        keptLogin: {
          keptAt: card.keptAt.toISOString(),
          lastUsedAt: card.lastUsedAt?.toISOString() ?? null,
          words: { ...CONSENT },
        },
      }
    : {};

export function keptLoginRoutes({ store, clock }: Services, guards: Guards): Router {
  const router = newRouter();
  const route = createRoute({
    method: 'delete',
    path: '/api/auth/session/kept-login',
    ...guards.guest,
    summary: 'Forget your kept login at the gym',
    responses: answers('Forgotten', z.object({ deleted: z.number() })),
  });
  router.openapi(route, async (c) => {
    await refuseAnyBody(c);
    const deleted = await store.dropKeptLogin(c.get('member').userId, 'asked', clock.now());
    if (deleted === 0) throw new Failure('login/none-kept', 'Expected a kept login: none is kept.');
    return c.json({ deleted }, 200);
  });
  return router;
}
