// Makes the program's one logger, which writes JSON lines to stdout. The code that calls the logger chooses what is logged. This file reduces errors
// to fields that are safe to log. As a second safeguard behind the class `Secret`, this file masks texts that look like known kinds of secrets.
import { type DestinationStream, type Logger, pino } from 'pino';
import { Failure } from './failures.ts';

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

const MASK = '[secret]';
/**
 * What is masked: JWTs, gym tokens (`user|expiry|hash`), Supabase and queue keys, bearer headers, gym login cookies, bot tokens, and the secrets in
 * paths of confirming, calendar and invitation addresses.
 */
const SECRET_SHAPES =
  /eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|\d+\|\d{9,}\|[0-9a-f]{32}|sb_secret_[\w-]+|sig_[\w-]{16,}|(?<=bearer\s)\S+|(?<=amhrdrauth=)[^;\s]+|(?<=\/(?:confirm|calendar)\/)[\w-]+|(?<=\/invitation[/=])[\w-]+|\d{6,}:[\w-]{30,}/gi;

/** The text with everything that looks like a secret masked. */
export const masked = (text: string): string => text.replace(SECRET_SHAPES, MASK);

const DEEPEST_CAUSE = 4;

/**
 * The fields of a thrown thing that are safe to log: name, code, masked message and stack, a Failure's details, and the same fields of the causes.
 * Fields that libraries add to their errors are left out on purpose, because they may hold requests, headers and rows.
 */
export function describeError(thrown: unknown, depth = 0): Record<string, unknown> {
  if (typeof thrown !== 'object' || thrown === null) return { message: masked(String(thrown)) };
  const { name, code, message, stack, cause } = thrown as Error & { code?: unknown };
  return {
    name: name ?? 'unnamed',
    ...(code !== undefined && { code: String(code) }),
    message: masked(String(message)),
    ...(thrown instanceof Failure && Object.keys(thrown.details).length > 0 && { details: thrown.details }),
    ...(typeof stack === 'string' && { stack: masked(stack) }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: describeError(cause, depth + 1) }),
  };
}

const NEVER_LOGGED = [
  'authorization',
  'cookie',
  'cookies',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'apikey',
];

/** @param destination where the log lines go; stdout when absent. */
export function createLogger(level: LogLevel, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { err: (thrown: unknown) => describeError(thrown), error: (thrown: unknown) => describeError(thrown) },
    redact: { paths: NEVER_LOGGED.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: MASK },
  };
  return destination ? pino(options, destination) : pino(options);
}
