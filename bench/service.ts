// puntual's own parts for a bench, assembled as worker/assemble.ts does: real store, real gym client, real sealing and spool. There is no queue: the
// bench acts as the queue.
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

/** Addresses and secrets as plain text, so that they can be sent to a child process. */
export interface ServiceAddress {
  readonly supabaseUrl: string;
  readonly secretKey: string;
  readonly sealKeys: string;
  readonly loginUrl: string;
  readonly mainUrl: string;
  readonly boxUrlTemplate: string;
  /** The folder in which the spool is made. */
  readonly folder: string;
  /** The gym's certificate, if the gym made its certificate itself. */
  readonly ca?: string | undefined;
}

/** How many services this process has opened; each service gets a spool file of its own. */
let opened = 0;

/**
 * @param clock The service's clock; a bench that simulates hours gives a clock that the bench can move.
 * @param connections is how many connections to the gym may be open, for a bench that needs more than the service's default.
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
