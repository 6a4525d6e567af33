// Turns the environment variables into a typed, frozen Config. In the service, only this file reads process.env. All problems of an environment are
// reported together, in one error.
import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { asFailure, Failure } from '../services/failures.ts';
import { type PlatformName, platforms } from '../services/gym/platforms.ts';
import { parseSigningKey } from '../services/identity/access.ts';
import { createSeal } from '../services/seal/seal.ts';
import { Secret } from '../services/secret.ts';
import { ADMISSION_MODES, type AdmissionPolicy } from '../services/store/admission-store.ts';
import { parseProxy } from '../services/tunnel.ts';
import { type NoticeConfig, noticeVariables, toNoticeConfig } from './config-notices.ts';
import { findProblems, isProduction } from './config-refusals.ts';
import { addresses, judgedBy, longSecret, origin, origins, secret, slugs, webAddress } from './config-shapes.ts';
import { cleanEnvironment, envFileText, textProblems } from './config-text.ts';

export interface Config {
  readonly production: boolean;
  readonly vercel: boolean;
  /** The hosting platform's name of the region where this process runs, if the platform gives one. */
  readonly region: string | undefined;
  /** The configured database; if absent, the embedded one is used. */
  readonly supabase: { readonly url: string; readonly publishableKey: string; readonly secretKey: Secret } | undefined;
  /** The configured queue; if absent, the embedded one is used. */
  readonly qstash:
    | {
        readonly url: string;
        readonly token: Secret;
        readonly currentSigningKey: Secret;
        readonly nextSigningKey: Secret;
      }
    | undefined;
  /** The service's origin, without a slash at its end; if absent, the address where this process listens. */
  readonly publicUrl: string | undefined;
  /** The origins, besides puntual's own, whose pages may call this service from a browser; empty if ALLOWED_ORIGINS is absent. */
  readonly allowedOrigins: readonly string[];
  /** The policy by which members are admitted. `isAssumed` is true if ADMISSION is not set for a configured database: `approve` then applies. */
  readonly admission: AdmissionPolicy & { readonly isAssumed: boolean };
  readonly cronSecret: Secret | undefined;
  /** A previous cron secret, still accepted while the callers change over. */
  readonly cronSecretPrevious: Secret | undefined;
  readonly operatorToken: Secret | undefined;
  readonly sealKeys: Secret | undefined;
  readonly sessionSigningKey: Secret | undefined;
  readonly gym: {
    readonly platform: PlatformName;
    readonly loginUrl: string;
    readonly mainUrl: string;
    readonly boxUrlTemplate: string;
    /** An http proxy through which every call to the gym leaves. The proxy's address may hold a password, so it is a secret. */
    readonly proxy: Secret | undefined;
  };
  /** How many proxies in front of this service each add an entry to X-Forwarded-For. */
  readonly trustedProxies: number;
  /**
   * The IP address to listen at. If HOST is absent: with an embedded database only this machine can connect, with a configured database every machine
   * can.
   */
  readonly host: string | undefined;
  readonly port: number;
  readonly dataDir: string;
  readonly logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';
  readonly postgrestBin: string | undefined;
  /** True if members may have their gym e-mail and password stored. */
  readonly allowKeptLogin: boolean;
  /**
   * The operator's webhook: it gets each alert to the operator, and each notice to a member, except those that the member has muted. The webhook's
   * address may hold a key, so it is a secret.
   */
  readonly noticeWebhook: { readonly address: Secret; readonly signingSecret: Secret } | undefined;
  /** The settings of mail, Telegram and web push, and of the operator's own channels. */
  readonly notices: NoticeConfig;
}

/** The shape of every environment variable, by name. A test compares .env.example with these variables. */
export const environmentShape = z.object({
  SUPABASE_URL: origin.optional(),
  SUPABASE_PUBLISHABLE_KEY: z.string().optional(),
  SUPABASE_SECRET_KEY: secret.optional(),
  QSTASH_TOKEN: secret.optional(),
  QSTASH_URL: webAddress.optional(),
  QSTASH_CURRENT_SIGNING_KEY: secret.optional(),
  QSTASH_NEXT_SIGNING_KEY: secret.optional(),
  PUBLIC_URL: origin.optional(),
  ALLOWED_ORIGINS: origins.default([]),
  ADMISSION: z.enum(ADMISSION_MODES).optional(),
  ADMIT_BOXES: slugs.default([]),
  CRON_SECRET: longSecret.optional(),
  CRON_SECRET_PREVIOUS: longSecret.optional(),
  OPERATOR_TOKEN: longSecret.optional(),
  SEAL_KEYS: judgedBy(createSeal).optional(),
  SESSION_SIGNING_KEY: judgedBy(parseSigningKey).optional(),
  AIMHARDER_LOGIN_URL: addresses(webAddress).default('https://login.aimharder.com'),
  AIMHARDER_URL: addresses(webAddress).default('https://aimharder.com'),
  AIMHARDER_BOX_URL: addresses(
    z
      .string()
      .refine(
        (text) => text.split('{box}').length === 2 && URL.canParse(text.replace('{box}', 'box')),
        'expected an address with {box} in it once',
      )
      .transform((text) => text.replace(/\/+$/, '')),
  ).default('https://{box}.aimharder.com'),
  GYM_PROXY: judgedBy(parseProxy).optional(),
  HOST: z
    .string()
    .refine((text) => isIP(text) !== 0, 'expected an IP address, such as 0.0.0.0')
    .optional(),
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'expected a port number')
    .transform(Number)
    .refine((port) => port < 65_536, 'expected a port number')
    .default(3000),
  TRUSTED_PROXIES: z.string().regex(/^\d$/, 'expected how many proxies, 0 to 9').transform(Number).optional(),
  DATA_DIR: z.string().default('.puntual'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  POSTGREST_BIN: z.string().optional(),
  ALLOW_KEPT_LOGIN: z
    .enum(['true', 'false'], { error: 'expected true or false' })
    .default('true')
    .transform((text) => text === 'true'),
  NOTICE_WEBHOOK_URL: webAddress.optional(),
  NOTICE_WEBHOOK_SECRET: longSecret.optional(),
  ...noticeVariables,
  NODE_ENV: z.string().optional(),
  VERCEL: z.string().optional(),
  VERCEL_URL: z.string().optional(),
  VERCEL_REGION: z.string().optional(),
});
type Environment = z.infer<typeof environmentShape>;

