// Creates a wave in the database and the pretend gym: boxes with classes, members with a background session each, and prebookings. Members and
// prebookings are written by a handful of SQL statements, without calls of the API.
import { randomUUID } from 'node:crypto';
import { localDay } from '../../../services/prebooking/opening-rule.ts';
import { createSeal } from '../../../services/seal/seal.ts';
import type { KnobInput } from '../../../simulator/knob-shapes.ts';
import type { BoxInput, MemberInput, SlotInput } from '../../../simulator/scenario.ts';
import { insertMembers, openSessions, sealLogin } from '../staging/members.ts';
import type { Stand } from '../staging/stand.ts';
import type { MemberPlan, OpeningPlan } from './plan.ts';

export interface Opening {
  readonly plan: OpeningPlan;
  readonly boxId: string;
  readonly opensAtMs: number;
  readonly day: string;
  readonly players: readonly Player[];
}

export interface Player {
  readonly plan: MemberPlan;
  readonly userId: string;
  readonly prebookingId: string;
  readonly fingerprint: string;
}

const DAY_MS = 24 * 60 * 60_000;
const MINUTE_MS = 60_000;
const ZONE = 'Europe/Madrid';
export const WISHED = { timeId: '1800_60', className: 'WOD' } as const;
const OTHER = { timeId: '1900_60', className: 'WOD' } as const;
/** Another class at the hour of the class that the member wishes. */
export const SAME_HOUR = { timeId: '1800_60', className: 'Open Box' } as const;

const boidOf = ({ index }: OpeningPlan): number => 1_000 + index;
const fingerprintOf = (id: number): string => `fp-${id}-${'r'.repeat(40)}`;
const emailOf = (id: number): string => `m${id}@example.test`;

/** The plans and members of a wave. `castMembers` creates the members with their background sessions; `openWave` creates their prebookings. */
export interface Cast {
  readonly plans: readonly OpeningPlan[];
  readonly players: ReadonlyMap<number, Player>;
}

/**
 * Deletes the members and boxes of the previous wave, and creates the members of the next one. Creating members is slow, and is therefore done before
 * any opening is near.
 */
export async function castMembers(stand: Stand, plans: readonly OpeningPlan[]): Promise<Cast> {
  await stand.pool.query('truncate members, boxes, token_journal, runs, outbox, webhook_seen cascade');
  const members = plans.flatMap((plan) => plan.members);
  const players = members.map((plan): Player => {
    return { plan, userId: randomUUID(), prebookingId: randomUUID(), fingerprint: fingerprintOf(plan.id) };
  });
  await stand.gym.control.reset({ seed: 1, boxes: plans.map(boxOf), members: plans.flatMap(membersOf) });
  await enrol(stand, players, new Date());
  return { plans, players: new Map(players.map((player) => [player.plan.id, player])) };
}

/** Creates the boxes, classes, faults and prebookings of a wave; the instants of its openings are counted from `nowMs`. */
export async function openWave(stand: Stand, { plans, players }: Cast, nowMs: number): Promise<Opening[]> {
  const day = localDay(new Date(nowMs + 2 * DAY_MS), ZONE);
  const openings = plans.map((plan): Opening => {
    const opensAtMs = nowMs + plan.atMs - (plan.fault.agoMs ?? 0);
    const own = plan.members.flatMap(({ id }) => players.get(id) ?? []);
    return { plan, boxId: randomUUID(), opensAtMs, day, players: own };
  });
  const { control } = stand.gym;
  await control.load({ knobs: [{ kind: 'same-hour', on: false }, ...openings.flatMap(knobsOf)] });
  await Promise.all(openings.flatMap(slotsOf).map((slot) => control.addSlot(slot)));
  await join(stand, openings, new Date(nowMs));
  await wish(stand, openings, nowMs);
  return openings;
}

const boxOf = (plan: OpeningPlan): BoxInput => ({ slug: plan.slug, boid: boidOf(plan), name: plan.slug, zone: ZONE });

function slotsOf({ plan, opensAtMs, day }: Opening): (SlotInput & { box: string })[] {
  const base = 10 * boidOf(plan);
  const slot = (id: number, hour: number, className: string) => ({
    ...{ box: plan.slug, id, day, time: `${hour}:00 - ${hour + 1}:00`, classId: hour, className },
    ...{ opensAt: Math.round(opensAtMs), limit: plan.fault.limit ?? 10_000, waitlist: true },
  });
  return [slot(base + 1, 18, 'WOD'), slot(base + 2, 19, 'WOD'), slot(base + 3, 18, 'Open Box')];
}

const membersOf = ({ slug, members }: OpeningPlan): MemberInput[] =>
  members.map(({ id }) => ({ id, email: emailOf(id), password: 'right', name: `M${id}`, boxes: [slug] }));

