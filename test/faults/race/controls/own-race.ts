// What the wrong twins of the race share: plain functions that lead from a claimed prebooking to its stored result; each twin adds its mistake.
import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import type { BookAnswer, GymBox } from '../../../../services/gym/gym.ts';
import type { Prebooking } from '../../../../services/prebooking/prebooking.ts';
import { CLAIM_LEAD_MS, CLAIM_MS, LATE_MS } from '../../../../services/race/claim.ts';
import { getBackgroundSession } from '../../../../services/renewal/open-session.ts';
import type { Services } from '../../../../worker/services.ts';
import type { RaceSetting } from '../orders.ts';

export interface End {
  readonly status: 'booked' | 'refused';
  readonly reservationId: string | undefined;
}

/** Opens a pool of database connections for plain SQL; its writes bypass the trigger that guards a prebooking's states. */
export function ownPool({ postgresUrl }: RaceSetting): Pool {
  const pool = new Pool({
    connectionString: postgresUrl,
    max: 8,
    idleTimeoutMillis: 1_000,
    options: '-c session_replication_role=replica',
  });
  pool.on('error', () => {});
  return pool;
}

/** Gives every prebooking that has the same box and opening as the prebooking `id`, claimed or not. */
export async function matesOf(services: Services, pool: Pool, id: string): Promise<Prebooking[]> {
  const sql =
    'select m.id from prebookings m join prebookings p on p.box_id = m.box_id and p.opens_at = m.opens_at where p.id = $1';
  const { rows } = await pool.query<{ id: string }>(sql, [id]);
  const read = await Promise.all(rows.map((row) => services.store.readPrebooking(row.id)));
  return read.filter((one) => one !== null);
}

/**
 * Arms and returns live prebookings with the same box and opening as the prebooking `id`, even those that another process has claimed. Only
 * prebookings whose row `m` meets the SQL condition `where` are taken.
 */
export async function takeByForce(services: Services, pool: Pool, id: string, where: string): Promise<Prebooking[]> {
  const { rows } = await pool.query<{ id: string }>(
    `update prebookings m set status = 'armed', claim_owner = $2, claim_epoch = m.claim_epoch + 1, send_deadline = now() + interval '12 s',
       claim_until = now() + interval '12 s' from prebookings p
     where p.id = $1 and p.box_id = m.box_id and p.opens_at = m.opens_at and m.is_live and ${where} returning m.id`,
    [id, randomUUID()],
  );
  const read = await Promise.all(rows.map((row) => services.store.readPrebooking(row.id)));
  return read.filter((one) => one !== null);
}

/** Claims the prebookings with the box and opening of the prebooking `id` and arms them, as the real race does; returns them. */
export async function claimAndArm({ store, clock }: Services, id: string): Promise<Prebooking[]> {
  const owner = randomUUID();
  const ask = { id, owner, leadMs: CLAIM_LEAD_MS, claimMs: CLAIM_MS, lateMs: LATE_MS };
  const claim = await store.claimPrebookings({ ...ask, now: clock.now() });
  if (claim.state !== 'claimed') return [];
  const claims = claim.prebookings.map((one) => ({ id: one.id, epoch: one.claimEpoch }));
  const sendDeadline = new Date(clock.now().getTime() + CLAIM_MS);
  await store.armPrebookings({ claims, owner, sendDeadline, claimMs: CLAIM_MS, now: clock.now() });
  return [...claim.prebookings];
}

/** Waits for the opening, sends one booking with the member's background session, and returns the gym's answer. */
export async function bookAtOpening(
  services: Services,
  one: Prebooking,
  slotId = one.classId ?? '',
): Promise<BookAnswer> {
  const { clock, gym } = services;
  await clock.sleep(one.opensAt.getTime() - clock.now().getTime() + 2);
  const { session, box } = await doorOf(services, one);
  const wish = { slotId, day: one.day, familyId: undefined, waitlist: one.waitlist };
  return gym.book(session.key, box, wish);
}

export async function doorOf(services: Services, one: Prebooking) {
  const [session, row] = await Promise.all([
    getBackgroundSession(services, one.userId),
    services.store.readBox(one.boxId),
  ]);
  if (!row) throw new Error('Expected the box of a prebooking.');
  const box: GymBox = row.at;
  return { session, box };
}

export const endOf = (answer: BookAnswer): End =>
  answer.kind === 'booked' || answer.kind === 'accepted'
    ? { status: 'booked', reservationId: answer.reservationId }
    : { status: 'refused', reservationId: undefined };

export async function settle({ store, clock }: Services, one: Prebooking, end: End): Promise<void> {
  await store.settlePrebookings([{ id: one.id, epoch: one.claimEpoch, outcome: end.status, ...end }], clock.now());
}

export const answerFor = (prebookings: readonly Prebooking[]) => ({ status: 'in-progress', prebookings });
