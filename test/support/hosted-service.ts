// puntual as it is deployed: assembled from an environment, with a database and a queue that it did not start. The service listens on a real port so
// that the queue's calls arrive, and is quick to start because it starts no other program.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { pino } from 'pino';
import type { Simulator } from '../../simulator/simulator.ts';
import { createApp } from '../../worker/app.ts';
import type { AppContext } from '../../worker/app-context.ts';
import { type Assembled, assemble } from '../../worker/assemble.ts';
import { readConfig } from '../../worker/config.ts';
import type { Cloud } from './cloud.ts';

export const OPERATOR_TOKEN = 'operator-token-of-a-test-with-32-bytes';

export interface HostedService extends Assembled {
  readonly url: string;
  readonly dataDir: string;
  /** The lines that the service logged, at every level. */
  readonly log: string[];
  end(): Promise<void>;
}

/** The environment of a service that uses `cloud` and `gym`, without the settings for its own address and folder. */
export const environmentOf = (cloud: Cloud, gym: Pick<Simulator, 'loginUrl' | 'mainUrl' | 'boxUrlTemplate'>) => ({
  SUPABASE_URL: cloud.supabaseUrl,
  SUPABASE_PUBLISHABLE_KEY: cloud.publishableKey,
  SUPABASE_SECRET_KEY: cloud.secretKey.reveal(),
  QSTASH_URL: cloud.qstashUrl,
  QSTASH_TOKEN: cloud.qstashToken.reveal(),
  QSTASH_CURRENT_SIGNING_KEY: cloud.qstashCurrentSigningKey.reveal(),
  QSTASH_NEXT_SIGNING_KEY: cloud.qstashNextSigningKey.reveal(),
  CRON_SECRET: cloud.secrets.cronSecret.reveal(),
  OPERATOR_TOKEN,
  SEAL_KEYS: cloud.secrets.sealKeys.reveal(),
  SESSION_SIGNING_KEY: cloud.secrets.sessionSigningKey.reveal(),
  ADMISSION: 'open',
  AIMHARDER_LOGIN_URL: gym.loginUrl,
  AIMHARDER_URL: gym.mainUrl,
  AIMHARDER_BOX_URL: gym.boxUrlTemplate,
  NOTICE_WEBHOOK_URL: 'https://hooks.example.com/operator',
  NOTICE_WEBHOOK_SECRET: 'a-secret-of-the-operators-own-webhook-32',
});

/**
 * Assembles the service from `environment` and serves it on a free port. @param change returns parts of the app's context that replace the assembled
 * parts, for what no setting can change.
 */
export async function startHosted(
  environment: Readonly<Record<string, string>>,
  change: (context: AppContext) => Partial<AppContext> = () => ({}),
): Promise<HostedService> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-hosted-'));
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const dataDir = join(folder, 'data');
  const log: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => log.push(line) });
  const assembled = await assemble(readConfig({ DATA_DIR: dataDir, PUBLIC_URL: url, ...environment }), url, logger);
  const context = { ...assembled.context, ...change(assembled.context) };
  const app = createApp(assembled.services, context);
  server.on('request', getRequestListener(app.fetch));
  return {
    ...assembled,
    context,
    url,
    dataDir,
    log,
    async end() {
      server.close();
      server.closeAllConnections();
      await assembled.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
