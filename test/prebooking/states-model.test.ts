// Tests the SQL functions for a prebooking's states against a small model of their rules, under commands in any order while time passes. Terminal
// states never reopen, a prebooking has at most one live claim, only the holder of the claim can arm, and a result that is written under an old claim
// changes nothing.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isTerminal, type PrebookingStatus, TRANSITIONS } from '../../services/prebooking/prebooking.ts';
import { type Cloud, startCloud } from '../support/cloud.ts';
import { limitMs } from '../support/limits.ts';

let cloud: Cloud;
let ids: { user: string; box: string };
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
  const one = async (sql: string) => (await cloud.pool.query(sql)).rows[0].id as string;
  ids = {
    user: await one(`insert into members (created_at) values (now()) returning id`),
    box: await one(
      `insert into boxes (aimharder_box_id, subdomain, name, created_at) values ('1', 'one', 'One', now()) returning id`,
    ),
  };
  await cloud.pool.query('insert into user_boxes values ($1, $2, now())', [ids.user, ids.box]);
});
afterAll(() => cloud.stop());

const OPENS_MS = Date.parse('2026-03-02T10:00:00Z');
const STARTS_MS = OPENS_MS + 20 * 60_000;
const LEAD_MS = 60_000;
const LATE_MS = 10 * 60_000;
const QUIET_MS = 10_000;
const APART_MS = 3_000;
const OWNERS = ['a', 'b'] as const;

interface Model {
  status: PrebookingStatus;
  epoch: number;
  owner: string | undefined;
  /** Whether the claim is still valid by the database's clock; the test ends a claim's time by rewriting the row. */
  isClaimLive: boolean;
  negatives: number;
  lastNegativeMs: number | undefined;
  deadlineMs: number | undefined;
  nowMs: number;
  /** The claim's epoch (its number) as each owner believes it to be. */
  believed: Record<string, number>;
}
interface Real {
  pool: Pool;
  id: string;
}

const call = async (real: Real, sql: string, args: unknown[]) =>
  (await real.pool.query(`select ${sql} as r`, args)).rows.map((row) => row.r);
const at = (ms: number) => new Date(ms);
const row = async ({ pool, id }: Real) => (await pool.query('select * from prebookings where id = $1', [id])).rows[0];

const isLate = (m: Model) => m.nowMs >= STARTS_MS || m.nowMs > OPENS_MS + LATE_MS;
/** Does to the model what the database does in the SQL function `miss_prebookings`. */
function miss(m: Model): boolean {
  const waits = m.status === 'scheduling' || m.status === 'scheduled' || (m.status === 'claimed' && !m.isClaimLive);
  if (waits && isLate(m)) m.status = 'missed';
  return m.status === 'missed';
}

type Act = (m: Model, real: Real) => Promise<void>;

/** Makes one command of the property test: the command changes the model and the database, and then checks what must be true. */
const step = (name: string, act: Act): fc.AsyncCommand<Model, Real> => ({
  check: () => true,
  async run(m, real) {
    const before = m.status;
    await act(m, real);
    const seen = await row(real);
    expect([name, seen.status, Number(seen.claim_epoch)]).toEqual([name, m.status, m.epoch]);
    if (isTerminal(before)) expect(seen.status).toBe(before);
    else if (before !== m.status && before !== 'scheduling')
      expect(TRANSITIONS[before] as readonly string[]).toContain(m.status);
    expect(seen.settled_at !== null).toBe(isTerminal(m.status));
  },
  toString: () => name,
});

const pass = (ms: number) =>
  step(`pass ${ms}`, async (m) => {
    m.nowMs += ms;
  });

const runOut = () =>
  step('claim runs out', async (m, real) => {
    m.isClaimLive = false;
    await real.pool.query(`update prebookings set claim_until = now() - interval '1 second' where id = $1`, [real.id]);
  });

const schedule = () =>
  step('schedule', async (m, real) => {
    const [n] = await call(real, 'mark_scheduled($1, 1, $2, $3, $4)', [real.id, 'm', 's', at(m.nowMs)]);
    const may = m.status === 'scheduling' || m.status === 'scheduled';
    expect(n).toBe(may ? 1 : 0);
    if (may) m.status = 'scheduled';
  });