const DEFAULT_QSTASH_URL = 'https://qstash.upstash.io';

/** Reads this process's environment, completed by `.env` if there is one. Throws config/invalid, which lists every problem. */
export function readEnvironment(): Config {
  // The variables of `.env` are put into process.env, so that a library or a child process finds them as well.
  if (existsSync('.env'))
    Object.assign(process.env, { ...parseEnv(envFileText(readFileSync('.env'))), ...process.env });
  return readConfig(process.env);
}

/** Turns an environment into a Config. Throws config/invalid; its message lists every problem, and quotes no value. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  // A variable with an empty value counts as left out.
  const given = cleanEnvironment(environment);
  const parsed = environmentShape.safeParse(given);
  const problems = [
    ...(parsed.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []),
    ...textProblems(given, Object.keys(environmentShape.shape)),
    ...findProblems(given, Object.keys(gymShape.shape)),
    ...gymProblems(given),
  ];
  if (!parsed.success || problems.length > 0) {
    throw new Failure(
      'config/invalid',
      `The environment is not right:\n${problems.map((one) => `  ${one}`).join('\n')}`,
      { details: { problems } },
    );
  }
  return deepFreeze(toConfig(parsed.data, isProduction(given)));
}

const PLATFORM: PlatformName = 'aimharder';
const gymShape = environmentShape.pick({ AIMHARDER_LOGIN_URL: true, AIMHARDER_URL: true, AIMHARDER_BOX_URL: true });

const gymAddresses = (env: z.infer<typeof gymShape>) => ({
  loginUrl: env.AIMHARDER_LOGIN_URL,
  mainUrl: env.AIMHARDER_URL,
  boxUrlTemplate: env.AIMHARDER_BOX_URL,
});

/** The problems that the code in `services/gym/` finds in the gym's addresses; none if `gymShape` refuses an address already. */
function gymProblems(given: Readonly<Record<string, string>>): string[] {
  const { data } = gymShape.safeParse(given);
  try {
    if (data) platforms[PLATFORM](gymAddresses(data));
    return [];
  } catch (error) {
    return [`${Object.keys(gymShape.shape).join(', ')}: ${asFailure(error).message}`];
  }
}

function toConfig(env: Environment, production: boolean): Config {
  const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY } = env;
  const { QSTASH_TOKEN, QSTASH_CURRENT_SIGNING_KEY, QSTASH_NEXT_SIGNING_KEY } = env;
  return {
    production,
    vercel: env.VERCEL !== undefined,
    region: env.VERCEL_REGION,
    supabase:
      SUPABASE_URL && SUPABASE_PUBLISHABLE_KEY && SUPABASE_SECRET_KEY
        ? { url: SUPABASE_URL, publishableKey: SUPABASE_PUBLISHABLE_KEY, secretKey: SUPABASE_SECRET_KEY }
        : undefined,
    qstash:
      QSTASH_TOKEN && QSTASH_CURRENT_SIGNING_KEY && QSTASH_NEXT_SIGNING_KEY
        ? {
            url: env.QSTASH_URL ?? DEFAULT_QSTASH_URL,
            token: QSTASH_TOKEN,
            currentSigningKey: QSTASH_CURRENT_SIGNING_KEY,
            nextSigningKey: QSTASH_NEXT_SIGNING_KEY,
          }
        : undefined,
    publicUrl: env.PUBLIC_URL,
    allowedOrigins: env.ALLOWED_ORIGINS,
    admission: {
      mode: env.ADMISSION ?? (SUPABASE_URL === undefined ? 'open' : 'approve'),
      boxes: env.ADMIT_BOXES,
      isAssumed: env.ADMISSION === undefined && SUPABASE_URL !== undefined,
    },
    cronSecret: env.CRON_SECRET,
    cronSecretPrevious: env.CRON_SECRET_PREVIOUS,
    operatorToken: env.OPERATOR_TOKEN,
    sealKeys: env.SEAL_KEYS,
    sessionSigningKey: env.SESSION_SIGNING_KEY,
    gym: {
      platform: PLATFORM,
      ...gymAddresses(env),
      proxy: env.GYM_PROXY,
    },
    // Vercel counts as one proxy: it replaces X-Forwarded-For by the client's address, whatever the client sent.
    trustedProxies: env.TRUSTED_PROXIES ?? (env.VERCEL === undefined ? 0 : 1),
    host: env.HOST,
    port: env.PORT,
    dataDir: env.DATA_DIR,
    logLevel: env.LOG_LEVEL,
    postgrestBin: env.POSTGREST_BIN,
    allowKeptLogin: env.ALLOW_KEPT_LOGIN,
    noticeWebhook:
      env.NOTICE_WEBHOOK_URL && env.NOTICE_WEBHOOK_SECRET
        ? { address: new Secret(env.NOTICE_WEBHOOK_URL), signingSecret: env.NOTICE_WEBHOOK_SECRET }
        : undefined,
    notices: toNoticeConfig(env),
  };
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return Object.freeze(value);
}
