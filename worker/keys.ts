// npm run keys -- new | status | rotate: fresh secrets as lines for .env; which keyring keys are in use; wrapping every member's key anew
// under the first of SEAL_KEYS. May run beside the service, and talks to the configured database or the embedded one, running or not.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Secrets } from '../embedded/secrets.ts';
import { countMembers, rotateKeys } from '../jobs/rotate-keys.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { createLogger } from '../services/log.ts';
import { checkSeals } from '../services/seal/check-seals.ts';
import { createSeal, type Seal } from '../services/seal/seal.ts';
import { Secret } from '../services/secret.ts';
import { createStore, type Store } from '../services/store/store.ts';
import { type Config, readEnvironment } from './config.ts';

interface Opened {
  readonly store: Store;
  readonly seal: Seal;
  stop(): Promise<void>;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const runningStack = z.object({ supabaseUrl: z.string(), secretKey: z.string() });

async function open(config: Config): Promise<Opened> {
  const stay = async () => undefined;
  if (config.supabase) {
    if (!config.sealKeys) throw new Failure('config/invalid', 'Expected SEAL_KEYS.');
    const { url, secretKey } = config.supabase;
    return { store: createStore({ supabaseUrl: url, secretKey }), seal: createSeal(config.sealKeys), stop: stay };
  }
  // Imported only when needed: a deployment with a real cloud carries none of it.
  const { loadOrMakeSecrets } = await import('../embedded/secrets.ts');
  const seal = createSeal(config.sealKeys ?? (await loadOrMakeSecrets(config.dataDir)).sealKeys);
  const running = await readFile(join(config.dataDir, 'stack.json'), 'utf8').catch(() => undefined);
  if (running !== undefined) {
    const { supabaseUrl, secretKey } = runningStack.parse(JSON.parse(running));
    return { store: createStore({ supabaseUrl, secretKey: new Secret(secretKey) }), seal, stop: stay };
  }
  const { startStack } = await import('../embedded/stack.ts');
  const { dataDir, postgrestBin } = config;
  const stack = await startStack({ dataDir, postgrestBin, logger: createLogger('warn') });
  const store = createStore({ supabaseUrl: stack.supabaseUrl, secretKey: stack.secretKey });
  return { store, seal, stop: () => stack.stop() };
}

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

/** Lines for `.env`, printed once and kept nowhere: the operator keeps them. */
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
  // Bare, because that is what they are for. JSON stands in single quotes: its own quotes then mean nothing to a shell.
  for (const [name, value] of Object.entries(lines)) {
    const text = value.reveal();
    say(`${name}=${text.includes('"') ? `'${text}'` : text}`);
  }
}

/** What compose.yaml needs for a Postgres and a PostgREST of one's own, which know the same signing key. */
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
  const opened = await open(readEnvironment());
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
