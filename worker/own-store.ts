// Opens the store for a command that may run beside the service, on the configured database or on the embedded database, which is started if it is
// not running.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Failure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { createSeal, type Seal } from '../services/seal/seal.ts';
import { Secret } from '../services/secret.ts';
import { createStore, type Store } from '../services/store/store.ts';
import type { Config } from './config.ts';

/** The open store and seal; `stop` stops the embedded stack if `openOwnStore` started it. */
export interface Opened {
  readonly store: Store;
  readonly seal: Seal;
  stop(): Promise<void>;
}

const runningStack = z.object({ supabaseUrl: z.string(), secretKey: z.string() });

/**
 * Makes the seal (the encryption of tokens) and opens the store, on the configured database or else on the embedded database. Throws config/invalid,
 * stack/….
 */
export async function openOwnStore(config: Config): Promise<Opened> {
  const stay = async () => undefined;
  if (config.supabase) {
    if (!config.sealKeys) throw new Failure('config/invalid', 'Expected SEAL_KEYS.');
    const { url, secretKey } = config.supabase;
    return { store: createStore({ supabaseUrl: url, secretKey }), seal: createSeal(config.sealKeys), stop: stay };
  }
  // The files of embedded/ are not imported at the top of this file, so that `openOwnStore` does not load them for a configured database.
  const { loadOrMakeSecrets } = await import('../embedded/secrets.ts');
  const seal = createSeal(config.sealKeys ?? (await loadOrMakeSecrets(config.dataDir)).sealKeys);
  const running = await readFile(join(config.dataDir, 'stack.json'), 'utf8').catch(() => undefined);
  if (running !== undefined) {
    const { supabaseUrl, secretKey } = runningStack.parse(JSON.parse(running));
    return { store: createStore({ supabaseUrl, secretKey: new Secret(secretKey) }), seal, stop: stay };
  }
  const { startStack } = await import('../embedded/stack.ts');
  const { dataDir, postgrestBin } = config;
  const stack = await startStack({ dataDir, postgrestBin, logger: createLogger('warn') });
  const store = createStore({ supabaseUrl: stack.supabaseUrl, secretKey: stack.secretKey });
  return { store, seal, stop: () => stack.stop() };
}
