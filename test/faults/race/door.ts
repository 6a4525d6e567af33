// The endpoint of puntual for the queue's deliveries, with its checks of signature and body; a process starts the endpoint only when it gets an order
// for it.

import { EXECUTE_PATH } from '../../../services/dispatch/qstash.ts';
import { createVerifier } from '../../../services/dispatch/signature.ts';
import { Secret } from '../../../services/secret.ts';
import { type App, createApp } from '../../../worker/app.ts';
import { createMeters } from '../../../worker/monitor/meters.ts';
import type { Services } from '../../../worker/services.ts';
import { quietProbes, quietSite } from '../../support/surroundings.ts';
import type { RaceSetting } from './orders.ts';

/** The HTTP app of each set of services: a wrong twin has services of its own, and therefore an HTTP app of its own. */
const doors = new WeakMap<Services, App>();

/** Delivers a message of the queue to the endpoint `EXECUTE_PATH`; returns the answer's status, Retry-After and body. */
export async function knock(
  services: Services,
  setting: RaceSetting,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<{ status: number; retryAfter: string | null; text: string }> {
  const app = doors.get(services) ?? open(services, setting);
  doors.set(services, app);
  const response = await app.request(EXECUTE_PATH, {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json', ...headers },
  });
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
}

function open(services: Services, { queueKeys, publicUrl, supabaseUrl, publishableKey }: RaceSetting): App {
  const keys = { current: new Secret(queueKeys.current), next: new Secret(queueKeys.next) };
  return createApp(services, {
    publicUrl,
    sameOrigins: [],
    allowedOrigins: [],
    cronSecrets: [new Secret('cron-secret-of-the-race-harness-32-bytes')],
    operatorToken: new Secret('operator-token-of-the-race-harness-32-b'),
    verifyDelivery: createVerifier(keys, () => services.clock.now()),
    meters: createMeters(),
    probes: quietProbes(services.clock),
    site: quietSite,
    supabase: { url: supabaseUrl, publishableKey },
    trustedProxies: 1,
    jobLimitMs: 60_000,
    stopping: new AbortController().signal,
  });
}
