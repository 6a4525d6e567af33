// One service process of many: it gets one message with the addresses, keys and time for its work, does one refresh run and reports the result.
import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { refreshBackgroundSessions } from '../../jobs/refresh-background-sessions.ts';
import { systemClock } from '../../services/clock.ts';
import type { AimharderAddresses } from '../../services/gym/aimharder/hosts.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp } from '../../services/http.ts';
import { noSpool } from '../../services/renewal/spool.ts';
import { createSeal } from '../../services/seal/seal.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';

export interface RefreshOrder {
  readonly gym: AimharderAddresses;
  readonly supabaseUrl: string;
  readonly secretKey: string;
  readonly sealKeys: string;
  readonly nowMs: number;
}

process.on('message', async (order: RefreshOrder) => {
  const clock = { ...systemClock, now: () => new Date(order.nowMs) };
  const platform = platforms.aimharder(order.gym);
  const services = {
    clock,
    logger: pino({ level: 'silent' }),
    store: createStore({ supabaseUrl: order.supabaseUrl, secretKey: new Secret(order.secretKey) }),
    gym: platform.gym({ http: createHttp({ allow: [platform.owns] }), clock }),
    seal: createSeal(new Secret(order.sealKeys)),
    spool: noSpool(),
  };
  const report = await refreshBackgroundSessions(services, { runId: randomUUID() }).catch((error) => ({
    updated: 0,
    failed: 0,
    code: error.code,
  }));
  process.send?.(report);
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
