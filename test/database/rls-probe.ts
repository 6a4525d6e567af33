// Writes one row of every table for each of members A and B and a third user, then tries every operation as every role on each row. The whole
// probe runs in one transaction, which is rolled back at the end. Each operation is real SQL behind a savepoint, run as a role of PostgREST or as the
// functions' owner.
import { randomInt, randomUUID } from 'node:crypto';
import type { PoolClient } from 'pg';
import { type Operation, type Outcome, RELATIONS, type Role, SUBJECTS, type Subject } from './rls-declared.ts';

interface Person {
  readonly name: string;
  readonly member: string;
  readonly box: string;
  readonly gymSession: string;
  readonly session: string;
  readonly chat: string;
  readonly prebooking: string;
  readonly rule: string;
}
interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}
export interface Planted {
  readonly people: Readonly<Record<Subject, Person>>;
  readonly columns: readonly Column[];
  /** The role that owns the tables and functions in this test. */
  readonly owner: string;
}

const NEEDED = `select table_name as "table", column_name as name, data_type as type from information_schema.columns
  where table_schema = 'public' and is_nullable = 'NO' and column_default is null and is_identity = 'NO' order by ordinal_position`;
/** The values of columns for which the column's type alone does not tell a valid value. */
const SPECIAL: Readonly<Record<string, (person: Person) => unknown>> = {
  user_id: ({ member }) => member,
  box_id: ({ box }) => box,
  prebooking_id: ({ prebooking }) => prebooking,
  rule_id: ({ rule }) => rule,
  session_type: () => 'device',
  state: () => 'ok',
  kind: () => 'webhook',
  role: () => 'user',
  day: () => '20260302',
  time_id: () => randomUUID(),
  to_status: ({ name }) => name,
  from_status: () => 'planted',
  jti: ({ name }) => name,
  job: ({ name }) => name,
  account: ({ name }) => name,
  'rate_buckets.name': ({ name }) => name,
  'operator_alerts.kind': ({ name }) => name,
  'gym_facts.fact': ({ name }) => name,
  'gym_facts.source': () => 'seen',
  'renewal_witnesses.session_id': ({ gymSession }) => gymSession,
  'login_lives.chain': ({ gymSession }) => gymSession,
  'login_lives.lived': () => '1 hour',
  'invitations.secret_hash': ({ name }) => name,
  'kept_counts.name': ({ name }) => name,
  'operator_news.kind': ({ name }) => name,
  'watches.kind': () => 'tell',
  'watch_days.day': () => '20260303',
  'watch_budgets.per_hour': () => 90,
  'notice_tellings.channel_id': ({ name }) => name,
  'notice_tellings.state': () => 'sending',
  'token_journal.state': () => 'current',
  'token_journal.session_id': ({ gymSession }) => gymSession,
  'refresh_attempts.session_id': ({ gymSession }) => gymSession,
  'refresh_tokens.session_id': ({ session }) => session,
  'rules.weekday': () => 1,
  'rule_exceptions.day': () => anyDigits(),
  'rule_exceptions.skip': () => true,
  'rule_days.day': () => anyDigits(),
  'rule_pauses.from_day': () => '20260302',
  'rule_pauses.until_day': () => '20260303',
  'chat_messages.session_id': ({ chat }) => chat,
};
/** For tables in which at least one of several columns must be set: the column that the probe sets, with its value. */
const BESIDE: Readonly<Record<string, () => readonly [string, unknown]>> = {
  rules: () => ['class_name', `x${randomUUID()}`],
};
const anyDigits = (): string => String(randomInt(10_000_000, 100_000_000));
/** The tables in which the probe's row gets an id that is known beforehand, with the name of that id in `Person`. */
const IDS: Readonly<Record<string, keyof Person>> = {
  members: 'member',
  boxes: 'box',
  auth_sessions: 'gymSession',
  user_sessions: 'session',
  chat_sessions: 'chat',
  prebookings: 'prebooking',
  rules: 'rule',
};
/** The tables whose rows are written first, parents before their children. */
const ORDER = ['members', 'boxes', 'auth_sessions', 'user_sessions', 'chat_sessions', 'prebookings', 'rules'];

const anyOf = (type: string): unknown => {
  if (type === 'uuid') return randomUUID();
  if (/integer|bigint|double/.test(type)) return 0;
  if (/timestamp/.test(type)) return new Date('2026-03-01T12:00:00Z');
  return `x${randomUUID()}`;
};

function rowFor(table: string, person: Person, columns: readonly Column[], fresh: boolean): Map<string, unknown> {
  const needed = columns.filter((column) => column.table === table);
  const row = new Map(
    needed.map(({ name, type }) => [
      name,
      (SPECIAL[`${table}.${name}`] ?? SPECIAL[name] ?? (() => anyOf(type)))(person),
    ]),
  );
  const beside = BESIDE[table]?.();
  if (beside) row.set(...beside);
  const id = IDS[table];
  if (id) row.set('id', fresh ? randomUUID() : person[id]);
  if (RELATIONS[table]?.key.startsWith('user_id')) row.set('user_id', person.member);
  return row;
}

