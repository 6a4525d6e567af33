// Plays two days of each member with a kept login, at a gym that refuses sign-ins, locks accounts, and loses or garbles its answers. The campaign
// checks the gym's history: for each member no automatic login after a refusal, and otherwise at most one an hour and two a day. The campaign also
// looks for the kept login's password in clear text wherever the service stores or shows something.
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import { refreshBackgroundSessions } from '../../../jobs/refresh-background-sessions.ts';
import { signIn } from '../../../jobs/sign-in.ts';
import { mendDue } from '../../../services/renewal/mend-due.ts';
import { Secret } from '../../../services/secret.ts';
import { seededRandom } from '../../../simulator/random.ts';
import type { ScenarioInput } from '../../../simulator/scenario.ts';
import type { Services } from '../../../worker/services.ts';
import type { TestApp } from '../../routes/open-app.ts';
import { dumpOf, filesOf, hasMark, MARK } from '../../support/canary.ts';
import { type HandClock, MINUTE_MS } from '../../support/hand-clock.ts';
import { SUNDAY_NOON, town } from '../../support/town.ts';
import { drawFate, type Fate } from './fates.ts';

export interface KeptCampaign {
  readonly app: TestApp;
  readonly clock: HandClock;
  readonly episodes: number;
  readonly seed: number;
  /** Gives the services that a wrong twin puts in the place of the real ones; absent for the real code. */
  readonly change?: (services: Services) => Partial<Services>;
}
export interface KeptTally {
  readonly episodes: number;
  /** How many automatic sign-ins the gym saw. */
  readonly logins: number;
  readonly refusals: number;
  readonly mended: number;
  readonly found: readonly string[];
}

const A_BATCH = 100;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/**
 * The minutes from one pass to the next. Some steps are just shorter or just longer than an hour, for the limit of one automatic login an hour. All
 * steps together are longer than a day, for the limit of two automatic logins in 24 hours.
 */
const STEPS = [5, 35, 35, 35, 35, 59, 2, 59, 300, 400, 240, 120, 61, 61, 240, 700, 30, 30];
const DEATH = 0.8;

/** Plays the campaign: each episode is two days of one member. */
export async function playKept({ app, clock, episodes, seed, change }: KeptCampaign): Promise<KeptTally> {
  const services = { ...app.services, ...change?.(app.services) };
  const tally = { episodes: 0, logins: 0, refusals: 0, mended: 0, found: [] as string[] };
  for (let first = 0; first < episodes; first += A_BATCH) {
    const batch = { services, app, clock, first, count: Math.min(A_BATCH, episodes - first), seed: seed + first };
    const one = await playBatch(batch);
    tally.episodes += one.episodes;
    tally.logins += one.logins;
    tally.refusals += one.refusals;
    tally.mended += one.mended;
    tally.found.push(...one.found);
  }
  return tally;
}

interface Batch {
  readonly services: Services;
  readonly app: TestApp;
  readonly clock: HandClock;
  readonly first: number;
  readonly count: number;
  readonly seed: number;
}
const emailOf = (id: number): string => `m${id}@example.test`;
const passwordOf = (id: number, seed: number): string => `${MARK}password-${id}-${seed}-${randomUUID()}`;

async function playBatch(batch: Batch): Promise<KeptTally> {
  const { app, clock, count, seed, services } = batch;
  const random = seededRandom(seed);
  const ids = Array.from({ length: count }, (_, at) => at + 1);
  const passwords = new Map(ids.map((id) => [id, passwordOf(id, seed)]));
  await stage(batch, passwords);
  const tokens: string[] = [];
  for (const [id, password] of passwords) {
    const login = { email: emailOf(id), password: new Secret(password), keepLogin: true };
    tokens.push((await signIn(services, login)).accessToken.reveal());
  }
  await app.gym.control.clearHistory();
  const fates = new Map<number, Fate>(ids.map((id) => [id, drawFate(random)]));
  for (const [id, { knobs }] of fates) for (const knob of knobs) await app.gym.control.setKnob({ ...knob, member: id });
  let mended = 0;
  for (const [step, minutes] of STEPS.entries()) {
    clock.advance(minutes * MINUTE_MS);
    await app.gym.control.advance(minutes * MINUTE_MS);
    await app.cloud.pool.query(
      `update auth_sessions set status = 'needs-login', told_dead_at = $2 where session_type = 'background' and user_email = any($1)`,
      [ids.filter(() => random() < DEATH).map(emailOf), clock.now()],
    );
    // Two sign-in passes run at the same time, as in two deployments on one database.
    const ends = await Promise.all([mendDue(services, {}), mendDue(services, {})]);
    mended += ends.reduce((sum, one) => sum + one, 0);
    if (step === 1) await refreshBackgroundSessions(services, { runId: randomUUID() }).catch(() => undefined);
  }
  const judged = await judge(batch, fates);
  return { ...judged, mended, found: [...judged.found, ...(await leaks(batch, tokens))] };
}