const claim = (by: string) =>
  step(`claim by ${by}`, async (m, real) => {
    const [answer] = await call(real, 'claim_prebookings($1, $2, $3, 60000, $4, $5)', [
      real.id,
      by,
      LEAD_MS,
      LATE_MS,
      at(m.nowMs),
    ]);
    if (m.nowMs < OPENS_MS - LEAD_MS) {
      expect(answer.state).toBe('too-soon');
      return;
    }
    miss(m);
    const isFree =
      m.status === 'scheduling' ||
      m.status === 'scheduled' ||
      (m.status === 'claimed' && (!m.isClaimLive || m.owner === by));
    if (!isFree || m.nowMs >= STARTS_MS) {
      expect(answer.state).toBe(isTerminal(m.status) ? 'settled' : 'in-progress');
      return;
    }
    expect(answer.state).toBe('claimed');
    m.status = 'claimed';
    m.owner = by;
    m.epoch += 1;
    m.isClaimLive = true;
    m.believed[by] = m.epoch;
    expect(answer.prebookings[0].claimEpoch).toBe(m.epoch);
  });

const extend = (by: string) =>
  step(`extend by ${by}`, async (m, real) => {
    const [n] = await call(real, 'extend_claims($1, $2, 60000)', [[real.id], by]);
    expect(n).toBe(m.isClaimLive && m.owner === by && (m.status === 'claimed' || m.status === 'armed') ? 1 : 0);
  });

const arm = (by: string) =>
  step(`arm by ${by}`, async (m, real) => {
    const epoch = m.believed[by] ?? 0;
    const deadlineMs = Math.max(m.nowMs, OPENS_MS) + 10_000;
    const [armed] = await call(real, 'arm_prebookings($1, $2, $3, 60000, $4)', [
      JSON.stringify([{ id: real.id, epoch }]),
      by,
      at(deadlineMs),
      at(m.nowMs),
    ]);
    const holds = m.isClaimLive && m.owner === by && m.epoch === epoch;
    const again = m.status === 'armed' && m.deadlineMs === deadlineMs;
    const may = holds && (m.status === 'claimed' || again);
    expect(armed).toHaveLength(may ? 1 : 0);
    if (!may) return;
    m.status = 'armed';
    m.deadlineMs = deadlineMs;
  });

/** The claim's owner reports that it sent nothing: the prebooking can be claimed immediately, and later writes of that owner take no effect. */
const disarm = (by: string) =>
  step(`disarm by ${by}`, async (m, real) => {
    const epoch = m.believed[by] ?? 0;
    const ask = [JSON.stringify([{ id: real.id, epoch }]), by, at(m.nowMs)];
    const may = m.owner === by && m.epoch === epoch && (m.status === 'claimed' || m.status === 'armed');
    const [free] = await call(real, 'disarm_prebookings($1, $2, $3)', ask);
    const [again] = await call(real, 'disarm_prebookings($1, $2, $3)', ask);
    expect(again).toBe(free);
    if (!may) return;
    expect(free).toBe(1);
    m.status = 'claimed';
    m.epoch += 1;
    m.isClaimLive = false;
  });

const settle = (by: string, to: PrebookingStatus) =>
  step(`settle by ${by} as ${to}`, async (m, real) => {
    const epoch = m.believed[by] ?? 0;
    const lines = JSON.stringify([{ id: real.id, epoch, status: to, outcome: 'x' }]);
    const [cards] = await call(real, 'settle_prebookings($1, $2)', [lines, at(m.nowMs)]);
    const isOurs = m.epoch === epoch && epoch > 0;
    const moves = isOurs && (TRANSITIONS[m.status] as readonly string[]).includes(to);
    expect(cards).toHaveLength(moves || (m.epoch === epoch && m.status === to) ? 1 : 0);
    if (moves) m.status = to;
  });

const withdraw = () =>
  step('withdraw', async (m, real) => {
    const [answer] = await call(real, 'withdraw_prebooking($1, $2, $3)', [real.id, ids.user, at(m.nowMs)]);
    const may = ['scheduling', 'scheduled', 'claimed'].includes(m.status);
    expect(answer.state).toBe(may || m.status === 'withdrawn' ? 'withdrawn' : 'too-late');
    if (!may) return;
    m.status = 'withdrawn';
    m.epoch += 1;
  });

