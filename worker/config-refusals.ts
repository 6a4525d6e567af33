// Finds problems that several variables have together, such as a group of settings given only in part. In production, a missing setting, a publicly
// known key and a PUBLIC_URL that leads to one Vercel deployment only are problems, too. This file does not read the environment itself, and its
// messages about problems quote no variable's value.
import { createHash } from 'node:crypto';

/**
 * SHA-256 hashes of the queue SDK's development token and signing keys, and of Supabase CLI's local keys, which are public and protect nothing.
 * Only hashes of the keys stand in this file, so that no secret scanner reports the file as a leak.
 */
const PUBLIC_KEY_HASHES = new Set<string>([
  '86021db6fc0f81d1926d95c9bc8fe0c3a14187a32221c66acdaaafa0b223ff58',
  'b5f1743a394ce39b42493de7e6bc40226042491fb77bd417e40e92fcd11a8bd8',
  '54c3b917bfd471e12e0713535d69ad97584a415916ab360f4838bd23f2d70ffe',
  '9705102db0d5f99ee08daa19a73e510d9877a2a9add9369da247cbbe6c2a0140',
  'c85debb55f2f204d868cc1552c42faa143b4c675f61363ab040dd50b5b5304cd',
]);
/** The issuer in the demonstration keys that every local Supabase ships with. */
const DEMO_ISSUER = 'supabase-demo';

/** Whether the variable's value is a development key that the queue's SDK or Supabase's CLI gives to everyone. */
function isPublicKey(value: string | undefined): boolean {
  if (value === undefined) return false;
  if (PUBLIC_KEY_HASHES.has(createHash('sha256').update(value.trim()).digest('hex'))) return true;
  return issuerOf(value) === DEMO_ISSUER;
}

function issuerOf(value: string): string | undefined {
  try {
    return JSON.parse(Buffer.from(value.split('.')[1] ?? '', 'base64url').toString()).iss;
  } catch {
    return undefined;
  }
}

/** Vercel's hosts of one deployment (`name-1a2b3c4d5-team.vercel.app`) or of one branch (`name-git-branch-team.vercel.app`). */
const DEPLOYMENT = /-(?:git-.+|(?=[a-z]*\d)[a-z0-9]{9}-.+)\.vercel\.app$/;

/**
 * Whether this host leads to one deployment or one branch only, and not to whichever deployment serves production. `deploymentHost` is the platform's
 * own name for this deployment.
 */
const isDeploymentHost = (host: string, deploymentHost: string | undefined): boolean =>
  host === deploymentHost || DEPLOYMENT.test(host);

const SUPABASE = ['SUPABASE_URL', 'SUPABASE_PUBLISHABLE_KEY', 'SUPABASE_SECRET_KEY'] as const;
const QSTASH = ['QSTASH_TOKEN', 'QSTASH_CURRENT_SIGNING_KEY', 'QSTASH_NEXT_SIGNING_KEY'] as const;
const OWN_SECRETS = ['CRON_SECRET', 'OPERATOR_TOKEN', 'SEAL_KEYS', 'SESSION_SIGNING_KEY'] as const;

/**
 * One message for each problem that shows only when all variables are seen together; the caller must leave out empty variables.
 * @param gymVariables the variables that hold the gym's addresses.
 */
export const findProblems = (raw: Raw, gymVariables: readonly string[]): string[] => [
  ...halfConfigured(raw, SUPABASE),
  ...halfConfigured(raw, QSTASH, ['QSTASH_URL']),
  ...halfConfigured(raw, ['NOTICE_WEBHOOK_URL', 'NOTICE_WEBHOOK_SECRET']),
  ...halfConfigured(raw, ['SMTP_URL', 'MAIL_FROM'], ['OPERATOR_EMAIL']),
  ...halfConfigured(raw, ['TELEGRAM_BOT_TOKEN'], ['TELEGRAM_API_ROOT', 'OPERATOR_TELEGRAM_CHAT']),
  ...missingSecrets(raw),
  ...sameSecrets(raw),
  ...refusedInProduction(raw, ['SUPABASE_URL', 'QSTASH_URL', ...gymVariables]),
];

type Raw = Readonly<Record<string, string>>;

function halfConfigured(raw: Raw, all: readonly string[], optional: readonly string[] = []): string[] {
  const touched = [...all, ...optional].filter((name) => raw[name] !== undefined);
  const missing = all.filter((name) => raw[name] === undefined);
  if (touched.length === 0 || missing.length === 0) return [];
  return [`${missing.join(', ')}: expected together with ${touched.join(', ')}`];
}

/**
 * Outside production, demands `OWN_SECRETS` if SUPABASE_URL is set; in production, `refusedInProduction` demands `OWN_SECRETS`. Generated secrets lie
 * in a data folder, which may be lost while Supabase's database remains.
 */
function missingSecrets(raw: Raw): string[] {
  if (isProduction(raw) || raw['SUPABASE_URL'] === undefined) return [];
  return OWN_SECRETS.filter((name) => raw[name] === undefined).map(
    (name) => `${name}: expected, because SUPABASE_URL is set`,
  );
}

function sameSecrets(raw: Raw): string[] {
  const same = raw['CRON_SECRET'] !== undefined && raw['CRON_SECRET'] === raw['OPERATOR_TOKEN'];
  return same ? ['OPERATOR_TOKEN: expected another value than CRON_SECRET'] : [];
}

/** Whether the environment is production; every deployment on Vercel counts as production. */
export const isProduction = (raw: Raw): boolean => raw['NODE_ENV'] === 'production' || raw['VERCEL'] !== undefined;

/** @param called the variables with addresses to which the service sends keys, tokens or passwords. */
function refusedInProduction(raw: Raw, called: readonly string[]): string[] {
  if (!isProduction(raw)) return [];
  const needed = [...SUPABASE, ...QSTASH, 'PUBLIC_URL', ...OWN_SECRETS];
  return [
    ...needed.filter((name) => raw[name] === undefined).map((name) => `${name}: expected in production`),
    ...needed
      .filter((name) => isPublicKey(raw[name]))
      .map((name) => `${name}: a public development key is refused in production`),
    ...publicUrlProblems(raw['PUBLIC_URL'], raw['VERCEL_URL']),
    ...(/\bhttp:/.test(raw['ALLOWED_ORIGINS'] ?? '') ? ['ALLOWED_ORIGINS: expected https in production'] : []),
    ...called
      .filter((name) => (raw[name] ?? '').split(',').some(isReadableOnTheWay))
      .map((name) => `${name}: expected https in production, except for an address of this machine`),
  ];
}

const isThisMachine = (hostname: string): boolean =>
  /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);

/** True if others can read what is sent to this address: it begins with `http:` and leads to another machine. False for text that is no address. */
function isReadableOnTheWay(address: string): boolean {
  const filled = address.trim().replace('{box}', 'box');
  if (!URL.canParse(filled)) return false;
  const { protocol, hostname } = new URL(filled);
  return protocol === 'http:' && !isThisMachine(hostname);
}

function publicUrlProblems(publicUrl: string | undefined, deploymentHost: string | undefined): string[] {
  if (publicUrl === undefined || !URL.canParse(publicUrl)) return [];
  const { protocol, hostname } = new URL(publicUrl);
  const problems = [];
  if (isDeploymentHost(hostname, deploymentHost))
    problems.push('PUBLIC_URL: expected a stable host, not one of a single deployment');
  if (protocol !== 'https:' && !isThisMachine(hostname)) problems.push('PUBLIC_URL: expected https');
  return problems;
}