async function stage({ app, clock }: Batch, passwords: ReadonlyMap<number, string>): Promise<void> {
  const scenario: ScenarioInput = {
    ...town,
    members: [...passwords].map(([id, password]) => ({
      id,
      name: `m${id}`,
      email: emailOf(id),
      password,
      boxes: ['norte'],
    })),
  };
  clock.set(SUNDAY_NOON);
  await app.gym.control.reset(scenario);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  await app.cloud.pool.query('delete from members; delete from login_limits; delete from gym_facts');
  app.log.length = 0;
}

/** Compares each member's sign-ins in the gym's own history with what is promised for kept logins. */
async function judge(
  { app, first, seed }: Batch,
  fates: ReadonlyMap<number, Fate>,
): Promise<Omit<KeptTally, 'mended'>> {
  const history = await app.gym.control.history({ op: 'login' });
  const found: string[] = [];
  let refusals = 0;
  for (const [id, { name, refusesAt }] of fates) {
    const times = history.filter(({ memberId }) => memberId === id).map(({ simAtMs }) => simAtMs);
    const tell = (what: string) => found.push(`seed ${seed} episode ${first + id} (${name}): ${what}`);
    if (refusesAt !== undefined && times.length > refusesAt) refusals += 1;
    if (refusesAt !== undefined && times.length > refusesAt + 1)
      tell(`${times.length - refusesAt - 1} logins by itself after a refusal`);
    for (const [at, time] of times.entries()) {
      if (time - (times[at - 1] ?? -HOUR_MS) < HOUR_MS) tell('two logins within an hour');
      if (time - (times[at - 2] ?? -DAY_MS) < DAY_MS) tell('three logins within a day');
    }
  }
  const { rows } = await app.cloud.pool.query('select m.email from kept_logins k join members m on m.id = k.user_id');
  for (const { email } of rows) {
    const id = Number(/\d+/.exec(email)?.[0]);
    const refusesAt = fates.get(id)?.refusesAt;
    const logins = history.filter(({ memberId }) => memberId === id).length;
    if (refusesAt !== undefined && logins > refusesAt)
      found.push(`seed ${seed} episode ${first + id}: kept after a refusal`);
  }
  return { episodes: fates.size, logins: history.length, refusals, found };
}

/**
 * Gives one line for each of database, log, spool, HTTP answers and a dump of the services' objects in which the kept login's password, or another
 * marked secret, stands in clear text.
 */
async function leaks({ app, seed, services }: Batch, tokens: readonly string[]): Promise<string[]> {
  const answers = await Promise.all(
    tokens.flatMap((bearer) =>
      ['/api/auth/session?sessionType=background', '/api/auth/session', '/api/auth/sessions'].map(
        async (path) => (await app.ask('GET', path, { bearer })).text,
      ),
    ),
  );
  const places: Readonly<Record<string, string>> = {
    'a row': await dumpOf(app.cloud.pool),
    'the log': app.log.join('\n'),
    'the spool': await filesOf(app.folder),
    'an answer': answers.join('\n'),
    'a dump of the services': inspect(services, { depth: 8 }) + JSON.stringify({ ...app.context, meters: undefined }),
  };
  return Object.entries(places).flatMap(([place, text]) =>
    hasMark(text) ? [`seed ${seed}: a secret in ${place}`] : [],
  );
}
