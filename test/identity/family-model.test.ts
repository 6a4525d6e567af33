// Families of refresh tokens (a token and its successors) compared with a model (requirements T21, T22, RELIABILITY 4.11), under calls in any order
// and concurrently. Of a family (all refresh tokens of one puntual session) at most one token is live, a revoked family stays revoked, and a token
// sent again gets the same successor.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { createFamily } from '../../services/identity/family.ts';
import { IDLE_MS } from '../../services/identity/open-user-session.ts';
import { Secret } from '../../services/secret.ts';
import { cookieOf, openApp, PUBLIC_URL } from '../routes/open-app.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { limitMs } from '../support/limits.ts';

const DAY_MS = 24 * 60 * 60_000;
const ABSOLUTE_MS = 90 * DAY_MS;
const SEQUENCES = Number(process.env['FAMILY_SEQUENCES'] ?? 1_000);
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

/** A model, without a database, of the refresh tokens of one puntual session: when each token ends, and whether the session is revoked. */
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
  await cloud.pool.query(PLAYER);
});
afterAll(() => cloud.stop());

const hashOf = (sessionId: string, counter: number) =>
  family.hash(family.issue({ sessionId, counter: Math.max(0, counter) }));

/** One call of one SQL function under test. */
interface Call {
  readonly call: 'open' | 'rotate' | 'revoke' | 'look';
  readonly now?: string;
  readonly counter?: number;
  readonly hash?: string;
  readonly child?: string;
  readonly hashes?: readonly string[];
}
/** A database function that carries out `p_calls` for one puntual session: in order, each call in a statement of its own, all in one round trip. */
const PLAYER = `create function public.play_family(p_user uuid, p_session uuid, p_calls jsonb) returns jsonb language plpgsql as $$
  declare c record; r jsonb; answers jsonb[] := '{}';
  begin
    for c in select * from jsonb_to_recordset(p_calls)
      as x(call text, now timestamptz, counter integer, hash text, child text, hashes text[]) loop
      case c.call
        when 'open' then r := to_jsonb(public.open_user_session(p_session, p_user, null, null, null, null, c.hash, ${IDLE_MS}, ${ABSOLUTE_MS}, c.now));
        when 'rotate' then r := to_jsonb(public.rotate_refresh_token(p_session, c.counter, c.hash, c.child, ${IDLE_MS}, c.now));
        when 'revoke' then r := to_jsonb(public.revoke_user_sessions(p_user, p_session, c.now));
        else select jsonb_build_object('leaves', count(*) filter (where t.rotated_at is null and t.revoked_at is null and s.revoked_at is null),
            'known', count(*) filter (where t.revoked_at is null), 'tokens', count(*), 'revoked', bool_or(s.revoked_at is not null),
            'same', bool_and(t.token_hash = any (c.hashes))) into r
          from public.refresh_tokens t join public.user_sessions s on s.id = t.session_id where s.id = p_session;
      end case;
      answers := answers || r;
    end loop;
    return to_jsonb(answers);
  end $$`;
async function callAll(sessionId: string, calls: readonly Call[]): Promise<Verdict[]> {
  const text = 'select public.play_family($1, $2, $3) as r';
  const values = [userId, sessionId, JSON.stringify(calls)];
  return (await cloud.pool.query<{ r: Verdict[] }>({ name: 'play', text, values })).rows[0]?.r ?? [];
}

/**
 * Plays one sequence of calls on the refresh tokens of a puntual session of its own. The calls whose results the model can predict go to the database
 * in one round trip.
 */
async function play(commands: readonly Command[]): Promise<void> {
  const startAt = Date.UTC(2026, 2, 1);
  const model = createModel(startAt);
  const sessionId = randomUUID();
  const now = () => new Date(model.now()).toISOString();
  const rotation = (counter: number, hash: string): Call => {
    return { call: 'rotate', counter, hash, child: hashOf(sessionId, counter + 1), now: now() };
  };
  let calls: Call[] = [{ call: 'open', hash: hashOf(sessionId, 0), now: now() }];
  let foretold: ((answer: Verdict) => void)[] = [() => {}];
  const run = async () => {
    const answers = await callAll(sessionId, calls);
    for (const [at, check] of foretold.entries()) check(answers[at] as Verdict);
    calls = [];
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
      calls.push({ call: 'revoke', now: now() });
      foretold.push(() => {});
      model.revoke();
    } else if (one.do === 'forge') {
      const counter = Math.max(0, model.leaf() + one.ahead);
      // The token is well-formed but of another session: its hash is in no row of this session.
      calls.push(rotation(counter, hashOf(randomUUID(), counter)));
      foretold.push(foretell('refused', ''));
    } else {
      const counter = Math.max(0, model.leaf() - one.back);
      const call = rotation(counter, hashOf(sessionId, counter));
      if (one.times === 1) {
        const verdict = model.rotate(counter);
        calls.push(call);
        foretold.push(foretell(verdict, model.leafEndsAt()));
        continue;
      }
      if (calls.length > 0) await run();
      const answers = await Promise.all(Array.from({ length: one.times }, () => callAll(sessionId, [call])));
      const verdicts = answers.flat();
      // The concurrent calls must have had the same effect as calls that come one after the other, in some order.
      const inTurn = verdicts.map(() => model.rotate(counter));
      expect(verdicts.map(({ verdict }) => verdict).sort()).toEqual(inTurn.sort());
    }
  }
  const hashes = Array.from({ length: model.leaf() + 1 }, (_, n) => hashOf(sessionId, n));
  calls.push({ call: 'look', hashes });
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
  test(`does what the model foretells in ${SEQUENCES} sequences of rotations, replays, forgeries, revocations and pauses`, {
    timeout: limitMs(240_000),
  }, async () => {
    await holds(SEQUENCES);
  });

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

test('fifty tabs that refresh at once get the same tokens, round after round, and no member is signed out', {
  timeout: limitMs(60_000),
}, async () => {
  const app = await openApp(systemClock);
  try {
    const ana = await app.login('ana@example.test');
    let cookie = ana.cookies.refresh;
    for (let round = 0; round < 3; round++) {
      const headers = { Cookie: cookie, Origin: PUBLIC_URL };
      const tabs = Array.from({ length: 50 }, () => app.ask('POST', '/api/auth/session/refresh', { headers }));
      const answers = await Promise.all(tabs);
      expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
      const next = new Set(answers.map((answer) => cookieOf(answer, '__Host-puntual-refresh')));
      expect(next.size).toBe(1);
      expect(next).not.toContain(cookie);
      const signedIn = answers.map(({ json }) => app.ask('GET', '/api/auth/sessions', { bearer: json.accessToken }));
      expect(new Set((await Promise.all(signedIn)).map(({ status }) => status))).toEqual(new Set([200]));
      [cookie = ''] = next;
    }
  } finally {
    await app.stop();
  }
});
