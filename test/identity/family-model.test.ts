// Refresh-token families against a model (T21, T22, RELIABILITY 4.11): whatever is done to one, in whatever order and at once, it
// has at most one live leaf, a revoked one never revives, and a replayed parent gets the very same child.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { createFamily } from '../../services/identity/family.ts';
import { IDLE_MS } from '../../services/identity/open-user-session.ts';
import { Secret } from '../../services/secret.ts';
import { cookieOf, openApp, PUBLIC_URL } from '../routes/open-app.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';

const DAY_MS = 24 * 60 * 60_000;
const ABSOLUTE_MS = 90 * DAY_MS;
/** `npm run test:faults` plays 5,000. */
const SEQUENCES = process.env['FAULTS_PROFILE'] === 'commit' ? 5_000 : 600;
const AT_ONCE = 25;

type Command =
  | { readonly do: 'rotate'; readonly back: number; readonly times: number }
  | { readonly do: 'forge'; readonly ahead: number }
  | { readonly do: 'revoke' }
  | { readonly do: 'wait'; readonly ms: number };

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ do: 'rotate', back: 0, times: 1 } as const) },
  { weight: 4, arbitrary: fc.constant({ do: 'rotate', back: 1, times: 1 } as const) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      back: fc.integer({ min: 2, max: 4 }),
      times: fc.constant(1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      back: fc.integer({ min: 0, max: 2 }),
      times: fc.integer({ min: 2, max: 6 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('forge' as const), ahead: fc.integer({ min: -2, max: 2 }) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'revoke' } as const) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(1_000, 11_000, DAY_MS, 29 * DAY_MS, 31 * DAY_MS),
    }),
  },
);

interface Verdict {
  readonly verdict: 'rotated' | 'replayed' | 'reused' | 'refused';
  readonly expiresAt?: string;
}

/** What should be, without a database: the leaf's counter, when each token ends, and whether all is over. */
function createModel(startAt: number) {
  const endsAt = [startAt + IDLE_MS];
  let revoked = false;
  let now = startAt;
  const leaf = () => endsAt.length - 1;
  const rotate = (counter: number): Verdict['verdict'] => {
    const end = endsAt[counter];
    if (revoked || end === undefined || end <= now) return 'refused';
    if (counter === leaf()) {
      endsAt.push(Math.min(now + IDLE_MS, startAt + ABSOLUTE_MS));
      return 'rotated';
    }
    if (counter === leaf() - 1) return 'replayed';
    revoked = true;
    return 'reused';
  };
  return {
    leaf,
    rotate,
    now: () => now,
    isRevoked: () => revoked,
    leafEndsAt: () => new Date(endsAt[leaf()] ?? 0).toISOString(),
    revoke: () => {
      revoked = true;
    },
    wait: (ms: number) => {
      now += ms;
    },
  };
}

let cloud: Cloud;
const userId = randomUUID();
const family = createFamily(new Secret('a secret of sufficient entropy, for a test'));
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
  await cloud.pool.query('insert into public.members (id, created_at) values ($1, now())', [userId]);
});
afterAll(() => cloud.stop());

const hashOf = (sessionId: string, counter: number) =>
  family.hash(family.issue({ sessionId, counter: Math.max(0, counter) }));
const asked = (sessionId: string, counter: number, hash: string, nowMs: number) =>
  `select public.rotate_refresh_token('${sessionId}', ${counter}, '${hash}', '${hashOf(sessionId, counter + 1)}', ${IDLE_MS},
    '${new Date(nowMs).toISOString()}') as r;`;

