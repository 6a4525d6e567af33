// The whole app with a database, PostgREST and a pretend gym; tests call the app without a socket, with `handler.request(…)`.

import type { Clock } from '../../services/clock.ts';
import { createVerifier } from '../../services/dispatch/signature.ts';
import { createWebhookChannel } from '../../services/notify/channels/webhook.ts';
import { Secret } from '../../services/secret.ts';
import type { AdmissionPolicy } from '../../services/store/admission-store.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { type App, createApp } from '../../worker/app.ts';
import type { AppContext } from '../../worker/app-context.ts';
import { createMeters } from '../../worker/monitor/meters.ts';
import { type ServiceOptions, startService, type TestService } from '../support/service.ts';
import { quietProbes, quietSite } from '../support/surroundings.ts';
import { town } from '../support/town.ts';

export const PUBLIC_URL = 'http://puntual.test';
export const CRON_SECRET = 'cron-secret-of-a-test-with-32-bytes-or-more';
export const OLD_CRON_SECRET = 'old-cron-secret-of-a-test-with-32-bytes';
export const OPERATOR_TOKEN = 'operator-token-of-a-test-with-32-bytes';

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: each test states the shape that it expects of an answer.
  readonly json: any;
  readonly text: string;
  readonly headers: Headers;
}
export interface Ask {
  readonly body?: unknown;
  readonly rawBody?: string;
  readonly bearer?: string | undefined;
  readonly headers?: Record<string, string>;
}
export interface Login {
  readonly bearer: string;
  readonly userId: string;
  readonly fingerprint: string;
  readonly deviceToken: string;
  readonly boxes: { id: string; subdomain: string }[];
  /** The cookies as a browser would write them in the Cookie header. */
  readonly cookies: { readonly access: string; readonly refresh: string };
}
export interface TestApp extends TestService {
  readonly handler: App;
  readonly context: AppContext;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  login(email: string, more?: object): Promise<Login>;
}

/** Returns the `name=value` of the answer's Set-Cookie header for this cookie. */
export const cookieOf = (answer: Answer, name: string): string =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0] ?? '')
    .find((pair) => pair.startsWith(`${name}=`)) ?? '';

export async function ask(
  handler: App,
  method: string,
  path: string,
  { body, rawBody, bearer, headers }: Ask = {},
): Promise<Answer> {
  const sent = rawBody ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await handler.request(path, {
    method,
    headers: {
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
      ...headers,
    },
    ...(sent !== undefined && { body: sent }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, text, json: isJson ? JSON.parse(text) : undefined, headers: response.headers };
}

export async function openApp(
  clock: Clock,
  scenario: ScenarioInput = town,
  change: Partial<AppContext> = {},
  admission: AdmissionPolicy = { mode: 'open', boxes: [] },
  options: ServiceOptions = {},
): Promise<TestApp> {
  const started = await startService(scenario, clock, options);
  // Host names are not looked up on the network: each name leads to a private address.
  const webhook = createWebhookChannel({ find: async () => [{ address: '10.0.0.1', family: 4 }] });
  const service = { ...started, services: { ...started.services, admission, notifyOptions: { webhook } } };
  const { qstashCurrentSigningKey: current, qstashNextSigningKey: next } = service.cloud;
  const context: AppContext = {
    publicUrl: PUBLIC_URL,
    sameOrigins: [],
    allowedOrigins: [],
    cronSecrets: [new Secret(CRON_SECRET), new Secret(OLD_CRON_SECRET)],
    operatorToken: new Secret(OPERATOR_TOKEN),
    verifyDelivery: createVerifier({ current, next }, () => clock.now()),
    meters: createMeters(),
    probes: quietProbes(clock),
    site: quietSite,
    supabase: { url: service.cloud.supabaseUrl, publishableKey: service.cloud.publishableKey },
    trustedProxies: 1,
    jobLimitMs: 60_000,
    stopping: new AbortController().signal,
    ...change,
  };
  const handler = createApp(service.services, context);
  return {
    ...service,
    handler,
    context,
    ask: (method, path, asked) => ask(handler, method, path, asked),
    async login(email, more = {}) {
      const answer = await ask(handler, 'POST', '/api/auth/login', { body: { email, password: 'right', ...more } });
      if (answer.status !== 200) throw new Error(`Expected a login, got ${answer.status} ${answer.text}`);
      const { member, boxes, device, accessToken } = answer.json;
      return {
        bearer: accessToken,
        userId: member.id,
        fingerprint: device.fingerprint,
        deviceToken: device.token,
        boxes,
        cookies: { access: cookieOf(answer, '__Host-puntual'), refresh: cookieOf(answer, '__Host-puntual-refresh') },
      };
    },
  };
}
