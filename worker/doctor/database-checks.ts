// The doctor's checks of the database: whether it can be reached, has the schema that this program needs, and accepts our keys.
import { randomUUID } from 'node:crypto';
import { asFailure, Failure } from '../../services/failures.ts';
import { checkSeals } from '../../services/seal/check-seals.ts';
import type { Installation } from '../../services/store/installation-store.ts';
import type { AppContext } from '../app-context.ts';
import type { Services } from '../services.ts';
import { check, type DoctorCheck, ok, red, skipped, type Verdict, warn, wordsOf } from './check.ts';
import { MIGRATIONS } from './migrations.ts';

const PUSH = 'Apply the migrations: `supabase db push` (an embedded database: restart `npm start`).';
const REACH =
  'Check SUPABASE_URL and SUPABASE_SECRET_KEY, and that the project is not paused (an embedded database: see the log of `npm start`).';
/** The error codes of PostgREST and Postgres for a function that does not exist. */
const MISSING_FUNCTION = new Set<unknown>(['PGRST202', '42883']);

/** How many rows one answer of the database must be able to hold for our SQL functions; Supabase's default allows as many. */
const NEEDED_ROWS = 1_000;
const TRIED_POSTGREST = 12;

interface Asked {
  readonly services: Services;
  readonly context: AppContext;
  /** The database's report about itself, or the failure to read it. */
  readonly installation: Installation | Failure;
}

/** Reads the database's report about itself; returns a failure instead of throwing it. */
export const readInstallation = ({ store }: Services): Promise<Installation | Failure> =>
  store.readInstallation().catch(asFailure);

/** Runs the checks `database`, `migrations`, `row-security`, `postgrest`, `seal-keys` and `signing-key`. */
export function examineDatabase(asked: Asked): Promise<DoctorCheck[]> {
  const { clock } = asked.services;
  const isAway = asked.installation instanceof Failure && !isOlder(asked.installation);
  const after = (name: string, remedy: string, look: () => Promise<Verdict>) =>
    check(clock, name, remedy, async () => (isAway ? skipped('The database was not reached.') : look()));
  return Promise.all([
    check(clock, 'database', REACH, async () => judgeDatabase(asked.installation)),
    after('migrations', PUSH, async () => judgeMigrations(asked.installation)),
    after('row-security', PUSH, async () => judgeRowSecurity(asked.installation)),
    after('postgrest', PUSH, () => judgeRest(asked)),
    after('seal-keys', 'Put the keys that are missing back into SEAL_KEYS.', () => judgeSeals(asked)),
    after('signing-key', 'Check SUPABASE_URL.', () => judgeSigningKey(asked)),
  ]);
}

const isOlder = (failure: Failure): boolean => MISSING_FUNCTION.has(failure.details['sqlState']);

const judgeDatabase = (said: Installation | Failure): Verdict =>
  said instanceof Failure && !isOlder(said) ? red(wordsOf(said), REACH) : ok('Answers to the service’s key.');

function judgeMigrations(said: Installation | Failure): Verdict {
  if (said instanceof Failure) return red('The newest functions are not there.', PUSH);
  if (!said.versions)
    return warn(
      'The functions are there, and no migration was ever recorded.',
      'Look with `supabase migration list`; record what was applied by hand with `supabase migration repair`.',
    );
  const recorded = new Set(said.versions);
  const missing = MIGRATIONS.filter((version) => !recorded.has(version));
  if (missing.length > 0) return red(`Not recorded: ${missing.join(', ')}.`, PUSH);
  return ok(`All ${MIGRATIONS.length} are recorded.`);
}

function judgeRowSecurity(said: Installation | Failure): Verdict {
  if (said instanceof Failure) return skipped('The migrations come first.');
  const [table, ...others] = said.tables;
  if (table === undefined) return ok('Enabled and forced on every table.');
  return red(
    `Not enabled and forced on ${[table, ...others].join(', ')}.`,
    `Run: alter table public.${table} enable row level security, force row level security; likewise for each table named.`,
  );
}

async function judgeRest({ services, context, installation }: Asked): Promise<Verdict> {
  if (installation instanceof Failure) return skipped('The migrations come first.');
  const [version, rows] = await Promise.all([
    context.probes.restVersion().catch(() => undefined),
    services.store.countRows(NEEDED_ROWS),
  ]);
  if (rows < NEEDED_ROWS)
    return red(
      `Answers end at ${rows} rows; ${NEEDED_ROWS} are needed.`,
      'Raise "Max rows" in Supabase’s API settings (db-max-rows of PostgREST) to 1000.',
    );
  if (version === undefined) return ok(`At least ${NEEDED_ROWS} rows an answer; it does not say its version.`);
  if (Number.parseInt(version, 10) < TRIED_POSTGREST)
    return warn(`PostgREST ${version} is older than any that was tried.`, `Upgrade to ${TRIED_POSTGREST} or newer.`);
  return ok(`PostgREST ${version}, at least ${NEEDED_ROWS} rows an answer.`);
}

async function judgeSeals({ services: { store, seal } }: Asked): Promise<Verdict> {
  try {
    await checkSeals(store, seal);
  } catch (error) {
    const failure = asFailure(error);
    if (failure.code !== 'seal/unreadable') throw failure;
    return red(failure.message, 'Put the keys named, with their old bytes, back into SEAL_KEYS behind the first one.');
  }
  const kids = (await store.countKeys()).map(({ kid }) => kid);
  return ok(`Every key in use opens (${kids.length > 0 ? kids.join(', ') : 'none yet'}); ${seal.kid} writes.`);
}

/** Reads from the database with an access token of ours for a member that does not exist, which tests whether PostgREST accepts our signature. */
async function judgeSigningKey({ services, context }: Asked): Promise<Verdict> {
  const who = { userId: randomUUID(), sessionId: randomUUID() };
  const { token } = await services.access.sign(who, services.clock.now());
  const { status, code } = await context.probes.askAsMember(token);
  if (status === 200) return ok('Our access tokens are accepted under row security.');
  if (code === 'PGRST301' || code === 'PGRST302' || code === 'PGRST303')
    return red(
      `Our access token was refused (${code}).`,
      'Import SESSION_SIGNING_KEY in Supabase: Project settings → JWT keys → create standby key → import, then keep it as a verifying key.',
    );
  if (status === 401)
    return red('The publishable key was refused.', 'Copy SUPABASE_PUBLISHABLE_KEY from the project’s API keys again.');
  return red(`Reading as a member answered ${status}${code === undefined ? '' : ` (${code})`}.`, PUSH);
}
