// A process of its own that reads the watched days when its parent says so, on the parent's database and at the parent's gym. The parent's first
// message holds the addresses and secrets of the database and the gym. Each later message is an order to read, and sets this process's clock to the
// instant `nowMs`.
import { join } from 'node:path';
import { systemClock } from '../../../services/clock.ts';
import { asFailure } from '../../../services/failures.ts';
import type { RaceServices } from '../../../services/race/race-context.ts';
import { createFreshener } from '../../../services/renewal/freshen.ts';
import { lookOnce } from '../../watch/look-once.ts';
import type { PartsSetting } from '../staging/orders.ts';
import { openParts } from '../staging/service-parts.ts';

export interface LookOrder {
  readonly id: number;
  readonly nowMs: number;
}
export type LookReply =
  | { readonly state: 'ready' }
  /** Reports that this process has claimed the due reads of the watched days, so that no other process makes these reads. */
  | { readonly id: number; readonly state: 'begun' }
  | { readonly id: number; readonly state: 'done'; readonly raced: number }
  | { readonly id: number; readonly state: 'failed'; readonly said: string };

const tell = (reply: LookReply): void => void process.send?.(reply);
let now = new Date(0);

async function assemble(setting: PartsSetting): Promise<RaceServices> {
  const parts = await openParts(setting, { ...systemClock, now: () => now }, join(setting.folder, 'second'));
  return { ...parts, freshener: createFreshener(parts) };
}

process.once('message', (setting: PartsSetting) => {
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
