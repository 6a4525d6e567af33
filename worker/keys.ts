// `npm run keys -- new` prints fresh secrets for .env, `-- status` prints how many members' keys each keyring key wraps, and `-- rotate` wraps every
// member's key under the first of SEAL_KEYS. The command `npm run keys` may run beside the service, and uses the configured database, or the embedded
// database, which is started if it is not running.
import type { Secrets } from '../embedded/secrets.ts';
import { countMembers, rotateKeys } from '../jobs/rotate-keys.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { checkSeals } from '../services/seal/check-seals.ts';
import { Secret } from '../services/secret.ts';
import { readEnvironment } from './config.ts';
import { type Opened, openOwnStore } from './own-store.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);
function sayMembers(members: Readonly<Record<string, number>>, writing: string): void {
  const kids = Object.entries(members);
  if (kids.length === 0) say('No member has a key yet.');
  for (const [kid, count] of kids) {
    say(`${kid}: ${count} member${count === 1 ? '' : 's'}${kid === writing ? ' (writes)' : ' left to wrap anew'}`);
  }
}

async function status({ store, seal }: Opened): Promise<void> {
  sayMembers(await countMembers(store), seal.kid);
  await checkSeals(store, seal);
  say('Every key in use can be opened.');
}

async function rotate({ store, seal }: Opened): Promise<void> {
  await checkSeals(store, seal);
  const report = await rotateKeys({ store, seal, logger: createLogger('error') }, (done) =>
    say(`${done} wrapped anew`),
  );
  sayMembers(report.members, seal.kid);
  if (report.unreadable > 0) throw new Failure('seal/unreadable', `${report.unreadable} keys could not be opened.`);
}

const COMMANDS: Readonly<Record<string, (opened: Opened) => Promise<void>>> = { status, rotate };

/** Prints fresh secrets as lines for `.env`; they are stored nowhere, and the operator keeps them. */
async function sayNew(): Promise<void> {
  const { makeSecrets } = await import('../embedded/secrets.ts');
  const made = await makeSecrets();
  const { cronSecret, operatorToken, sealKeys, sessionSigningKey, vapidKeys } = made;
  const own = {
    CRON_SECRET: cronSecret,
    OPERATOR_TOKEN: operatorToken,
    SEAL_KEYS: sealKeys,
    SESSION_SIGNING_KEY: sessionSigningKey,
    VAPID_KEYS: vapidKeys,
  };
  const lines = process.argv.includes('--database') ? { ...own, ...(await databaseKeys(made)) } : own;
  // The secrets are printed in clear on purpose. JSON is put in single quotes, so that a shell does not remove the double quotes inside it.
  for (const [name, value] of Object.entries(lines)) {
    const text = value.reveal();
    say(`${name}=${text.includes('"') ? `'${text}'` : text}`);
  }
}

/** Fresh secrets for the Postgres and PostgREST of compose.yaml; PostgREST accepts tokens that our own signing key has signed. */
async function databaseKeys({ postgresPassword, roleKey, sessionSigningKey }: Secrets) {
  const { makeSecrets, publicJwks } = await import('../embedded/secrets.ts');
  const { jwtSecretOf } = await import('../embedded/database/postgrest.ts');
  const { roleToken } = await import('../embedded/database/gateway.ts');
  return {
    POSTGRES_PASSWORD: postgresPassword,
    AUTHENTICATOR_PASSWORD: (await makeSecrets()).postgresPassword,
    PGRST_JWT_SECRET: jwtSecretOf({ signingJwks: publicJwks(sessionSigningKey), roleKey }),
    SUPABASE_PUBLISHABLE_KEY: new Secret(await roleToken('anon', roleKey)),
    SUPABASE_SECRET_KEY: new Secret(await roleToken('service_role', roleKey)),
  };
}

async function main(): Promise<void> {
  if (process.argv[2] === 'new') return sayNew();
  const command = COMMANDS[process.argv[2] ?? ''];
  if (!command) throw new Failure('request/invalid', 'Expected: npm run keys -- new, -- status, or -- rotate.');
  const opened = await openOwnStore(readEnvironment());
  try {
    await command(opened);
  } finally {
    await opened.stop();
  }
}

main().catch((error) => {
  process.stderr.write(`${asFailure(error).message}\n`);
  process.exitCode = 1;
});
