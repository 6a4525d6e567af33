// Moves on the clocks that no service process holds: the gym's, and the database's, by ageing its leases and claims. Each harness moves the clocks of
// its own processes by the time by which the gym's clock is moved.
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
