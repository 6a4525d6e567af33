// The real parts of a service process: store, gym, seal and spool at the addresses that the process was told, with a log in its folder.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../services/clock.ts';
import { platforms } from '../../../services/gym/platforms.ts';
import { createHttp } from '../../../services/http.ts';
import { createLogger } from '../../../services/log.ts';
import { openSpool } from '../../../services/renewal/spool.ts';
import { createSeal } from '../../../services/seal/seal.ts';
import { Secret } from '../../../services/secret.ts';
import { createStore } from '../../../services/store/store.ts';
import type { PartsSetting } from './orders.ts';

/** @param spoolFolder the folder of the spool, which is created if it is missing. */
export async function openParts(setting: PartsSetting, clock: Clock, spoolFolder: string) {
  const logFile = openSync(join(setting.folder, 'service.log'), 'a');
  const logger = createLogger('info', { write: (line) => writeSync(logFile, line) });
  const platform = platforms.aimharder(setting.gymUrls);
  return {
    clock,
    logger,
    store: createStore({ supabaseUrl: setting.supabaseUrl, secretKey: new Secret(setting.secretKey) }),
    gym: platform.gym({ http: createHttp({ allow: [platform.owns] }), clock }),
    seal: createSeal(new Secret(setting.keyring)),
    spool: await openSpool(spoolFolder, `w${setting.slot}`, logger),
  };
}
