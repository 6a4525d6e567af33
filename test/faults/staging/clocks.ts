// Advances the clocks outside the service processes: the gym's clock, and in effect the database's, by making its leases and claims older. Each
// harness itself advances the clocks of its service processes by as much.
import type { Stand } from './stand.ts';

const AGE = `with claims as (
    update prebookings set claim_until = claim_until - $1 * interval '1 millisecond' where status in ('claimed', 'armed')),
  notices as (update outbox set lease_until = lease_until - $1 * interval '1 millisecond' where lease_until is not null)
  update auth_sessions set lease_until = lease_until - $1 * interval '1 millisecond' where lease_until is not null`;

/** Moves the gym's clock on by `byMs`, and makes the database's leases and claims older by `byMs`. */
export async function moveOn({ gym, pool }: Stand, byMs: number): Promise<void> {
  await gym.control.advance(byMs);
  await pool.query(AGE, [byMs]);
}