const knobsOf = ({ plan }: Opening): KnobInput[] => [
  ...(plan.fault.knobs ?? []).map((knob) => ({ ...knob, box: plan.slug }) as KnobInput),
  ...plan.members.flatMap(({ id, fault }) => [
    ...(fault.guarded ? [{ kind: 'same-hour' as const, on: true, member: id }] : []),
    ...(fault.knobs ?? []).map((knob) => ({ ...knob, member: id }) as KnobInput),
  ]),
];

async function enrol(stand: Stand, players: readonly Player[], at: Date): Promise<void> {
  const { pool, gym, secrets } = stand;
  const seal = createSeal(secrets.sealKeys);
  const asked = players.map(({ plan, fingerprint }) => ({ member: plan.id, fingerprint }));
  const logins = await gym.control.openSessions(asked);
  const rows = players.map(({ userId, plan: { id, fault } }, nth) => {
    const login = logins[nth];
    if (!login) throw new Error('Expected a login for every member.');
    const key = seal.newMemberKey(userId);
    const session = sealLogin(stand, seal, userId, key.wrapped, login, at);
    return { ...session, ...key, memberId: String(id), email: emailOf(id), state: fault.session ?? 'fresh' };
  });
  await insertMembers(stand, rows, at);
  for (const state of ['fresh', 'stale', 'uncertain'] as const) {
    const opened = rows.filter((row) => row.state === state);
    await openSessions(stand, opened, new Date(at.getTime() - (state === 'stale' ? 30 * MINUTE_MS : MINUTE_MS)));
  }
  const uncertain = rows.filter((row) => row.state === 'uncertain').map((row) => row.userId);
  await pool.query(`update auth_sessions set status = 'uncertain' where user_id = any ($1)`, [uncertain]);
}

async function join({ pool }: Stand, openings: readonly Opening[], at: Date): Promise<void> {
  const boxes = openings.map(({ plan, boxId }) => ({ boxId, boid: String(boidOf(plan)), slug: plan.slug }));
  await pool.query(
    `insert into boxes (id, aimharder_box_id, subdomain, name, time_zone_source, created_at)
     select (x ->> 'boxId')::uuid, x ->> 'boid', x ->> 'slug', x ->> 'slug', 'declared', $2 from jsonb_array_elements($1) x`,
    [JSON.stringify(boxes), at],
  );
  const joined = openings.flatMap(({ boxId, players }) => players.map(({ userId }) => ({ boxId, userId })));
  await pool.query(
    `insert into user_boxes (user_id, box_id, joined_at) select (x ->> 'userId')::uuid, (x ->> 'boxId')::uuid, $2 from jsonb_array_elements($1) x`,
    [JSON.stringify(joined), at],
  );
}

/**
 * Writes the prebookings with the API's own store function, and marks each as scheduled, as the queue's answer would, unless its opening's fault is
 * `unmarked`.
 */
async function wish({ pool }: Stand, openings: readonly Opening[], nowMs: number): Promise<void> {
  const rows = openings.flatMap(({ plan, boxId, day, opensAtMs, players }) =>
    players.map(({ userId, prebookingId, plan: { fault } }) => ({
      ...{
        id: prebookingId,
        userId,
        boxId,
        day,
        classId: String(10 * boidOf(plan) + 1),
        waitlist: fault.wish?.waitlist ?? false,
      },
      alternatives: fault.wish?.other ? [OTHER] : [],
      opensAt: new Date(opensAtMs).toISOString(),
      // A prebooking is written as created an hour before its opening, or an hour before the wave's start if the opening is still to come.
      createdAt: new Date(Math.min(nowMs, opensAtMs) - 60 * MINUTE_MS).toISOString(),
      isMarked: !plan.fault.unmarked,
    })),
  );
  await pool.query(
    `select create_prebooking((x ->> 'id')::uuid, (x ->> 'userId')::uuid, (x ->> 'boxId')::uuid, x ->> 'day', x ->> 'classId', $2, $3, null,
       (x ->> 'waitlist')::boolean, x -> 'alternatives', (x ->> 'opensAt')::timestamptz, (x ->> 'opensAt')::timestamptz + interval '2 days',
       (x ->> 'createdAt')::timestamptz) from jsonb_array_elements($1) x`,
    [JSON.stringify(rows), WISHED.timeId, WISHED.className],
  );
  await pool.query(
    `select mark_scheduled((x ->> 'id')::uuid, 1, 'message', 'spare', (x ->> 'createdAt')::timestamptz) from jsonb_array_elements($1) x
     where (x ->> 'isMarked')::boolean`,
    [JSON.stringify(rows)],
  );
}
