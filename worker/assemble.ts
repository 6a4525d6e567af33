// Makes the services and the `AppContext` from the Config. Only this file chooses between real and embedded parts: a configured database or queue is
// used, else the embedded one. This file starts no timed job and no HTTP server.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Stack } from '../embedded/stack.ts';
import { openErasureList } from '../services/account/erasure-list.ts';
import { systemClock } from '../services/clock.ts';
import { createQstashDispatch } from '../services/dispatch/qstash.ts';
import { createSchedules } from '../services/dispatch/schedules.ts';
import { createVerifier } from '../services/dispatch/signature.ts';
import { Failure } from '../services/failures.ts';
import { guardGym } from '../services/gym/breaker.ts';
import { platforms } from '../services/gym/platforms.ts';
import { createHttp, originRule } from '../services/http.ts';
import { createAccess } from '../services/identity/access.ts';
import { createFamily } from '../services/identity/family.ts';
import { createLogger } from '../services/log.ts';
import { beginLife } from '../services/owner.ts';
import { makePrivateFolder } from '../services/private-folder.ts';
import { createFreshener } from '../services/renewal/freshen.ts';
import { createGate } from '../services/renewal/gate.ts';
import { noSpool, openSpool } from '../services/renewal/spool.ts';
import { createSeal } from '../services/seal/seal.ts';
import type { Secret } from '../services/secret.ts';
import { openDatabase } from '../services/store/call.ts';
import { storeOver } from '../services/store/store.ts';
import { parseProxy } from '../services/tunnel.ts';
import type { AppContext } from './app-context.ts';
import type { Config } from './config.ts';
import { meterCall, meterGym } from './monitor/metered.ts';
import { createMeters } from './monitor/meters.ts';
import { createNotices, deadmanBy, seenBy } from './notices.ts';
import { readPages } from './page-files.ts';
import { createProbes } from './probes.ts';
import type { Services } from './services.ts';

export interface Assembled {
  readonly services: Services;
  readonly context: AppContext;
  /** The embedded database and queue that were started, if any. */
  readonly stack: Stack | undefined;
  /**
   * Aborts `context.stopping`, so that no further long work begins. From then on a next process on this data folder waits for this process to end,
   * instead of failing.
   */
  beginShutdown(): void;
  /** Waits until every renewal under way has stored the gym's answer, then closes everything that `assemble` opened, the embedded parts last. */
  stop(): Promise<void>;
}

/** The folder into which web/build.ts writes the members' app. */
const PUBLIC = fileURLToPath(new URL('../public', import.meta.url));
/**
 * How long one timed job may run, in ms: in a long-running process less than one refresh cycle, and in a function (`JOB_LIMIT_VERCEL_MS`) less than
 * Vercel's limit of 300 s.
 */
const JOB_LIMIT_MS = 15 * 60_000;
const JOB_LIMIT_VERCEL_MS = 280_000;

/**
 * Makes the services and the `AppContext`, after starting the embedded parts if they are needed. @param listensAt the origin of this process, used
 * where PUBLIC_URL is absent. Throws config/invalid, stack/….
 */
export async function assemble(
  config: Config,
  listensAt: string,
  logger: Logger = createLogger(config.logLevel),
): Promise<Assembled> {
  const publicUrl = config.publicUrl ?? listensAt;
  const spoolFolder = config.vercel ? undefined : join(config.dataDir, 'spool');
  // The data folder and the spool's folder are made first, because without them no received token can be kept: an error here ends the start.
  if (spoolFolder) for (const folder of [config.dataDir, spoolFolder]) await makePrivateFolder(folder);
  const stack = await startMissing(config, publicUrl, logger);
  const parts = resolve(config, stack);
  const { deadman } = config.notices;
  const allowed = [parts.database.url, parts.queue.url, ...(deadman ? [deadman.reveal()] : [])];
  const http = createHttp({ allow: allowed.map(originRule) });
  const probes = createProbes(http, parts, config.vercel ? undefined : spoolFolder);
  const gym = createGym(config, logger);
  const meters = createMeters();
  const { url: supabaseUrl, secretKey } = parts.database;
  const database = meterCall(openDatabase({ supabaseUrl, secretKey }), meters, systemClock);
  const authUrl = `${parts.database.url}/auth/v1`;
  const issuer = stack && !config.supabase ? stack.accessTokenIssuer : authUrl;
  const spool = spoolFolder ? await openSpool(spoolFolder, randomUUID(), logger) : noSpool();
  const base = {
    clock: systemClock,
    logger,
    store: storeOver(database),
    gym: guardGym(meterGym(gym.gym, meters), { clock: systemClock, logger }),
    gate: createGate({ clock: systemClock, logger }),
    seal: createSeal(parts.sealKeys),
    spool,
    dispatch: createQstashDispatch({ url: parts.queue.url, token: parts.queue.token, publicUrl }),
    access: await createAccess({ signingKey: parts.sessionSigningKey, issuer, authUrl }),
    admission: config.admission,
    family: createFamily(parts.sessionSigningKey),
    allowKeptLogin: config.allowKeptLogin,
    life: stack && beginLife(stack.folderName),
  };
  if (config.admission.isAssumed)
    logger.warn('config: ADMISSION is not set: newcomers wait until the operator admits them (approve)');
  const notices = createNotices(config.notices, { publicUrl, madeVapidKeys: stack?.secrets.vapidKeys });
  const services: Services = {
    ...base,
    freshener: createFreshener(base),
    erasures: spoolFolder === undefined ? undefined : openErasureList(join(config.dataDir, 'erased.jsonl')),
    notifyOptions: { ...notices.options, operator: config.noticeWebhook, publicUrl, seenHere: seenBy(probes) },
    deadman: deadman && deadmanBy(http, deadman),
    senderOptions: gym.senderOptions,
  };
  const stopping = new AbortController();
  const context: AppContext = {
    publicUrl,
    sameOrigins: config.production ? [] : spellingsOf(publicUrl),
    allowedOrigins: config.allowedOrigins,
    cronSecrets: parts.cronSecrets,
    operatorToken: parts.operatorToken,
    verifyDelivery: createVerifier({ current: parts.queue.currentSigningKey, next: parts.queue.nextSigningKey }, () =>
      systemClock.now(),
    ),
    meters,
    probes,
    site: {
      ticks: !config.vercel,
      schedules: createSchedules({ url: parts.queue.url, token: parts.queue.token, publicUrl }),
      spoolFolder: config.vercel ? undefined : spoolFolder,
      region: config.region,
      gymProxy: config.gym.proxy !== undefined,
      operatorChannel: config.noticeWebhook !== undefined || (notices.options.alerts ?? []).length > 0,
    },
    supabase: { url: parts.database.url, publishableKey: parts.database.publishableKey },
    trustedProxies: config.trustedProxies,
    telegram: notices.telegram,
    vapidPublicKey: notices.vapidPublicKey,
    jobLimitMs: config.vercel ? JOB_LIMIT_VERCEL_MS : JOB_LIMIT_MS,
    stopping: stopping.signal,
    pages: await readPages(PUBLIC),
  };
  const stop = async () => {
    stopping.abort();
    // Before anything is closed, wait until the answer to each renewal under way is stored: a new token in an answer that is not stored would be
    // lost.
    await spool.settled();
    await gym.close();
    await spool.close();
    await http.close();
    await stack?.stop();
  };
  const beginShutdown = () => {
    stopping.abort();
    stack?.markEnding();
  };
  return { services, context, stack, beginShutdown, stop };
}

