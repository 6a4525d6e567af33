// npm run doctor [-- --json] [-- --url https://…], npm run doctor -- gym [--save] (doctor/gym.ts): can tonight's races succeed? The doctor checks
// every environment variable in its own process, then asks the running service to examine itself. The exit code is 1 if a check is red. The doctor
// prints no secret.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { stackFileIn } from '../embedded/stack-file.ts';
import { asFailure, Failure } from '../services/failures.ts';
import { createHttp, originRule } from '../services/http.ts';
import { Secret } from '../services/secret.ts';
import { type Config, readEnvironment } from './config.ts';
import { type DoctorCheck, type Examination, examinationOf, ok, red, type State, skipped } from './doctor/check.ts';

const PATH = '/api/operator/doctor';
/**
 * How long, in ms, the doctor waits for the running service to check itself and answer. The service first reads the database's report about itself,
 * for 9 s at most. The checks then run side by side, each for 20 s at most.
 */
const TIMEOUT_MS = 60_000;
const SET = 'Correct it in .env, or where your platform keeps its variables. .env.example says what each is.';
const MARKS: Readonly<Record<State, string>> = { ok: 'ok  ', warn: 'WARN', red: 'RED ', skipped: '--  ' };

const runningStack = z.object({ url: z.string(), operatorToken: z.string() });
const examined = z.object({
  checks: z.array(
    z.object({
      name: z.string(),
      state: z.enum(['ok', 'warn', 'red', 'skipped']),
      said: z.string(),
      remedy: z.string().optional(),
    }),
  ),
});

interface Server {
  readonly url: string;
  readonly operatorToken: Secret;
}

function readVariables(): { config: Config | undefined; checks: DoctorCheck[] } {
  try {
    return { config: readEnvironment(), checks: [{ name: 'variables', ...ok('Every variable here can be meant.') }] };
  } catch (error) {
    const { details, message } = asFailure(error);
    const problems = Array.isArray(details['problems']) ? details['problems'].map(String) : [message];
    return { config: undefined, checks: problems.map((one) => ({ name: 'variables', ...red(`${one}.`, SET) })) };
  }
}

/**
 * Finds the service to examine: the one at the address `given`, else the one that runs on this data folder, else the one at PUBLIC_URL. Throws
 * config/invalid.
 */
async function findServer(config: Config, given: string | undefined): Promise<Server> {
  if (given !== undefined) return { url: originOf(given), operatorToken: tokenOf(config) };
  const running = await readFile(stackFileIn(config.dataDir), 'utf8').catch(() => undefined);
  if (running !== undefined) {
    const { url, operatorToken } = runningStack.parse(JSON.parse(running));
    return { url, operatorToken: new Secret(operatorToken) };
  }
  if (config.publicUrl !== undefined) return { url: config.publicUrl, operatorToken: tokenOf(config) };
  throw new Failure('config/invalid', `Nothing runs on ${config.dataDir}, and no PUBLIC_URL or --url says where else.`);
}

function originOf(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isHere = url !== undefined && /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isHere)) return url.origin;
  throw new Failure('config/invalid', 'Expected --url with an https address: the operator’s token goes there.');
}

function tokenOf(config: Config): Secret {
  if (config.operatorToken) return config.operatorToken;
  throw new Failure('config/invalid', 'Expected OPERATOR_TOKEN, the one of the service that is asked.');
}

async function askServer({ url, operatorToken }: Server): Promise<DoctorCheck[]> {
  const http = createHttp({ allow: [originRule(url)] });
  try {
    const headers = { authorization: `Bearer ${operatorToken.reveal()}` };
    const { status, body } = await http.send({
      method: 'GET',
      url: new URL(`${url}${PATH}`),
      headers,
      totalMs: TIMEOUT_MS,
    });
    if (status === 401)
      return [server(red(`${url} refused our OPERATOR_TOKEN.`, 'Use the OPERATOR_TOKEN of that deployment.'))];
    if (status !== 200)
      return [
        server(red(`${url}${PATH} answered ${status}.`, 'Read its log; deploy this version there; check the address.')),
      ];
    const { checks } = examined.parse(JSON.parse(body));
    return [
      server(ok(`${url} answers.`)),
      ...checks.map(({ remedy, ...one }) => (remedy === undefined ? one : { ...one, remedy })),
    ];
  } catch {
    return [
      server(red(`${url} does not answer.`, `Start it: npm start. If it runs, check the address (PUBLIC_URL, --url).`)),
    ];
  } finally {
    await http.close();
  }
}

const server = (verdict: Omit<DoctorCheck, 'name'>): DoctorCheck => ({ name: 'server', ...verdict });

async function examineServer(config: Config | undefined, given: string | undefined): Promise<DoctorCheck[]> {
  if (!config) return [server(skipped('Not asked: the variables come first.'))];
  try {
    return await askServer(await findServer(config, given));
  } catch (error) {
    return [
      server(
        red(asFailure(error).message, 'Start it: npm start, or say where it runs: npm run doctor -- --url https://…'),
      ),
    ];
  }
}

function say({ checks }: Examination): void {
  const width = Math.max(...checks.map(({ name }) => name.length));
  for (const { name, state, said, remedy } of checks) {
    process.stdout.write(`${MARKS[state]}  ${name.padEnd(width)}  ${said}\n`);
    if (remedy !== undefined) process.stdout.write(`      ${' '.repeat(width)}  → ${remedy}\n`);
  }
}

function argumentAfter(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : (process.argv[at + 1] ?? '');
}

async function examineAll(): Promise<number> {
  const { config, checks } = readVariables();
  const examination = examinationOf([...checks, ...(await examineServer(config, argumentAfter('--url')))]);
  if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(examination, null, 2)}\n`);
  else say(examination);
  return examination.ok ? 0 : 1;
}

async function examineTheGym(): Promise<number> {
  const { examineGym } = await import('./doctor/gym.ts');
  const has = (name: string) => process.argv.includes(name);
  return examineGym({ isSaved: has('--save'), isJson: has('--json'), day: argumentAfter('--day') });
}

process.exitCode = await (process.argv[2] === 'gym' ? examineTheGym() : examineAll());
