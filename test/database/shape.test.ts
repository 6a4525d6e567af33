// The database keeps the promises that the code relies on: a prebooking's states, row security, which role may read, write or call what, and indexes.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migrate } from '../../embedded/database/migrate.ts';
import { TRANSITIONS } from '../../services/prebooking/prebooking.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
});
afterAll(() => cloud.stop());
const rows = async <T>(sql: string): Promise<T[]> => (await cloud.pool.query(sql)).rows as T[];

describe('states', () => {
  test('the trigger holds the same table of transitions as the code', async () => {
    const found = await rows<{ from_status: string; to_status: string }>('select * from prebooking_transitions');
    const inCode = Object.entries(TRANSITIONS).flatMap(([from, all]) => all.map((to) => `${from} ${to}`));
    expect(found.map((row) => `${row.from_status} ${row.to_status}`).sort()).toEqual(inCode.sort());
  });

  test('every transition outside the table is refused, and every one inside it leaves exactly one event', async () => {
    const statuses = Object.keys(TRANSITIONS) as (keyof typeof TRANSITIONS)[];
    const [member] = await rows<{ id: string }>(`insert into members (created_at) values (now()) returning id`);
    const [box] = await rows<{ id: string }>(
      `insert into boxes (aimharder_box_id, subdomain, name, created_at) values ('1', 'one', 'One', now()) returning id`,
    );
    for (const from of statuses) {
      for (const to of statuses.filter((status) => status !== from)) {
        const client = await cloud.pool.connect();
        try {
          await client.query('begin');
          const made = await client.query(
            `insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
             values ($1, $2, '20260302', '1800_60', now(), now(), now(), now()) returning id`,
            [member?.id, box?.id],
          );
          // The trigger that refuses undeclared changes of state is off, because the test writes each starting state straight into the row.
          await client.query(`alter table prebookings disable trigger guard_prebooking`);
          await client.query(`update prebookings set status = $2 where id = $1`, [made.rows[0].id, from]);
          await client.query(`alter table prebookings enable trigger guard_prebooking`);
          const change = client.query(`update prebookings set status = $2 where id = $1`, [made.rows[0].id, to]);
          const isAllowed = (TRANSITIONS[from] as readonly string[]).includes(to);
          const outcome = await change.then(() => 'moved').catch((error: Error & { code?: string }) => error.code);
          expect(`${from} → ${to}: ${outcome}`).toBe(`${from} → ${to}: ${isAllowed ? 'moved' : 'PT409'}`);
          if (isAllowed) {
            const events = await client.query(
              'select * from prebooking_events where prebooking_id = $1 and from_status = $2 and to_status = $3',
              [made.rows[0].id, from, to],
            );
            expect(events.rowCount).toBe(1);
          }
        } finally {
          await client.query('rollback');
          client.release();
        }
      }
    }
  });

  test('hold for every row of a statement: one closed road closes it for all, and each change leaves its one event', async () => {
    const client = await cloud.pool.connect();
    const ids: string[] = [];
    try {
      await client.query('begin');
      await client.query(`insert into members (email, created_at) values ('bea', now())`);
      await client.query(
        `insert into boxes (aimharder_box_id, subdomain, name, created_at) values ('2', 'two', 'Two', now())`,
      );
      const made = await client.query(
        `insert into prebookings (user_id, box_id, day, time_id, opens_at, starts_at, created_at, updated_at)
         select m.id, b.id, '20260302', t, now(), now(), now(), now()
         from members m, boxes b, unnest(array['0700_60', '1800_60', '1900_60']) t where m.email = 'bea' and b.subdomain = 'two' returning id`,
      );
      ids.push(...made.rows.map((row) => row.id));
      await client.query(`update prebookings set status = 'withdrawn' where id = $1`, [ids[2]]);
      await client.query('savepoint before');
      const refused = client.query(`update prebookings set status = 'scheduled' where id = any ($1)`, [ids]);
      await expect(refused).rejects.toMatchObject({ code: 'PT409' });
      await client.query('rollback to before');
      await client.query(`update prebookings set status = 'scheduled' where id = any ($1)`, [ids.slice(0, 2)]);
      await client.query(`update prebookings set message_id = 'm' where id = any ($1)`, [ids]);
      const events = await client.query(
        'select prebooking_id, from_status, to_status from prebooking_events order by id',
      );
      expect(
        events.rows
          .slice(-6)
          .map((row) => `${ids.indexOf(row.prebooking_id)} ${row.from_status} ${row.to_status}`)
          .sort(),
      ).toEqual([
        '0 null scheduling',
        '0 scheduling scheduled',
        '1 null scheduling',
        '1 scheduling scheduled',
        '2 null scheduling',
        '2 scheduling withdrawn',
      ]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe('access', () => {
  test('row security is on and forced on every table', async () => {
    const open = await rows(`select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and not (relrowsecurity and relforcerowsecurity)`);
    expect(open).toEqual([]);
  });

  test('no function of ours may be called by anybody but the service', async () => {
    const open =
      await rows(`select p.oid::regprocedure::text as f, r.rolname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      cross join pg_roles r where n.nspname = 'public' and r.rolname in ('anon', 'authenticated') and has_function_privilege(r.oid, p.oid, 'execute')`);
    expect(open).toEqual([]);
  });

  test('every function that runs as its owner has a fixed, empty search path', async () => {
    const loose =
      await rows(`select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.prosecdef and not coalesce(p.proconfig, '{}') @> array['search_path=""']`);
    expect(loose).toEqual([]);
  });

  test('a table and a function of a later migration are closed to the API, also in a folder that was started before', async () => {
    await migrate({ databaseUrl: cloud.postgresUrl });
    const client = await cloud.pool.connect();
    try {
      await client.query('begin');
      await client.query('create table public.later (id int primary key)');
      await client.query('create function public.later_too() returns int language sql return 1');
      const open =
        await client.query(`select r.rolname from pg_roles r where r.rolname in ('anon', 'authenticated', 'service_role')
        and (has_table_privilege(r.oid, 'public.later', 'select, insert, update, delete') or has_function_privilege(r.oid, 'public.later_too()', 'execute'))`);
      expect(open.rows).toEqual([]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  test('no function looks names up by the search path of its caller', async () => {
    // A function must have a search path of its own, or a body whose names were resolved when the function was created (such a body may still be
    // inlined).
    const loose =
      await rows(`select p.oid::regprocedure::text from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname = 'public' and p.prosqlbody is null and not coalesce(p.proconfig, '{}') @> array['search_path=""']`);
    expect(loose).toEqual([]);
  });

  test('what a race asks for a thousand times is made part of the statement that asks', async () => {
    for (const [inlined, table] of [
      ['claimed_shape_of', 'prebookings'],
      ['shape_prebooking', 'prebookings'],
      ['prebooking_card', 'prebookings'],
      ['session_card', 'auth_sessions'],
    ]) {
      const plan = await rows(`explain (verbose, costs off) select ${inlined}(t) from ${table} t`);
      expect(JSON.stringify(plan)).not.toContain(inlined);
    }
  });

  test('every foreign key has an index that begins with its columns', async () => {
    const bare =
      await rows(`select c.conrelid::regclass::text as t, c.conname from pg_constraint c where c.contype = 'f' and c.connamespace = 'public'::regnamespace
      and not exists (select from pg_index i where i.indrelid = c.conrelid and (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)`);
    expect(bare).toEqual([]);
  });

  test('no role can read sealed tokens, keys or hashes through the API, the service included', async () => {
    const seen =
      await rows(`select c.relname, r.rolname from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles r
      where n.nspname = 'public' and c.relname in ('token_journal', 'user_keys', 'refresh_tokens') and r.rolname in ('anon', 'authenticated', 'service_role')
      and has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references')`);
    expect(seen).toEqual([]);
  });

  test('no role can write a table past the functions, but for what row security guards and a subscription', async () => {
    const writable =
      await rows(`select c.relname, r.rolname, p.privilege from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join pg_roles r
      cross join unnest(array['insert', 'update', 'delete', 'truncate']) p(privilege)
      where n.nspname = 'public' and c.relkind in ('r', 'v') and r.rolname in ('anon', 'authenticated', 'service_role')
      and case when p.privilege in ('insert', 'update') then has_any_column_privilege(r.oid, c.oid, p.privilege)
        else has_table_privilege(r.oid, c.oid, p.privilege) end
      order by 1, 2, 3`);
    expect(writable).toEqual([
      { relname: 'chat_messages', rolname: 'authenticated', privilege: 'insert' },
      { relname: 'chat_sessions', rolname: 'authenticated', privilege: 'insert' },
      { relname: 'sessions', rolname: 'authenticated', privilege: 'insert' },
      { relname: 'subscriptions', rolname: 'service_role', privilege: 'insert' },
      { relname: 'subscriptions', rolname: 'service_role', privilege: 'update' },
    ]);
  });

  test('renewing keeps to the page: no index stands on a column that a renewal changes', async () => {
    const changing = [
      'token_digest',
      'last_token_update_date',
      'next_attempt_at',
      'lease_until',
      'token_update_count',
      'status',
      'current_attempt',
    ];
    const indexed = await rows<{
      attname: string;
    }>(`select a.attname from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
      where i.indrelid = 'auth_sessions'::regclass`);
    expect(indexed.map((row) => row.attname).filter((name) => changing.includes(name))).toEqual([]);
  });
});
