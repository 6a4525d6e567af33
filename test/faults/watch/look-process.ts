// A process of its own that looks at watched days when its parent says so, on the parent's database and at the parent's gym. It is told once where
// they are, and with each look what time it is.
import { pino } from 'pino';
import { systemClock } from '../../../services/clock.ts';
import { asFailure } from '../../../services/failures.ts';
import type { AimharderAddresses } from '../../../services/gym/aimharder/hosts.ts';
import { platforms } from '../../../services/gym/platforms.ts';
import { createHttp } from '../../../services/http.ts';
import type { RaceServices } from '../../../services/race/race-context.ts';
import { createFreshener } from '../../../services/renewal/freshen.ts';
import { openSpool } from '../../../services/renewal/spool.ts';
import { createSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import { createStore } from '../../../services/store/store.ts';
import { lookOnce } from '../../watch/look-once.ts';

/** Where everything is. */
export interface LookSetting {
  readonly gym: AimharderAddresses;
  readonly supabaseUrl: string;
  readonly secretKey: string;
  readonly sealKeys: string;
  readonly folder: string;
}
export interface LookOrder {
  readonly id: number;
  readonly nowMs: number;
}
export type LookReply =
  | { readonly state: 'ready' }
  /** The look has its days in hand. */
  | { readonly id: number; readonly state: 'begun' }
  | { readonly id: number; readonly state: 'done'; readonly raced: number }
  | { readonly id: number; readonly state: 'failed'; readonly said: string };

const tell = (reply: LookReply): void => void process.send?.(reply);
let now = new Date(0);

async function assemble(setting: LookSetting): Promise<RaceServices> {
  const clock = { ...systemClock, now: () => now };
  const logger = pino({ level: 'silent' });
  const platform = platforms.aimharder(setting.gym);
  const parts = {
    clock,
    logger,
    store: createStore({ supabaseUrl: setting.supabaseUrl, secretKey: new Secret(setting.secretKey) }),
    gym: platform.gym({ http: createHttp({ allow: [platform.owns] }), clock }),
    seal: createSeal(new Secret(setting.sealKeys)),
    spool: await openSpool(setting.folder, 'second', logger),
  };
  return { ...parts, freshener: createFreshener(parts) };
}

process.once('message', (setting: LookSetting) => {
  const services = assemble(setting);
  process.on('message', ({ id, nowMs }: LookOrder) => {
    now = new Date(nowMs);
    services
      .then((ready) => lookOnce(ready, () => tell({ id, state: 'begun' })))
      .then(
        (raced) => tell({ id, state: 'done', raced }),
        (error: unknown) => tell({ id, state: 'failed', said: `${asFailure(error).code} ${String(error)}` }),
      );
  });
  tell({ state: 'ready' });
});
process.on('disconnect', () => process.exit(0));
