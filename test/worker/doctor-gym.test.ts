// The command `npm run doctor -- gym` recognises each kind of gym that the test stages, with at most 25 calls to each. The command books nothing,
// and stores neither the given e-mail and password nor a token of the gym.
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import type { GymFindings } from '../../services/gym/examination.ts';
import { platforms } from '../../services/gym/platforms.ts';
import { createHttp } from '../../services/http.ts';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { hasMark, MARK } from '../support/canary.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { compiledBy } from '../support/compiled.ts';
import { enrol as enrolMember } from '../support/enrol.ts';
import { limitMs } from '../support/limits.ts';
import { MONDAY, town } from '../support/town.ts';

const PASSWORD = `${MARK}password-of-the-operator`;
const EMAIL = 'ana@example.test';
const scenario = (suffix: 'com' | 'es'): ScenarioInput => ({
  boxes: [{ ...town.boxes?.[0], slug: 'norte', boid: 77, name: 'Box Norte', suffix }],
  members: [{ id: 1, name: 'Ana', email: EMAIL, password: PASSWORD, boxes: ['norte'] }],
});

let gym: Simulator;
beforeAll(async () => {
  gym = await startSimulator({ scenario: scenario('com') });
});
afterAll(() => gym.stop());
beforeEach(() => gym.control.reset(scenario('com')));

const addresses = () => ({
  loginUrl: `${gym.loginUrl},${gym.es.loginUrl}`,
  mainUrl: `${gym.mainUrl},${gym.es.mainUrl}`,
  boxUrlTemplate: `${gym.boxUrlTemplate},${gym.es.boxUrlTemplate}`,
});
async function examine(password = PASSWORD): Promise<GymFindings> {
  const { examination } = platforms.aimharder(addresses());
  const http = createHttp({ allow: [examination.owns] });
  try {
    const login = { email: EMAIL, password: new Secret(password) };
    return await examination.examine({ http, clock: systemClock, day: MONDAY, pauseMs: 0, login });
  } finally {
    await http.close();
  }
}

interface Staged {
  readonly knobs: readonly KnobInput[];
  readonly suffix?: 'es';
  readonly reads: Partial<GymFindings>;
}
const TOKENS: Readonly<Record<string, Staged>> = {
  alive: { knobs: [], reads: { tokenUpdate: 'renews', cookies: 'none' } },
  dead: { knobs: [{ kind: 'logout', op: 'tokenUpdate' }], reads: { tokenUpdate: 'gone', cookies: 'unknown' } },
  're-issuing': {
    knobs: [{ kind: 'reissue', mode: 'kill', auth: true, session: true }],
    reads: { tokenUpdate: 'renews', cookies: 'kill' },
  },
};
const think = (stamp: 'start' | 'end'): KnobInput => ({ kind: 'think', path: '/', meanMs: 400, stamp });
const ELSE: Readonly<Record<string, Staged>> = {
  'a warm-up needed': { knobs: [{ kind: 'warm-up', by: 'setrefresh' }], reads: { warmUp: 'setrefresh' } },
  'boxes under .es': { knobs: [], suffix: 'es', reads: { addresses: 'other', warmUp: 'not-needed', slug: 'norte' } },
  'Date stamped early': { knobs: [think('start')], reads: { stamp: 'start', warmUp: 'not-needed' } },
  'Date stamped late': { knobs: [think('end')], reads: { stamp: 'end', warmUp: 'not-needed' } },
  'changes barred': {
    knobs: [{ kind: 'status', op: ['book', 'cancelBook'], code: 403 }],
    reads: { writes: 'blocked', warmUp: 'not-needed' },
  },
};
const USUAL = { signIn: 'signed-in', addresses: 'first', otherAnswers: true, writes: 'pass', logOut: 'no-way' };
const gyms = Object.entries(TOKENS).flatMap(([token, a]) =>
  Object.entries(ELSE).map(([trait, b]) => ({ token, trait, a, b })),
);

