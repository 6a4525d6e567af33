// The doctor in a deployment with one real fault: the doctor names it with its remedy, and the line of each working part stays green.
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import { asAuthenticator } from '../../embedded/database/authenticator.ts';
import { startGateway } from '../../embedded/database/gateway.ts';
import { startPostgrest } from '../../embedded/database/postgrest.ts';
import { makeSecrets } from '../../embedded/secrets.ts';
import { signIn } from '../../jobs/sign-in.ts';
import { createSchedules, SCHEDULED_CALLS } from '../../services/dispatch/schedules.ts';
import { Secret } from '../../services/secret.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import type { AppContext } from '../../worker/app-context.ts';
import type { DoctorCheck } from '../../worker/doctor/check.ts';
import { examine } from '../../worker/doctor/examine.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { environmentOf, type HostedService, startHosted } from '../support/hosted-service.ts';
import { limitMs } from '../support/limits.ts';
import { town } from '../support/town.ts';

// Each run of the doctor checks a dozen parts of the deployment over real sockets, so a test may take long.
vi.setConfig({ testTimeout: limitMs(60_000) });
const CLOSED_PORT = 'http://127.0.0.1:1';
/**
 * How long, in ms, the doctor waits for the queue's call: long enough for a queue on this machine. The doctor waits for this whole time only if the
 * queue's call never comes.
 */
const ROUND_TRIP_MS = 6_000;
const SHORT_MS = 1_500;

let cloud: Cloud;
let gym: Simulator;
let environment: Record<string, string>;
let running: HostedService | undefined;
beforeAll(async () => {
  cloud = await startCloud({ queue: true });
  gym = await startSimulator({ scenario: town });
  environment = environmentOf(cloud, gym);
  // A member signs in, so that the member's data key and a box are stored.
  const first = await startHosted(environment);
  await signIn(first.services, { email: 'ana@example.test', password: new Secret('right') });
  await first.end();
});
beforeEach(() => gym.control.clearKnobs());
afterEach(async () => {
  await running?.end();
  running = undefined;
});
afterAll(async () => {
  await gym.stop();
  await cloud.stop();
});

interface Given {
  readonly env?: Record<string, string>;
  readonly change?: (context: AppContext) => Partial<AppContext>;
  readonly roundTripMs?: number;
  /** A function that is called after the service has been assembled. */
  readonly afterwards?: (service: HostedService) => Promise<unknown>;
}
async function examineWith({ env = {}, change, roundTripMs = ROUND_TRIP_MS, afterwards }: Given = {}) {
  running = await startHosted({ ...environment, ...env }, change);
  await afterwards?.(running);
  return examine(running.services, running.context, roundTripMs);
}
const linesOf = (checks: readonly DoctorCheck[], state: string): string[] =>
  checks.filter((one) => one.state === state).map(({ name }) => name);
const lineOf = (checks: readonly DoctorCheck[], name: string): DoctorCheck | undefined =>
  checks.find((one) => one.name === name);

async function expectRed(given: Given, name: string, said: RegExp, remedy: RegExp, others: readonly string[] = []) {
  const { ok, checks } = await examineWith(given);
  expect(linesOf(checks, 'red').sort(), JSON.stringify(checks, null, 1)).toEqual([name, ...others].sort());
  expect(ok).toBe(false);
  expect(lineOf(checks, name)?.said).toMatch(said);
  expect(lineOf(checks, name)?.remedy).toMatch(remedy);
  return checks;
}

test('a deployment with nothing wrong has no red line and no warning', async () => {
  const { ok, checks } = await examineWith();
  expect([linesOf(checks, 'red'), linesOf(checks, 'warn')], JSON.stringify(checks, null, 1)).toEqual([[], []]);
  expect(ok).toBe(true);
  expect(linesOf(checks, 'skipped')).toEqual(['region']);
  expect(checks.length).toBeGreaterThanOrEqual(15);
});