/** One sequence on a family of its own. What the model foretells is one statement after the other in one round trip. */
async function play(commands: readonly Command[]): Promise<void> {
  const startAt = Date.UTC(2026, 2, 1);
  const model = createModel(startAt);
  const sessionId = randomUUID();
  let script = `select public.open_user_session('${sessionId}', '${userId}', null, null, null, null, '${hashOf(sessionId, 0)}', ${IDLE_MS},
    ${ABSOLUTE_MS}, '${new Date(startAt).toISOString()}') as r;`;
  let foretold: ((answer: Verdict) => void)[] = [() => {}];
  const run = async () => {
    const results = await cloud.pool.query(script);
    const rows = (Array.isArray(results) ? results : [results]) as unknown as { rows: { r: Verdict }[] }[];
    for (const [at, check] of foretold.entries()) check(rows[at]?.rows[0]?.r as Verdict);
    script = '';
    foretold = [];
  };
  const foretell = (verdict: Verdict['verdict'], endsAt: string) => (answer: Verdict) => {
    expect(answer.verdict).toBe(verdict);
    if (verdict === 'rotated' || verdict === 'replayed')
      expect(new Date(answer.expiresAt ?? 0).toISOString()).toBe(endsAt);
  };
  for (const one of commands) {
    if (one.do === 'wait') model.wait(one.ms);
    else if (one.do === 'revoke') {
      script += `select public.revoke_user_sessions('${userId}', '${sessionId}', '${new Date(model.now()).toISOString()}') as r;`;
      foretold.push(() => {});
      model.revoke();
    } else if (one.do === 'forge') {
      const counter = Math.max(0, model.leaf() + one.ahead);
      // Ours in form, and of another session: its hash is in no row of this one.
      script += asked(sessionId, counter, hashOf(randomUUID(), counter), model.now());
      foretold.push(foretell('refused', ''));
    } else {
      const counter = Math.max(0, model.leaf() - one.back);
      const sql = asked(sessionId, counter, hashOf(sessionId, counter), model.now());
      if (one.times === 1) {
        const verdict = model.rotate(counter);
        script += sql;
        foretold.push(foretell(verdict, model.leafEndsAt()));
        continue;
      }
      if (script !== '') await run();
      const answers = await Promise.all(Array.from({ length: one.times }, () => cloud.pool.query(sql)));
      const verdicts = answers.map(({ rows }) => (rows[0] as { r: Verdict }).r);
      // In some order, and in no other way than one after the other.
      const inTurn = verdicts.map(() => model.rotate(counter));
      expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(inTurn.sort());
    }
  }
  script += `select jsonb_build_object('leaves', count(*) filter (where t.rotated_at is null and t.revoked_at is null and s.revoked_at is null),
      'known', count(*) filter (where t.revoked_at is null), 'tokens', count(*), 'revoked', bool_or(s.revoked_at is not null),
      'same', bool_and(t.token_hash = any (array[${Array.from({ length: model.leaf() + 1 }, (_, n) => `'${hashOf(sessionId, n)}'`)}]))) as r
    from public.refresh_tokens t join public.user_sessions s on s.id = t.session_id where s.id = '${sessionId}';`;
  foretold.push((answer) =>
    expect(answer).toEqual({
      leaves: model.isRevoked() ? 0 : 1,
      known: model.isRevoked() ? 0 : model.leaf() + 1,
      tokens: model.leaf() + 1,
      revoked: model.isRevoked(),
      same: true,
    }),
  );
  await run();
}

const sequences = fc.array(fc.array(command, { minLength: 1, maxLength: 14 }), {
  minLength: AT_ONCE,
  maxLength: AT_ONCE,
});
const holds = (many: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(sequences, async (batch) => {
      await Promise.all(batch.map(play));
    }),
    { numRuns: many / AT_ONCE, endOnFailure: true },
  );

describe('a family', () => {
  test(`does what the model foretells in ${SEQUENCES} sequences of rotations, replays, forgeries, revocations and pauses`, async () => {
    await holds(SEQUENCES);
  }, 120_000);

  test.each([
    ['has mercy on a grandparent', /elsif t.counter = latest - 1/, 'elsif t.counter >= latest - 2'],
    ['takes no lock', /where id = p_session_id for update/, 'where id = p_session_id'],
    ['revives what was revoked', /[st]\.revoked_at is not null or /g, ''],
    [
      'keeps the tokens of a family that was reused',
      /update public.refresh_tokens set revoked_at/,
      'update public.refresh_tokens set created_at',
    ],
  ])('that %s is caught', async (_wrong, right, instead) => {
    const {
      rows: [{ source }],
    } = await cloud.pool.query(`select pg_get_functiondef('public.rotate_refresh_token'::regproc) as source`);
    expect(source).toMatch(right);
    await cloud.pool.query(source.replace(right, instead));
    try {
      await expect(holds(500)).rejects.toThrow();
    } finally {
      await cloud.pool.query(source);
    }
  });
});

test('fifty tabs that refresh at once get the same tokens, round after round, and nobody is signed out', async () => {
  const it = await openApp(systemClock);
  try {
    const ana = await it.login('ana@example.test');
    let cookie = ana.cookies.refresh;
    for (let round = 0; round < 3; round++) {
      const headers = { Cookie: cookie, Origin: PUBLIC_URL };
      const tabs = Array.from({ length: 50 }, () => it.ask('POST', '/api/auth/session/refresh', { headers }));
      const answers = await Promise.all(tabs);
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      const next = new Set(answers.map((answer) => cookieOf(answer, '__Host-puntual-refresh')));
      expect(next.size).toBe(1);
      expect(next).not.toContain(cookie);
      const signedIn = answers.map(({ json }) => it.ask('GET', '/api/auth/sessions', { bearer: json.accessToken }));
      expect(new Set((await Promise.all(signedIn)).map(({ status }) => status))).toEqual(new Set([200]));
      [cookie = ''] = next;
    }
  } finally {
    await it.stop();
  }
}, 60_000);
