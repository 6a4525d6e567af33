// Writes a finished race straight into the table `prebookings`, with a receipt as the service writes it: screens need no real race.
import type { Pool } from 'pg';

interface SettledRace {
  readonly id: string;
  readonly userId: string;
  readonly boxId: string;
  readonly day: string;
  readonly isWon: boolean;
  /** When the class starts; by default at the opening, 28 February 2026, which is in the past. */
  readonly startsAt?: Date;
}

const at = (ms: number): string => new Date(Date.parse('2026-02-28T17:00:00.000Z') + ms).toISOString();

/** Inserts a prebooking in the state that it has after its race was won or lost; returns the prebooking's id. */
export async function settleRace(
  pool: Pool,
  { id, userId, boxId, day, isWon, startsAt }: SettledRace,
): Promise<string> {
  const receipt = {
    ...{
      opensAt: at(0),
      wokenAt: at(-30_000),
      readyAt: at(-28_000),
      sentAt: at(0.4),
      answeredAt: at(41),
      readBackAt: at(160),
    },
    ...{ latenessMs: 0.4, firstLatenessMs: 0.4, clockOffsetMs: 3, rttMs: 35, shots: 1 },
    tries: [{ sentAt: at(0.4), answeredAt: at(41), latenessMs: 0.4, answer: isWon ? 'booked' : 'full' }],
    decidedBy: isWon ? 'us' : 'crowd',
    words: isWon ? 'We were first.' : 'The class was full.',
  };
  const client = await pool.connect();
  try {
    // The triggers that hold prebookings to their order of states are off here: only a test may write a row straight into its last state.
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into prebookings (id, user_id, box_id, day, time_id, class_name, status, outcome, opens_at, starts_at, receipt, settled_at, created_at, updated_at)
       values ($1, $2, $3, $4, '1800_60', 'WOD', $5, $6, $7, $9, $8, $7, $7, $7)`,
      [
        ...[
          id,
          userId,
          boxId,
          day,
          isWon ? 'booked' : 'refused',
          isWon ? 'booked' : 'full',
          at(0),
          JSON.stringify(receipt),
        ],
        startsAt?.toISOString() ?? at(0),
      ],
    );
  } finally {
    await client.query('set session_replication_role = origin');
    client.release();
  }
  return id;
}