describe('a gym', () => {
  test.each(gyms)('with tokenUpdate $token and $trait is told apart', async ({ a, b }) => {
    await gym.control.reset(scenario(b.suffix ?? 'com'));
    for (const knob of [...a.knobs, ...b.knobs]) await gym.control.setKnob(knob);
    const found = await examine();
    expect(found).toMatchObject({ ...USUAL, ...a.reads, ...b.reads });
    const history = await gym.control.history();
    expect(history.length).toBeLessThanOrEqual(25);
    expect(found.calls).toHaveLength(history.length);
    expect(history.filter(({ effect }) => effect?.what === 'booked' || effect?.what === 'cancelled')).toEqual([]);
    // Every login cookie that the doctor sent was one that the gym had issued.
    expect(history.filter(({ cookies }) => cookies.auth === 'unknown')).toEqual([]);
    expect(hasMark(JSON.stringify(found))).toBe(false);
  });

  test('that refuses the login is asked once', async () => {
    expect(await examine('not it')).toMatchObject({ signIn: 'wrong-credentials', tokenUpdate: 'unknown' });
    expect(await gym.control.history()).toHaveLength(1);
  });

  test('whose schedule is enough, or that thinks hardly at all, reads so', async () => {
    await gym.control.setKnob({ kind: 'warm-up', by: 'schedule' });
    expect(await examine()).toMatchObject({ warmUp: 'schedule', stamp: 'either' });
  });

  test('whose old cookies live on beside the new ones reads so', async () => {
    await gym.control.setKnob({ kind: 'reissue', mode: 'keep', auth: true, session: true });
    expect(await examine()).toMatchObject({ tokenUpdate: 'renews', cookies: 'keep' });
  });

  test('that answers 404 to tokenUpdate and knows the cookies renews none', async () => {
    await gym.control.setKnob({ kind: 'status', op: 'tokenUpdate', code: 404 });
    expect(await examine()).toMatchObject({ tokenUpdate: 'gone' });
  });
});

describe('the command', () => {
  let cloud: Cloud;
  let folder: string;
  beforeAll(async () => {
    cloud = await startCloud();
    folder = await mkdtemp(join(tmpdir(), 'puntual-doctor-'));
    const { supabaseUrl, secretKey } = cloud;
    await writeFile(join(folder, 'stack.json'), JSON.stringify({ supabaseUrl, secretKey: secretKey.reveal() }));
  });
  afterAll(async () => {
    await cloud.stop();
    await rm(folder, { recursive: true, force: true });
  });

  function run(typed: string, ...more: string[]): Promise<{ code: number | null; out: string; err: string }> {
    const { loginUrl, mainUrl, boxUrlTemplate } = addresses();
    const child = spawn(process.execPath, ['worker/doctor.ts', 'gym', '--day', MONDAY, ...more], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: {
        PATH: process.env['PATH'],
        NODE_COMPILE_CACHE: compiledBy('doctor'),
        DATA_DIR: folder,
        SEAL_KEYS: cloud.secrets.sealKeys.reveal(),
        AIMHARDER_LOGIN_URL: loginUrl,
        AIMHARDER_URL: mainUrl,
        AIMHARDER_BOX_URL: boxUrlTemplate,
      },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      err += String(chunk);
    });
    child.stdin.end(typed);
    return new Promise((resolve) => child.once('close', (code) => resolve({ code, out, err })));
  }

  test(
    'asks for a login, prints a report without it, and saves what renewals and the estimator read',
    async () => {
      await gym.control.setKnob({ kind: 'logout', op: 'tokenUpdate' });
      await gym.control.setKnob(think('end'));
      const { code, out, err } = await run(`${EMAIL}\n${PASSWORD}\n`, '--save');
      expect(code, err).toBe(0);
      expect(out).toMatch(/token-update +gone/);
      expect(out).toMatch(/date-stamp +end/);
      expect(out).toContain('nothing was booked');
      expect([out, err].filter((text) => hasMark(text) || text.includes(EMAIL))).toEqual([]);
      const store = createStore({ supabaseUrl: cloud.supabaseUrl, secretKey: cloud.secretKey });
      expect(await store.readGymFacts()).toEqual({ 'token-update': 'gone', 'date-stamp': 'end' });
      const rule = await cloud.pool.query('select take_renewal_rule(gen_random_uuid(), now()) as rule');
      expect(rule.rows).toEqual([{ rule: 'whoami' }]);
      const { member } = await enrol(store);
      const [box] = (
        await store.placeBoxes(
          member,
          [{ slug: 'norte', platformBoxId: '77', name: 'Norte', role: 'client' }],
          new Date(),
        )
      ).boxes;
      expect(box?.clock.evidence).toBe(2);
    },
    limitMs(30_000),
  );

  test('refuses to begin without a login, and says which is refused', async () => {
    expect(await run('')).toMatchObject({ code: 1, err: 'Expected an e-mail and a password.\n' });
    const wrong = await run(`${EMAIL}\nwrong\n`);
    expect(wrong.code).toBe(1);
    expect(wrong.out).toContain('wrong-credentials');
  });

  async function enrol(store: ReturnType<typeof createStore>): Promise<{ member: string }> {
    const bea = { platformUserId: '9', email: 'bea@example.test', name: 'Bea', now: new Date() };
    const { id } = await enrolMember(store, bea);
    return { member: id };
  }
});