describe('the database', () => {
  test('that is away is one red line, and what rests on it is not judged', async () => {
    const env = { SUPABASE_URL: CLOSED_PORT };
    const checks = await expectRed({ env, roundTripMs: SHORT_MS }, 'database', /unavailable/, /SUPABASE_URL/, [
      'round-trip',
    ]);
    expect(linesOf(checks, 'skipped')).toEqual(
      expect.arrayContaining(['migrations', 'row-security', 'postgrest', 'seal-keys', 'signing-key']),
    );
  });

  test('a signing key that Supabase does not know: import it', async () => {
    const env = { SESSION_SIGNING_KEY: (await makeSecrets()).sessionSigningKey.reveal() };
    await expectRed({ env }, 'signing-key', /refused \(PGRST30/, /Import SESSION_SIGNING_KEY/);
  });

  test('a keyring that lost the key in use: put it back', async () => {
    const env = { SEAL_KEYS: (await makeSecrets()).sealKeys.reveal().replace('k1:', 'k2:') };
    await expectRed({ env }, 'seal-keys', /k1/, /SEAL_KEYS/);
  });

  test('a migration without its record: push', async () => {
    const version = '20261128000900';
    const { rows } = await cloud.pool.query(
      'delete from supabase_migrations.schema_migrations where version = $1 returning *',
      [version],
    );
    try {
      await expectRed({}, 'migrations', new RegExp(version), /supabase db push/);
    } finally {
      const { statements, name } = rows[0];
      await cloud.pool.query('insert into supabase_migrations.schema_migrations values ($1, $2, $3)', [
        version,
        statements,
        name,
      ]);
    }
  });

  test('functions that are not there yet: push', async () => {
    const sql = 'alter function public.read_installation() rename to read_installation_of_old';
    const older = await startCloud({ queue: true, sql });
    try {
      await expectRed({ env: environmentOf(older, gym) }, 'migrations', /not there/, /supabase db push/);
    } finally {
      await running?.end();
      running = undefined;
      await older.stop();
    }
  });

  test('row security switched off on a table: the statement that switches it on', async () => {
    await cloud.pool.query('alter table public.prebookings disable row level security');
    try {
      await expectRed({}, 'row-security', /prebookings/, /alter table public\.prebookings enable row level security/);
    } finally {
      await cloud.pool.query('alter table public.prebookings enable row level security');
    }
  });

  test('a PostgREST that cuts answers short: raise its limit', async () => {
    const { authenticatorPassword } = inject('cluster');
    const signing = { signingJwks: cloud.jwks, roleKey: cloud.secrets.roleKey };
    const postgrest = await startPostgrest({
      databaseUrl: asAuthenticator(cloud.postgresUrl, authenticatorPassword),
      ...signing,
      logger: pino({ level: 'silent' }),
      maxRows: 100,
    });
    const keys = { publishableKey: cloud.publishableKey, secretKey: cloud.secretKey };
    const gateway = await startGateway({ postgrestPort: postgrest.port, ...keys, ...signing });
    try {
      await expectRed({ env: { SUPABASE_URL: gateway.url } }, 'postgrest', /end at 100 rows/, /Max rows/);
    } finally {
      await running?.end();
      running = undefined;
      await gateway.stop();
      await postgrest.stop();
    }
  });
});

describe('the queue', () => {
  test('that is away is one red line', async () => {
    const checks = await expectRed({ env: { QSTASH_URL: CLOSED_PORT } }, 'queue', /./, /QSTASH_URL/);
    expect(linesOf(checks, 'skipped')).toEqual(expect.arrayContaining(['round-trip', 'schedules']));
  });

  test('a PUBLIC_URL that leads elsewhere: no signed call comes back', async () => {
    const elsewhere = createServer((_, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const PUBLIC_URL = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    await expectRed({ env: { PUBLIC_URL }, roundTripMs: SHORT_MS }, 'round-trip', /no call/, /Set PUBLIC_URL/);
    elsewhere.close();
  });

  test('signing keys of another account: no call with its signature comes back', async () => {
    const other = await makeSecrets();
    const env = {
      QSTASH_CURRENT_SIGNING_KEY: other.qstashCurrentSigningKey.reveal(),
      QSTASH_NEXT_SIGNING_KEY: other.qstashNextSigningKey.reveal(),
    };
    await expectRed({ env, roundTripMs: SHORT_MS }, 'round-trip', /signature/, /signing keys/);
  });

  test('on a function without schedules nothing ticks: deploy them, and it is well', async () => {
    const env = { VERCEL: '1', VERCEL_REGION: 'cdg1' };
    await expectRed({ env }, 'schedules', /puntual-refresh-tokens is missing/, /deploy:schedules/);
    const { services, context } = running as HostedService;
    const queue = { url: cloud.qstashUrl, token: cloud.qstashToken, publicUrl: context.publicUrl };
    await createSchedules(queue).put(SCHEDULED_CALLS);
    const { ok, checks } = await examine(services, context, ROUND_TRIP_MS);
    expect(lineOf(checks, 'schedules')).toMatchObject({ state: 'ok', said: expect.stringContaining('361 of') });
    expect(lineOf(checks, 'disk')).toMatchObject({ state: 'skipped', said: expect.stringMatching(/No disk here/) });
    expect(ok).toBe(true);
    await createSchedules(queue).put([]);
  });
});

describe('the place', () => {
  test('a clock that is five seconds behind the others', async () => {
    const ahead = async () => new Date(Date.now() + 5_000);
    const change = (context: AppContext) => ({ probes: { ...context.probes, databaseTime: ahead } });
    await expectRed({ change }, 'clock', /database’s interface differ by \d+ ms/, /NTP/);
  });

  test('a folder that takes no file', async () => {
    // A file takes the place of the spool's folder: a folder without write permission would not stop root, who may write to any folder.
    const afterwards = async ({ dataDir }: HostedService) => {
      await rm(join(dataDir, 'spool'), { recursive: true });
      await writeFile(join(dataDir, 'spool'), '');
    };
    await expectRed({ afterwards }, 'disk', /folder-unwritable/, /DATA_DIR/);
  });

  test('a gym that blocks our address for all, and for changes alone', async () => {
    const block = (knob: KnobInput) => ({ afterwards: () => gym.control.setKnob(knob) });
    await expectRed(block({ kind: 'geo-block' }), 'gym-reads', /blocks our address \(403\)/, /region of the EU/, [
      'gym-writes',
    ]);
    await running?.end();
    await gym.control.clearKnobs();
    const writesAlone: KnobInput = { kind: 'geo-block', op: ['book', 'cancelBook'] };
    await expectRed(block(writesAlone), 'gym-writes', /403/, /GYM_PROXY/);
  });

  test('a gym that is not reached is no block', async () => {
    const env = { AIMHARDER_URL: CLOSED_PORT };
    await expectRed({ env }, 'gym-reads', /ECONNREFUSED/, /AIMHARDER_URL/, ['gym-writes']);
  });

  test('looking at the gym signs no member in and changes nothing there', async () => {
    await gym.control.clearHistory();
    await examineWith();
    const calls = await gym.control.history();
    expect(calls.map(({ op }) => op).sort()).toEqual(['book', 'page', 'tokenUpdate', 'whoami']);
    expect(calls.every(({ effect, cookies }) => effect === null && cookies.auth === 'absent')).toBe(true);
  });

  test('a function in the United States', async () => {
    const env = { VERCEL: '1', VERCEL_REGION: 'iad1' };
    await expectRed({ env }, 'region', /iad1/, /"regions": \["cdg1"\]/, ['schedules']);
  });

  test('no address that hears notices is a warning, and nothing red', async () => {
    const { ok, checks } = await examineWith({ env: { NOTICE_WEBHOOK_URL: '', NOTICE_WEBHOOK_SECRET: '' } });
    expect([ok, linesOf(checks, 'warn')]).toEqual([true, ['channels']]);
    expect(lineOf(checks, 'channels')?.remedy).toMatch(/OPERATOR_EMAIL.*OPERATOR_TELEGRAM_CHAT.*NOTICE_WEBHOOK_URL/);
  });
});

test('no secret stands in what is said', async () => {
  const { checks } = await examineWith({ env: { QSTASH_URL: CLOSED_PORT } });
  const text = JSON.stringify(checks);
  for (const [name, value] of Object.entries(environment))
    if (/TOKEN|KEY|SECRET/.test(name) && !/PUBLISHABLE/.test(name))
      expect([name, text.includes(value)]).toEqual([name, false]);
});
