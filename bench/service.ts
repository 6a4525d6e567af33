// puntual's own parts for a bench, put together as worker/assemble.ts does: real store, real gym client, real sealing and spool.
// The queue is left out: a bench plays it.
import { join } from 'node:path';
import { pino } from 'pino';
import { type Clock, systemClock } from '../services/clock.ts';
import { platforms } from '../services/gym/platforms.ts';
import { createHttp } from '../services/http.ts';
import { createFreshener } from '../services/renewal/freshen.ts';
import { openSpool } from '../services/renewal/spool.ts';
import { createSeal } from '../services/seal/seal.ts';
import { Secret } from '../services/secret.ts';
import { createStore } from '../services/store/store.ts';

/** Plain text, so that it may cross to a child process. */
export interface ServiceAddress {
  readonly supabaseUrl: string;
  readonly secretKey: string;
  readonly sealKeys: string;
  readonly loginUrl: string;
  readonly mainUrl: string;
  readonly boxUrlTemplate: string;
  /** The spool's place. */
  readonly folder: string;
  /** The gym's certificate, if it has one of its own. */
  readonly ca?: string | undefined;
}

/** Each of a process has a spool file of its own. */
let opened = 0;

/**
 * @param clock for a bench that lets hours pass.
 * @param connections to the gym, where more calls than the service's own few shall be out at once.
 */
export async function openService(address: ServiceAddress, clock: Clock = systemClock, connections?: number) {
  opened += 1;
  const logger = pino({ level: 'error' }, process.stderr);
  const platform = platforms.aimharder(address);
  const http = createHttp({ allow: [platform.owns], ...(connections !== undefined && { connections }) });
  const parts = {
    clock,
    logger,
    store: createStore({ supabaseUrl: address.supabaseUrl, secretKey: new Secret(address.secretKey) }),
    gym: platform.gym({ http, clock }),
    seal: createSeal(new Secret(address.sealKeys)),
    spool: await openSpool(join(address.folder, 'spool'), `bench${opened}`, logger),
  };
  const services = {
    ...parts,
    freshener: createFreshener(parts),
    ...(address.ca === undefined ? {} : { senderOptions: { tls: { ca: address.ca } } }),
  };
  const close = async () => {
    await parts.spool.close();
    await http.close();
  };
  return { services, close };
}
