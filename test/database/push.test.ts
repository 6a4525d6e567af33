// Tests `supabase db push`, as far as possible without the CLI: the migrations run in order, each in a transaction, on what a hosted project already
// has. The database role that runs the migrations is no superuser. The service's role can call the doctor's functions after the migrations.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { MIGRATIONS } from '../../worker/doctor/migrations.ts';

const FOLDER = fileURLToPath(new URL('../../supabase/', import.meta.url));
const name = `push_${process.pid}`;
const PASSWORD = 'of-a-role-that-lives-for-one-test';
let admin: Client;
let superuser: Client;
let pusher: Client;

async function open(change: (url: URL) => void): Promise<Client> {
  const url = new URL(inject('cluster').url);
  change(url);
  const client = new Client({ connectionString: url.href });
  await client.connect();
  return client;
}
const here = (url: URL) => {
  url.pathname = `/${name}`;
};

beforeAll(async () => {
  admin = await open(() => undefined);
  await admin.query(`create database ${name}`);
  superuser = await open(here);
  await superuser.query(readFileSync(`${FOLDER}prelude.sql`, 'utf8'));
  // The role that runs the migrations is like Supabase's `postgres`: it may make roles and bypasses row security, and is no superuser.
  await superuser.query(`create role ${name} login nosuperuser createrole bypassrls password '${PASSWORD}'`);
  await superuser.query(`alter schema public owner to ${name}; grant create on database ${name} to ${name}`);
  await superuser.query(
    `grant all on schema auth, extensions to ${name}; grant all on all tables in schema auth to ${name}`,
  );
  pusher = await open((url) => {
    here(url);
    url.username = name;
    url.password = PASSWORD;
  });
});
afterAll(async () => {
  await pusher?.end();
  await superuser.query(`drop owned by ${name} cascade`);
  await superuser.end();
  await admin.query(`drop database ${name} with (force)`);
  await admin.query(`drop role ${name}`);
  await admin.end();
});

test('every migration is applied by a role that is no superuser, and the service finds all of it', async () => {
  await pusher.query('create schema supabase_migrations');
  await pusher.query(
    'create table supabase_migrations.schema_migrations (version text primary key, statements text[], name text)',
  );
  for (const file of readdirSync(`${FOLDER}migrations`).sort()) {
    await pusher.query('begin');
    await pusher.query(readFileSync(`${FOLDER}migrations/${file}`, 'utf8'));
    await pusher.query('insert into supabase_migrations.schema_migrations (version) values ($1)', [file.split('_')[0]]);
    await pusher.query('commit');
  }
  const { rows } = await superuser
    .query(`select set_config('role', 'service_role', false); select read_installation() as said`)
    .then(
      (results) =>
        (results as unknown as { rows: { said: { versions: string[]; tables: string[] } }[] }[])[1] ?? { rows: [] },
    );
  expect(rows[0]?.said).toMatchObject({ versions: MIGRATIONS, tables: [] });
  await superuser.query('reset role');
});
