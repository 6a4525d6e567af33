// The only access to the database: calls a named SQL function through PostgREST, parses the function's result, and gives each error a code. The other
// files of services/store hold the names of the SQL functions.
import { createClient } from '@supabase/supabase-js';
import type { z } from 'zod';
import { adviceFor, FAILURES, Failure, type FailureCode } from '../failures.ts';
import { limitedTo, retryStatement } from '../retry.ts';
import type { Secret } from '../secret.ts';
import { databaseFetch } from './database-fetch.ts';

/**
 * Calls the database function `name` with `args` (dates become ISO text, undefined becomes null); resolves with the function's result, parsed by
 * `shape`.
 */
export type Call = <T>(name: string, args: Record<string, unknown>, shape: z.ZodType<T>) => Promise<T>;

export interface StoreAddress {
  readonly supabaseUrl: string;
  readonly secretKey: Secret;
  /** How long, in ms, one try of one statement may take: many times what our slowest statement takes. The default is 6 s. */
  readonly timeoutMs?: number;
  /** How long, in ms, all tries of one call may take together. The default is `CALL_BUDGET_MS`. */
  readonly budgetMs?: number;
}

const TIMEOUT_MS = 6_000;
/** How long all tries of one call may take by default, ms: the error database/unavailable must arrive before a browser or a proxy gives up. */
export const CALL_BUDGET_MS = 9_000;

interface DatabaseError {
  readonly code?: string;
  readonly message: string;
}

/**
 * The errors after which a retry may succeed: serialization, deadlock, a commit without an answer, connection lost or refused, a server without space
 * (disk, memory, connections) or time, a server that takes no writes for now, and PostgREST without a database.
 */
const PASSING = /^(40001|40003|40P01|08...|25006|57P0[1-35]|57014|55P03|53...|58030|PGRST00[0-3])$/;

const isPassing = (error: unknown): boolean => {
  // A DOMException means that one try, or the whole call, exceeded its time limit: such a failure is temporary.
  if (error instanceof DOMException) return true;
  const code = (error as DatabaseError)?.code;
  // supabase-js gives an empty code when no answer came at all; the statement may have run, and is safe to run again.
  return code === '' || code === undefined || PASSING.test(code);
};

/**
 * Runs the named function once, with parameters as the database names them; `signal` ends the call. Throws errors with the database's `code`; the
 * code is absent or empty when no answer came.
 */
export type RunFunction = (name: string, parameters: Record<string, unknown>, signal: AbortSignal) => Promise<unknown>;

/** Makes a `Call` from a `RunFunction`: the `Call` retries temporary errors, parses the results and gives each error a code. */
export const callBy =
  (run: RunFunction, budgetMs = CALL_BUDGET_MS): Call =>
  async (name, args, shape) => {
    const once = (signal: AbortSignal) => run(name, toParameters(args), signal);
    const data = await retryStatement(once, isPassing, budgetMs).catch((error: DatabaseError) => {
      throw toFailure(name, error);
    });
    return shape.parse(data);
  };

/** Opens the database with the secret key, which bypasses row security. No other file may open the database. */
export function openDatabase({ supabaseUrl, secretKey, timeoutMs = TIMEOUT_MS, budgetMs }: StoreAddress): Call {
  const client = createClient(supabaseUrl, secretKey.reveal(), {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: { fetch: databaseFetch },
  });
  return callBy(async (name, parameters, budget) => {
    // Each try of a statement has a time limit, since a connection that died silently would hold up a claim or a commit for ever.
    const limit = limitedTo(timeoutMs, budget);
    try {
      const { data, error } = await client.rpc(name, parameters).abortSignal(limit.signal);
      // p-retry accepts only objects of the class Error, and supabase-js reports an error as a plain object.
      if (error) throw Object.assign(new Error(error.message), { code: error.code });
      return data as unknown;
    } finally {
      limit.lift();
    }
  }, budgetMs);
}

const toParameters = (args: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(args).map(([key, value]) => [`p_${key}`, value ?? null]));

const isFailureCode = (text: string): text is FailureCode => Object.hasOwn(FAILURES, text);

function toFailure(name: string, error: DatabaseError): Failure {
  // Our SQL functions raise a failure's code as their error message.
  if (isFailureCode(error.message)) {
    const retryAfterMs = PAUSES[error.message];
    return new Failure(error.message, saidOf(error.message), { cause: error, ...(retryAfterMs && { retryAfterMs }) });
  }
  if (isPassing(error))
    return new Failure('database/unavailable', 'The database cannot be reached just now.', { cause: error });
  return new Failure('database/refused', `The database refused ${name}.`, {
    cause: error,
    details: { sqlState: error.code },
  });
}

const SAID: Partial<Record<FailureCode, string>> = {
  'prebooking/duplicate': 'This class is already on your list.',
  'prebooking/too-many': 'Too many wishes wait already, for this opening or in all: take one back first.',
  'watch/duplicate': 'This class is watched for you already.',
  'watch/too-many': 'Too many classes are watched for you already: take one back first.',
  'rule/duplicate': 'You have this very rule already.',
  'rule/too-many': 'Expected at most 60 rules, and 100 exceptions of one: take one away first.',
  'rule/other-weekday': 'Expected day to be of the weekday of the rule.',
  'pause/too-many': 'Expected at most 60 pauses that are not over: take one away first.',
  'account/erasing': 'This account is being erased: nothing new is taken.',
  'box/missing': 'Expected one of your own boxes.',
  'request/limited': 'Too many within an hour: wait, then try again.',
  'auth/session-revoked': 'This session has ended: sign in again.',
  'auth/account-taken': 'This gym account already belongs to another member: sign out and sign in with it alone.',
};
/** How long a caller should wait after a failure, ms: SQL functions limit how much one member may do in an hour. */
const PAUSES: Partial<Record<FailureCode, number>> = { 'request/limited': 60 * 60_000 };
const saidOf = (code: FailureCode): string => SAID[code] ?? `Refused (${adviceFor(code).status}).`;
