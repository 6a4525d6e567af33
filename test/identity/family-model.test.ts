// A family of refresh tokens against a model of it: thousands of sequences of rotations, replays, forgeries, revocations and pauses,
// each run by the real SQL function. And fifty tabs at once.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cookieOf, openApp, PUBLIC_URL, type TestApp } from '../routes/open-app.ts';
import { handClock } from '../support/hand-clock.ts';
import { SUNDAY_NOON } from '../support/town.ts';

let it: TestApp;
let client: PoolClient;
const member = randomUUID();
beforeAll(async () => {
  it = await openApp(handClock(SUNDAY_NOON));
  client = await it.cloud.pool.connect();
  await client.query('insert into members (id, created_at) values ($1, now())', [member]);
  // One sequence in one round trip: each step is one call, in order, at its own instant.
  await client.query(`create function pg_temp.walk(p_session uuid, p_steps jsonb) returns jsonb language plpgsql as $$
    declare s jsonb; answers jsonb := '[]'; one jsonb; live integer;
    begin
      for s in select * from jsonb_array_elements(p_steps) loop
        if s ->> 'do' = 'revoke' then
          perform public.revoke_user_sessions((s ->> 'user')::uuid, p_session, (s ->> 'at')::timestamptz);
          one := '{"verdict": "done"}';
        else
          one := public.rotate_refresh_token(p_session, (s ->> 'counter')::integer, s ->> 'hash', s ->> 'child', (s ->> 'idleMs')::bigint, (s ->> 'at')::timestamptz);
        end if;
        select count(*) into live from public.refresh_tokens where session_id = p_session and revoked_at is null and rotated_at is null;
        answers := answers || jsonb_build_array(jsonb_build_object('verdict', one ->> 'verdict', 'live', live,
          'over', (select revoked_at is not null from public.user_sessions where id = p_session)));
      end loop;
      return answers;
    end $$`);
});
afterAll(async () => {
  client.release();
  await it.stop();
});

const IDLE_MS = 1_000_000;
const ABSOLUTE_MS = 5_000_000;
type Step =
  | { readonly do: 'rotate'; readonly back: number; readonly forged: boolean }
  | { readonly do: 'revoke' }
  | { readonly do: 'wait'; readonly ms: number };
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      back: fc.integer({ min: 0, max: 1 }),
      forged: fc.constant(false),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('rotate' as const),
      back: fc.integer({ min: -1, max: 4 }),
      forged: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revoke' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 1_200_000 }) }) },
);

/** What must come of these steps, by a model that knows no SQL. */
function foretell(session: string, steps: readonly Step[]) {
  let atMs = SUNDAY_NOON.getTime();
  const absoluteMs = atMs + ABSOLUTE_MS;
  const ends = [atMs + IDLE_MS];
  let revoked = false;
  const calls: object[] = [];
  const verdicts: string[] = [];
  const hash = (counter: number) => `${session} ${counter}`;
  for (const one of steps) {
    if (one.do === 'wait') {
      atMs += one.ms;
      continue;
    }
    const at = new Date(atMs).toISOString();
    if (one.do === 'revoke') {
      calls.push({ do: 'revoke', user: member, at });
      revoked = true;
      verdicts.push('done');
      continue;
    }
    const latest = ends.length - 1;
    const counter = latest - one.back;
    calls.push({
      do: 'rotate',
      counter,
      hash: one.forged ? 'forged' : hash(counter),
      child: hash(counter + 1),
      idleMs: IDLE_MS,
      at,
    });
    const end = ends[counter];
    if (revoked || one.forged || end === undefined || Math.min(end, absoluteMs) <= atMs) verdicts.push('refused');
    else if (counter === latest) {
      ends.push(Math.min(atMs + IDLE_MS, absoluteMs));
      verdicts.push('rotated');
    } else if (counter === latest - 1) verdicts.push('replayed');
    else {
      revoked = true;
      verdicts.push('reused');
    }
  }
  return { calls, verdicts };
}

describe('a family', () => {
  test('behaves as the model says, has one live leaf at most, and never comes back once revoked', async () => {
    const seen = new Set<string>();
    const sequence = fc.array(step, { minLength: 1, maxLength: 14 });
    await fc.assert(
      fc.asyncProperty(sequence, async (steps) => {
        const session = randomUUID();
        const { calls, verdicts } = foretell(session, steps);
        await client.query('select open_user_session($1, $2, null, null, null, null, $3, $4, $5, $6)', [
          session,
          member,
          `${session} 0`,
          IDLE_MS,
          ABSOLUTE_MS,
          SUNDAY_NOON,
        ]);
        const { rows } = await client.query('select pg_temp.walk($1, $2) as answers', [session, JSON.stringify(calls)]);
        const answers: { verdict: string; live: number; over: boolean }[] = rows[0].answers;
        expect(answers.map(({ verdict }) => verdict)).toEqual(verdicts);
        expect(Math.max(0, ...answers.map(({ live }) => live))).toBeLessThanOrEqual(1);
        const end = verdicts.findIndex((verdict) => verdict === 'reused' || verdict === 'done');
        if (end >= 0) expect(answers.slice(end).every(({ live, over }) => live === 0 && over)).toBe(true);
        else expect(answers.some(({ over }) => over)).toBe(false);
        for (const verdict of verdicts) seen.add(verdict);
      }),
      { numRuns: 5_000 },
    );
    // The sequences went everywhere.
    expect([...seen].sort()).toEqual(['done', 'refused', 'replayed', 'reused', 'rotated']);
  }, 120_000);
});

test('fifty tabs that refresh at once get the same pair, and nobody is signed out', async () => {
  const { cookies } = await it.login('ana@example.test');
  const refresh = (cookie: string) =>
    it.ask('POST', '/api/auth/session/refresh', { headers: { Origin: PUBLIC_URL, Cookie: cookie } });
  let cookie = cookies.refresh;
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => refresh(cookie)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const children = new Set(answers.map((answer) => cookieOf(answer, '__Host-puntual-refresh')));
    expect(children.size).toBe(1);
    [cookie = ''] = children;
  }
  expect((await refresh(cookie)).status).toBe(200);
});
