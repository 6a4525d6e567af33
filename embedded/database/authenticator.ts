// Gives PostgREST a database login of its own, with a password that is made at every start and stored nowhere. This file grants no rights;
// prelude.sql does.
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Secret } from '../../services/secret.ts';

/** Sets the password of the role `authenticator`, as superuser; resolves with the database's address for that role. */
export async function openAuthenticator(databaseUrl: Secret): Promise<Secret> {
  const password = randomBytes(24).toString('hex');
  const client = new Client({ connectionString: databaseUrl.reveal() });
  // A lost connection rejects the query under way and also emits `error`; without a listener that event would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    // ALTER ROLE takes no parameters; the password is hexadecimal, so the password needs no escaping.
    await client.query(`alter role authenticator with login password '${password}'`);
  } finally {
    await client.end();
  }
  return asAuthenticator(databaseUrl, password);
}

/** The database's address with the login of the role `authenticator`. */
export function asAuthenticator(databaseUrl: Secret, password: string): Secret {
  const url = new URL(databaseUrl.reveal());
  url.username = 'authenticator';
  url.password = password;
  return new Secret(url.href);
}