const sweepAll = () =>
  step('sweep', async (m, real) => {
    await call(real, 'sweep_prebookings($1, 10000, $2, $3)', [at(m.nowMs), LATE_MS, at(m.nowMs)]);
    miss(m);
    if (m.status === 'armed' && !m.isClaimLive) m.status = 'unknown';
  });

const noteAbsence = () =>
  step('note absence', async (m, real) => {
    const [answer] = await call(real, 'note_absence($1, $2, $3, $4)', [real.id, QUIET_MS, APART_MS, at(m.nowMs)]);
    if (m.status !== 'unknown') {
      expect(answer.state).toBe('settled');
      return;
    }
    const isQuiet = m.nowMs >= (m.deadlineMs ?? 0) + QUIET_MS;
    const isApart = m.lastNegativeMs === undefined || m.nowMs >= m.lastNegativeMs + APART_MS;
    if (isQuiet && isApart) {
      m.negatives += 1;
      m.lastNegativeMs = m.nowMs;
    }
    expect(answer.state).toBe(m.negatives >= 2 ? 'absent' : 'unknown');
  });

const owner = fc.constantFrom(...OWNERS);
const endings = fc.constantFrom<PrebookingStatus>(
  'booked',
  'waitlisted',
  'refused',
  'unknown',
  'unconfirmed',
  'claimed',
);
const steps = [
  fc.constantFrom(1, 2_000, 15_000, 60_000, 400_000).map((ms) => pass(ms)),
  fc.constant(runOut()),
  fc.constant(schedule()),
  owner.map((one) => claim(one)),
  owner.map((one) => claim(one)),
  owner.map((one) => extend(one)),
  owner.map((one) => arm(one)),
  owner.map((one) => disarm(one)),
  fc.tuple(owner, endings).map(([one, to]) => settle(one, to)),
  fc.constant(withdraw()),
  fc.constant(sweepAll()),
  fc.constant(noteAbsence()),
];

async function begin(): Promise<{ model: Model; real: Real }> {
  const id = randomUUID();
  const nowMs = OPENS_MS - 30_000;
  await cloud.pool.query('delete from prebookings');
  await cloud.pool.query(
    `select create_prebooking($1, $2, $3, '20260302', null, '1800_60', null, null, false, '[]', $4, $5, $6)`,
    [id, ids.user, ids.box, at(OPENS_MS), at(STARTS_MS), at(nowMs)],
  );
  const model: Model = {
    status: 'scheduling',
    epoch: 0,
    owner: undefined,
    isClaimLive: false,
    negatives: 0,
    lastNegativeMs: undefined,
    deadlineMs: undefined,
    nowMs,
    believed: {},
  };
  return { model, real: { pool: cloud.pool, id } };
}

describe('the state functions', () => {
  test('behave as the model says, whatever comes in whatever order', { timeout: limitMs(60_000) }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 25, size: 'max' }), async (commands) => {
        await fc.asyncModelRun(begin, commands);
      }),
      { numRuns: 150 },
    );
  });

  test('of many claims at once exactly one wins', async () => {
    const { real, model } = await begin();
    const claims = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        call(real, 'claim_prebookings($1, $2, $3, 60000, $4, $5)', [
          real.id,
          `o${n}`,
          LEAD_MS,
          LATE_MS,
          at(model.nowMs),
        ]),
      ),
    );
    expect(claims.filter(([one]) => one.state === 'claimed')).toHaveLength(1);
  });

  test('a line with a transition that is not allowed does not fail the others of its batch', async () => {
    const { real, model } = await begin();
    const [claimed] = await call(real, 'claim_prebookings($1, $2, $3, 60000, $4, $5)', [
      real.id,
      'a',
      LEAD_MS,
      LATE_MS,
      at(model.nowMs),
    ]);
    const epoch = claimed.prebookings[0].claimEpoch;
    const lines = [
      { id: '00000000-0000-4000-8000-000000000000', epoch: 1, status: 'booked' },
      { id: real.id, epoch, status: 'unconfirmed' },
      { id: real.id, epoch, status: 'refused' },
    ];
    const [cards] = await call(real, 'settle_prebookings($1, $2)', [JSON.stringify(lines), at(model.nowMs)]);
    expect(cards.map((card: { status: string }) => card.status)).toEqual(['refused']);
  });
});
