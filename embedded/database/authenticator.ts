// Gives PostgREST a login of its own, with a password that is new at every start and kept nowhere. It grants nothing
// (prelude.sql does).
import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { Secret } from '../../services/secret.ts';

/** Sets the role's password through the superuser's address; resolves with the same address as `authenticator`. */
export async function openAuthenticator(databaseUrl: Secret): Promise<Secret> {
  const password = randomBytes(24).toString('hex');
  const client = new Client({ connectionString: databaseUrl.reveal() });
  // A lost connection rejects the query under way; the event itself needs a listener, or it ends the process.
  client.on('error', () => {});
  await client.connect();
  try {
    // The password is hex of our own making, so it needs no quoting; ALTER ROLE takes no parameters.
    await client.query(`alter role authenticator with login password '${password}'`);
  } finally {
    await client.end();
  }
  return asAuthenticator(databaseUrl, password);
}

/** The same database's address as `authenticator`. */
export function asAuthenticator(databaseUrl: Secret, password: string): Secret {
  const url = new URL(databaseUrl.reveal());
  url.username = 'authenticator';
  url.password = password;
  return new Secret(url.href);
}
