// Row security, case by case: every role tries every operation on each member's row of every table and view, and the outcome is exactly what is
// declared. The test also proves that it finds a hole made on purpose, and that it fails for an undeclared table.
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';
import {
  expected,
  INTERNAL_FUNCTIONS,
  OPERATIONS,
  POLICY_FUNCTIONS,
  RELATIONS,
  ROLES,
  SECRETS,
  SERVICE_FUNCTIONS,
  SUBJECTS,
} from './rls-declared.ts';
import { become, type Planted, plant, probe, tried, uproot } from './rls-probe.ts';

let cloud: Cloud;
let client: PoolClient;
let planted: Planted;
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
  client = await cloud.pool.connect();
  planted = await plant(client);
});
afterAll(async () => {
  await uproot(client);
  client.release();
  await cloud.stop();
});

const rows = async (sql: string): Promise<Record<string, unknown>[]> => (await client.query(sql)).rows;
const API_ROLES = ['anon', 'authenticated', 'service_role'];

/** Gives the cases of one relation (a table or view) whose outcome is not the declared one. */
async function surprises(name: string): Promise<string[]> {
  const found: string[] = [];
  for (const role of ROLES)
    for (const operation of OPERATIONS)
      for (const subject of SUBJECTS) {
        if (RELATIONS[name]?.view && (role === 'functions' || role === 'bound')) continue;
        const really = await probe(client, planted, name, role, operation, subject);
        const declared = expected(name, role, operation, subject);
        if (really !== declared)
          found.push(`${role} ${operation} ${name} of ${subject}: ${really}, declared ${declared}`);
      }
  return found;
}

/** Gives the columns at which rls-declared.ts and the database differ about whether an API role can read the column. */
async function columnSurprises(): Promise<string[]> {
  const all =
    await rows(`select c.relname as name, a.attname as column, r.rolname as role, has_column_privilege(r.oid, c.oid, a.attnum, 'select') as reads
    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped cross join pg_roles r
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'v', 'm', 'p', 'f') and r.rolname in ('anon', 'authenticated', 'service_role')`);
  return all.flatMap(({ name, column, role, reads }) => {
    const relation = RELATIONS[String(name)];
    const own = relation?.reads;
    const declared =
      role === 'authenticated'
        ? own === '*' || (own?.includes(String(column)) ?? false)
        : role === 'service_role' && relation?.service !== undefined;
    const isSecret = SECRETS[String(name)]?.includes(String(column)) ?? false;
    return reads === (declared && !isSecret) ? [] : [`${role} ${name}.${column}: ${reads ? 'reads' : 'does not read'}`];
  });
}

/**
 * Gives what differs from the declarations: undeclared or missing relations and functions, views and functions with unsafe settings, and functions
 * with other callers than declared.
 */
async function undeclared(): Promise<string[]> {
  const relations =
    await rows(`select relname as name, case relkind when 'v' then 'view' else 'table' end as kind, coalesce(reloptions, '{}') @> array['security_invoker=true'] as asks
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f')`);
  const functions =
    await rows(`select p.proname as name, p.prosecdef as definer, coalesce(p.proconfig, '{}') @> array['search_path=""'] as fixed,
      (select coalesce(array_agg(r.rolname::text order by r.rolname), '{}') from pg_roles r where r.rolname in ('anon', 'authenticated', 'service_role') and has_function_privilege(r.oid, p.oid, 'execute')) as callers
    from pg_proc p where p.pronamespace in ('public'::regnamespace, 'row_security'::regnamespace)`);
  const known = new Set([...SERVICE_FUNCTIONS, ...INTERNAL_FUNCTIONS, ...POLICY_FUNCTIONS]);
  return [
    ...relations
      .filter(({ name }) => !RELATIONS[String(name)])
      .map(({ kind, name }) => `${kind} ${name} is not declared`),
    ...relations
      .filter(({ kind, asks }) => kind === 'view' && !asks)
      .map(({ name }) => `view ${name} sees what its owner sees`),
    ...Object.keys(RELATIONS)
      .filter((name) => !relations.some((one) => one['name'] === name))
      .map((name) => `${name} does not exist`),
    ...functions.filter(({ name }) => !known.has(String(name))).map(({ name }) => `function ${name} is not declared`),
    ...[...known]
      .filter((name) => !functions.some((one) => one['name'] === name))
      .map((name) => `function ${name} does not exist`),
    ...functions
      .filter(({ definer, fixed }) => definer && !fixed)
      .map(({ name }) => `function ${name} has no fixed search path`),
    ...functions.flatMap(({ name, callers }) => {
      const isOfPolicy = POLICY_FUNCTIONS.includes(String(name));
      const declared = SERVICE_FUNCTIONS.includes(String(name)) ? 'service_role' : isOfPolicy ? 'authenticated' : '';
      return String(callers) === declared ? [] : [`function ${name} is called by ${callers}, declared ${declared}`];
    }),
  ];
}

describe('every relation and every function', () => {
  test('is declared, runs with a fixed search path, and is called by the roles it is declared for', async () => {
    expect(await undeclared()).toEqual([]);
  });
  test('shows each role exactly the columns declared, and no role a secret', async () => {
    expect(await columnSurprises()).toEqual([]);
  });
});

describe('every role, operation and row', () => {
  test.each(Object.keys(RELATIONS))('of %s is as declared', async (name) => {
    expect(await surprises(name)).toEqual([]);
  });

  test('a secret column is refused to every role that asks for it by name', async () => {
    for (const [name, columns] of Object.entries(SECRETS))
      for (const column of columns)
        for (const role of ['anon', 'A', 'nobody', 'service'] as const) {
          const outcome = await tried(client, async () => {
            await become(client, role, planted);
            return (await client.query(`select ${column} from public.${name}`)).rowCount ?? 0;
          });
          expect([role, name, column, outcome]).toEqual([role, name, column, 'refused']);
        }
  });
});

