// Runs a stack in a process of its own, for tests that kill it: starts on DATA_DIR (first argument), prints one JSON line, stops on SIGTERM.
import { pino } from 'pino';
import { startStack } from '../../embedded/stack.ts';

const [dataDir = '', migrationsDir = ''] = process.argv.slice(2);
const stack = await startStack({ dataDir, migrationsDir, logger: pino({ level: 'silent' }) });
process.once('SIGTERM', () => {
  stack.stop().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
const { postgresUrl, supabaseUrl, qstashUrl, qstashToken, secretKey, qstashCurrentSigningKey, qstashNextSigningKey } =
  stack;
const told = {
  pid: process.pid,
  supabaseUrl,
  qstashUrl,
  postgresUrl: postgresUrl.reveal(),
  secretKey: secretKey.reveal(),
  qstashToken: qstashToken.reveal(),
  qstashCurrentSigningKey: qstashCurrentSigningKey.reveal(),
  qstashNextSigningKey: qstashNextSigningKey.reveal(),
};
process.stdout.write(`${JSON.stringify(told)}\n`);
