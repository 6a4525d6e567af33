// node worker/migrate.ts postgres://…: brings a self-hosted Postgres (not a Supabase project) to the newest schema, roles included. The command is
// safe to run again. The password comes from PGPASSWORD, so that no process list shows it.
import { migrate } from '../embedded/database/migrate.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { Secret } from '../services/secret.ts';

async function main(): Promise<void> {
  const address = process.argv[2] ?? '';
  if (!/^postgres(ql)?:\/\//.test(address))
    throw new Failure('request/invalid', 'Expected: node worker/migrate.ts postgres://user@host:port/database');
  const applied = await migrate({ databaseUrl: new Secret(address) });
  process.stdout.write(
    applied.length > 0 ? `Applied ${applied.join(', ')}.\n` : 'Nothing to apply: the schema is the newest.\n',
  );
}

main().catch((error) => {
  const { code, message, cause } = asFailure(error);
  const why = code === 'internal/unexpected' && cause instanceof Error ? cause.message : message;
  process.stderr.write(`${why}\n`);
  process.exitCode = 1;
});
