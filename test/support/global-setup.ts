// One Postgres for the whole test run, with a template database that has the prelude (the roles and schemas that Supabase brings) and every
// migration. Test files clone the template database (cloud.ts). The Postgres cluster is set up for speed, not durability: no data has to survive the
// run.
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import type { TestProject } from 'vitest/node';
import { postgresAccount } from '../../embedded/database/account.ts';
import { openAuthenticator } from '../../embedded/database/authenticator.ts';
import { postgresPrograms } from '../../embedded/database/binaries.ts';
import { migrate } from '../../embedded/database/migrate.ts';
import { startPostgres } from '../../embedded/database/postgres.ts';
import { makeSecrets } from '../../embedded/secrets.ts';
import { Secret } from '../../services/secret.ts';
import { moveIntoMemory } from './memory-folder.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /**
     * The cluster's address for the superuser, the password of `authenticator` (the role as which PostgREST connects), and the template database's
     * name.
     */
    cluster: { url: string; authenticatorPassword: string; template: string };
    /** A folder for files that several test files share; it is deleted at the end of the run. */
    runFolder: string;
  }
}

const TEMPLATE = 'puntual_template';
const logger = pino({ level: 'warn' });

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const moveBack = await moveIntoMemory(process.env);
  const folder = await mkdtemp(join(tmpdir(), 'puntual-test-'));
  // Postgres may run as another user, which must be able to pass through this folder.
  await chmod(folder, 0o711);
  const account = postgresAccount();
  const postgres = await startPostgres({
    clusterDir: join(folder, 'postgres'),
    programs: await postgresPrograms(account, folder),
    account,
    password: (await makeSecrets()).postgresPassword,
    logger,
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '400',
      autovacuum: 'off',
      // The write-ahead log is kept small, because it uses up memory if `moveIntoMemory` made a folder in memory.
      max_wal_size: '128MB',
      // Each test file opens dozens of connections, and no test needs password checks to be slow.
      scram_iterations: '1',
    },
  });
  const undo = async () => {
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
    await moveBack();
  };
  try {
    project.provide('runFolder', folder);
    await prepareTemplate(project, postgres.url().reveal());
  } catch (cause) {
    await undo();
    throw cause;
  }
  return undo;
}

async function prepareTemplate(project: TestProject, url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${TEMPLATE}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${TEMPLATE}`;
  const databaseUrl = new Secret(template.href);
  await migrate({ databaseUrl });
  const authenticator = new URL((await openAuthenticator(databaseUrl)).reveal());
  project.provide('cluster', { url, authenticatorPassword: authenticator.password, template: TEMPLATE });
}
