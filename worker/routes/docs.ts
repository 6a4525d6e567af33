// The OpenAPI contract as JSON and as a page, made from the same schemas that check requests.
import { createRoute, type OpenAPIHono } from '@hono/zod-openapi';
import type { AppContext, AppEnv, Router } from '../app-context.ts';
import { furnish } from '../contract.ts';
import { renderDocs } from '../docs/docs-page.ts';
import type { Guards } from '../guards.ts';
import { PAGE_POLICY } from '../monitor/page.ts';
import { newRouter } from '../router.ts';
import { VERSION } from '../version.ts';

const SCHEMES = {
  cron: { type: 'http', scheme: 'bearer', description: 'CRON_SECRET' },
  operator: { type: 'http', scheme: 'bearer', description: 'OPERATOR_TOKEN, or as the password of HTTP Basic' },
  member: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token' },
  session: { type: 'apiKey', in: 'cookie', name: '__Host-puntual' },
  refresh: { type: 'apiKey', in: 'cookie', name: '__Host-puntual-refresh' },
  queue: { type: 'apiKey', in: 'header', name: 'Upstash-Signature' },
} as const;

/** The endpoints `/openapi.json` and `/docs`. @param app the whole app, after all other routes were mounted on it. */
export function docsRoutes(app: OpenAPIHono<AppEnv>, context: AppContext, guards: Guards): Router {
  const router = newRouter();
  for (const [name, scheme] of Object.entries(SCHEMES))
    app.openAPIRegistry.registerComponent('securitySchemes', name, scheme);
  const write = () =>
    furnish(
      app.getOpenAPI31Document({
        openapi: '3.1.0',
        info: {
          title: 'puntual',
          version: VERSION,
          license: { name: 'MIT', url: 'https://opensource.org/license/mit' },
          description:
            'Keeps gym logins alive and books the class at the instant it opens. Pages of other origins may use the members’ endpoints ' +
            'once the operator has listed them (ALLOWED_ORIGINS): with a Bearer, or by cookie within the same site.',
        },
        servers: [{ url: context.publicUrl }],
      }),
    );
  // The contract is written once, at the first request for it, because by then all routes are mounted.
  let written: ReturnType<typeof write> | undefined;
  const contract = () => (written ??= write());
  const openapi = createRoute({
    method: 'get',
    path: '/openapi.json',
    ...guards.open,
    summary: 'The contract, for machines',
    responses: { 200: { description: 'OpenAPI 3.1' } },
  });
  router.openapi(openapi, (c) => c.body(JSON.stringify(contract()), 200, { 'Content-Type': 'application/json' }));

  const docs = createRoute({
    method: 'get',
    path: '/docs',
    ...guards.open,
    summary: 'The contract, for people',
    responses: { 200: { description: 'A page' } },
  });
  router.openapi(docs, async (c) => {
    c.header('Content-Security-Policy', PAGE_POLICY);
    return c.html(await renderDocs(contract(), context.publicUrl));
  });
  return router;
}