describe('a row of one’s own', () => {
  const as = (role: 'A' | 'nobody', sql: string) =>
    tried(client, async () => {
      await become(client, role, planted);
      return (await client.query(sql)).rowCount ?? 0;
    });

  test('is not begun with turns already taken, nor in the past', async () => {
    expect(await as('A', 'insert into sessions (turn_count) values (0)')).toBe('yes');
    expect(await as('A', 'insert into sessions (turn_count) values (7)')).toBe('refused');
    expect(await as('A', `insert into sessions (turn_count, created_at) values (0, '2020-01-01')`)).toBe('refused');
  });

  test('is not begun by a token without a subject', async () => {
    const outcome = await as('nobody', 'insert into sessions (turn_count) values (0)').catch(
      (error: Error) => error.message,
    );
    expect(outcome).toMatch(/23502|refused/);
  });
});

test('the functions work when their owner is no superuser, as in a hosted project', async () => {
  const { member, box } = planted.people.A;
  const calls: [string, unknown[]][] = [
    [`select enrol_member('999', 'x@example.test', 'X', now())`, []],
    [`select join_boxes($1, '[{"platformBoxId":"5","slug":"five","name":"Five"}]', now())`, [member]],
    [
      `select open_gym_session($1, 'background', 'f', gen_random_uuid(), gen_random_uuid(), 'd', 't', 'c', now())`,
      [member],
    ],
    [
      `select create_prebooking(gen_random_uuid(), $1, $2, '20260303', null, '1800_60', 'WOD', null, false, '[]', now(), now(), now())`,
      [member, box],
    ],
    [
      `select bridge_user_session(gen_random_uuid(), gen_random_uuid(), 'y@example.test', null, null, null, 'h', 1000, 1000, now())`,
      [],
    ],
    [`select begin_request($1, 'k', 'h', gen_random_uuid(), 1000, now())`, [member]],
    [`select begin_login(gen_random_uuid(), 'a', 'b', 3, 20, 1000, 1000, now())`, []],
    [`select read_usage($1, now())`, [member]],
    [`select read_monitor(now())`, []],
  ];
  for (const [sql, values] of calls) {
    const outcome = await tried(client, async () => {
      await become(client, 'service', planted);
      return (await client.query(sql, values)).rowCount ?? 0;
    });
    expect([sql, outcome]).toEqual([sql, 'yes']);
  }
});

describe('a hole', () => {
  /** Weakens the database's protection with `sql`, runs the check `look`, and undoes the change. */
  const dig = async (sql: string, look: () => Promise<string[]>): Promise<string[]> => {
    await client.query('savepoint hole');
    try {
      await client.query(sql);
      return await look();
    } finally {
      await client.query('rollback to savepoint hole; release savepoint hole');
    }
  };
  test.each<[string, string, () => Promise<string[]>, RegExp]>([
    [
      'a policy that lets everybody in',
      'create policy hole on prebookings for select using (true)',
      () => surprises('prebookings'),
      /A select prebookings of B: yes/,
    ],
    [
      'row security switched off',
      'alter table chat_messages disable row level security',
      () => surprises('chat_messages'),
      /A select chat_messages of B: yes/,
    ],
    [
      'row security not forced',
      'alter table members no force row level security',
      () => surprises('members'),
      /bound select members of A: yes/,
    ],
    [
      'a grant on a secret table',
      'grant select on token_journal to authenticated',
      columnSurprises,
      /authenticated token_journal\.token_sealed: reads/,
    ],
    [
      'one column granted',
      'grant select (token_digest) on auth_sessions to authenticated',
      columnSurprises,
      /token_digest: reads/,
    ],
    [
      'an update granted with a policy',
      'grant update on sessions to authenticated; create policy hole on sessions for update using (true)',
      () => surprises('sessions'),
      /A update sessions of A: yes/,
    ],
    [
      'an insert in another’s name',
      `create policy hole on chat_sessions for insert to authenticated with check (true)`,
      () => surprises('chat_sessions'),
      /A insert chat_sessions of B: yes/,
    ],
    [
      'a view that sees as its owner',
      'create view hole as select * from auth_sessions',
      undeclared,
      /view hole sees what its owner sees/,
    ],
    [
      'a view of ours that does',
      'alter view my_sessions set (security_invoker = false)',
      () => surprises('my_sessions'),
      /A select my_sessions of B: yes/,
    ],
    ['a table nobody declared', 'create table hole (id integer)', undeclared, /table hole is not declared/],
    [
      'a function open to all',
      `create function hole() returns integer language sql set search_path = '' as 'select 1'; grant execute on function hole to anon`,
      undeclared,
      /function hole is not declared/,
    ],
    [
      'a function of ours open to members',
      'grant execute on function read_background_session to authenticated',
      undeclared,
      /read_background_session is called by authenticated,service_role/,
    ],
    [
      'a search path left open',
      'alter function enrol_member reset search_path',
      undeclared,
      /enrol_member has no fixed search path/,
    ],
  ])('that is %s is found', async (_what, sql, look, found) => {
    expect((await dig(sql, look)).join('\n')).toMatch(found);
    expect(await look()).toEqual([]);
  });
});

test('no role of the API may make anything in our schema', async () => {
  const makers = await rows(
    `select rolname from pg_roles where rolname = any (array['${API_ROLES.join("','")}']) and has_schema_privilege(oid, 'public', 'create')`,
  );
  expect(makers).toEqual([]);
});