async function insert(client: PoolClient, table: string, row: ReadonlyMap<string, unknown>): Promise<void> {
  const names = [...row.keys()];
  await client.query(
    `insert into public.${table} (${names.join(', ')}) values (${names.map((_, n) => `$${n + 1}`).join(', ')})`,
    [...row.values()],
  );
}

/** Begins the probe's transaction and writes one row of every table for each of `SUBJECTS`; `uproot` rolls the transaction back. */
export async function plant(client: PoolClient): Promise<Planted> {
  await client.query('begin');
  const { rows: columns } = await client.query<Column>(NEEDED);
  const owner = `owner_${randomUUID().slice(0, 8)}`;
  const names = { A: 'ana', B: 'bea', orphan: 'nobodys' };
  const people = Object.fromEntries(
    SUBJECTS.map((subject) => {
      const ids = {
        member: randomUUID(),
        box: randomUUID(),
        gymSession: randomUUID(),
        session: randomUUID(),
        chat: randomUUID(),
        prebooking: randomUUID(),
        rule: randomUUID(),
      };
      return [subject, { name: names[subject], ...ids }];
    }),
  ) as Record<Subject, Person>;
  const tables = Object.keys(RELATIONS).filter((name) => !RELATIONS[name]?.view && !ORDER.includes(name));
  for (const person of Object.values(people))
    for (const table of [...ORDER, ...tables]) await insert(client, table, rowFor(table, person, columns, false));
  await giveAway(client, owner);
  return { people, columns, owner };
}

/** Makes a role that is no superuser the owner of the tables and functions, as in a hosted project. */
async function giveAway(client: PoolClient, owner: string): Promise<void> {
  await client.query(`create role ${owner} nologin nosuperuser bypassrls`);
  await client.query(
    `grant usage, create on schema public, row_security to ${owner}; grant usage on schema auth, extensions to ${owner}`,
  );
  await client.query(`do $$ declare r record; begin
    for r in select c.oid::regclass::text as name, c.relkind from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v') loop
      execute format('alter %s %s owner to ${owner}', case r.relkind when 'v' then 'view' else 'table' end, r.name);
    end loop;
    for r in select p.oid::regprocedure::text as name from pg_proc p where p.pronamespace in ('public'::regnamespace, 'row_security'::regnamespace) loop
      execute format('alter function %s owner to ${owner}', r.name);
    end loop; end $$`);
}

export const uproot = (client: PoolClient): Promise<unknown> => client.query('rollback');

/** Acts as a role until the caller rolls back the savepoint of the tried operation. */
export async function become(client: PoolClient, role: Role, { people, owner }: Planted): Promise<void> {
  const sub = role === 'A' || role === 'B' ? people[role].member : undefined;
  const roles = {
    anon: 'anon',
    A: 'authenticated',
    B: 'authenticated',
    nobody: 'authenticated',
    service: 'service_role',
    functions: owner,
    bound: owner,
  };
  if (role === 'bound') await client.query(`alter role ${owner} nobypassrls`);
  await client.query(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ role: roles[role], ...(sub && { sub }) }),
  ]);
  await client.query(`set local role ${roles[role]}`);
}

/** Does `work` as the current role, rolls it back, and returns what happened. */
export async function tried(client: PoolClient, work: () => Promise<number>): Promise<Outcome> {
  await client.query('savepoint try');
  try {
    return (await work()) > 0 ? 'yes' : 'none';
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    if (code === '42501') return 'refused';
    // Postgres checks privileges and row security before keys, so an error about a key means that the operation was allowed.
    if (code === '23505' || (code === '23503' && message.startsWith('update or delete'))) return 'yes';
    throw new Error(`Expected a verdict, got ${code}: ${message}`);
  } finally {
    await client.query('rollback to savepoint try; release savepoint try');
  }
}

/** Gives what really happens when this role does this operation on this person's row. */
export function probe(
  client: PoolClient,
  planted: Planted,
  name: string,
  role: Role,
  operation: Operation,
  subject: Subject,
): Promise<Outcome> {
  const person = planted.people[subject];
  const where = (RELATIONS[name]?.key ?? 'true').replace(/\{(\w+)\}/g, (_, key: keyof Person) => `'${person[key]}'`);
  const column = /^\w+/.exec(where)?.[0] ?? '';
  const statements = {
    select: `select ${column} from public.${name} where ${where}`,
    update: `update public.${name} set ${column} = ${column} where ${where}`,
    delete: `delete from public.${name} where ${where}`,
  };
  return tried(client, async () => {
    await become(client, role, planted);
    if (operation !== 'insert') return (await client.query(statements[operation])).rowCount ?? 0;
    await insert(
      client,
      name,
      RELATIONS[name]?.view ? new Map([['user_id', person.member]]) : rowFor(name, person, planted.columns, true),
    );
    return 1;
  });
}