/**
 * Starts the whole embedded stack if the Config lacks a database or a queue; otherwise returns undefined. The embedded code is imported only when
 * needed, so that deployments with a hosted database and queue do not load it.
 */
async function startMissing(config: Config, publicUrl: string, logger: Logger): Promise<Stack | undefined> {
  if (config.supabase && config.qstash) return undefined;
  if (config.production) throw new Failure('config/invalid', 'Embedded parts are refused in production.');
  const { startStack } = await import('../embedded/stack.ts');
  const { publicJwks } = await import('../embedded/secrets.ts');
  return startStack({
    dataDir: config.dataDir,
    logger,
    postgrestBin: config.postgrestBin,
    signingJwks: config.sessionSigningKey && publicJwks(config.sessionSigningKey),
    // The issuer of access tokens is our own address, because an access token outlives a restart, after which the embedded gateway may have another
    // port.
    accessTokenIssuer: `${publicUrl}/auth/v1`,
  });
}

/** The addresses and keys of database and queue, and the secrets of this service. */
export interface Parts {
  readonly database: { readonly url: string; readonly publishableKey: string; readonly secretKey: Secret };
  readonly queue: {
    readonly url: string;
    readonly token: Secret;
    readonly currentSigningKey: Secret;
    readonly nextSigningKey: Secret;
  };
  readonly cronSecrets: readonly Secret[];
  readonly operatorToken: Secret;
  readonly sealKeys: Secret;
  readonly sessionSigningKey: Secret;
}

function resolve(config: Config, stack: Stack | undefined): Parts {
  const made = stack?.secrets;
  const database =
    config.supabase ??
    (stack && { url: stack.supabaseUrl, publishableKey: stack.publishableKey, secretKey: stack.secretKey });
  const queue =
    config.qstash ??
    (stack && {
      url: stack.qstashUrl,
      token: stack.qstashToken,
      currentSigningKey: stack.qstashCurrentSigningKey,
      nextSigningKey: stack.qstashNextSigningKey,
    });
  const cronSecret = config.cronSecret ?? made?.cronSecret;
  const operatorToken = config.operatorToken ?? made?.operatorToken;
  const sealKeys = config.sealKeys ?? made?.sealKeys;
  const sessionSigningKey = config.sessionSigningKey ?? made?.sessionSigningKey;
  if (!database || !queue || !cronSecret || !operatorToken || !sealKeys || !sessionSigningKey) {
    throw new Failure(
      'config/invalid',
      'Expected CRON_SECRET, OPERATOR_TOKEN, SEAL_KEYS and SESSION_SIGNING_KEY, because nothing here is embedded.',
    );
  }
  const cronSecrets = config.cronSecretPrevious ? [cronSecret, config.cronSecretPrevious] : [cronSecret];
  return { database, queue, cronSecrets, operatorToken, sealKeys, sessionSigningKey };
}

function createGym({ gym: { platform, proxy: address, ...addresses } }: Config, logger: Logger) {
  const { owns, gym } = platforms[platform](addresses);
  const proxy = address && parseProxy(address);
  const http = createHttp({ allow: [owns], proxy });
  const tell = (oddity: string, details: Readonly<Record<string, unknown>>) => logger.warn(details, `gym: ${oddity}`);
  return { gym: gym({ http, clock: systemClock, tell }), senderOptions: { proxy }, close: () => http.close() };
}

/**
 * The origins with localhost and with 127.0.0.1, if `publicUrl` names one of the two: a browser on this machine may use either; empty for other
 * addresses.
 */
function spellingsOf(publicUrl: string): string[] {
  const { protocol, port, hostname } = new URL(publicUrl);
  if (!/^(localhost|127\.0\.0\.1)$/.test(hostname)) return [];
  return ['localhost', '127.0.0.1'].map((name) => new URL(`${protocol}//${name}:${port}`).origin);
}
