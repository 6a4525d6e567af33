// Everything known about one finished episode, from all witnesses: the gym's history and records, the database's rows, events and notices, the event
// lines of the processes. The checker of races reads only `Episode` records, one for each finished episode.
import type { HistoryEntry } from '../../../simulator/history.ts';
import type { ReservationTruth } from '../../../simulator/truth.ts';
import { readNotes } from '../staging/notes.ts';
import type { Done } from '../staging/orders.ts';
import type { Opening, Player } from './cast.ts';
import type { RaceEvent } from './orders.ts';
import type { Stage } from './play.ts';

export interface Row {
  readonly id: string;
  readonly status: string;
  readonly outcome: string | null;
  readonly reason: string | null;
  readonly reservation_id: string | null;
  readonly receipt: Readonly<Record<string, unknown>> | null;
  readonly settled_at: Date | null;
  readonly claim_epoch: string;
}
export interface Change {
  readonly prebooking_id: string;
  readonly from_status: string | null;
  readonly to_status: string;
  readonly at: Date;
}

export interface Episode {
  readonly opening: Opening;
  readonly player: Player;
  readonly row: Row | undefined;
  readonly changes: readonly Change[];
  readonly notices: readonly string[];
  /** The member's requests at the gym that could change a booking. */
  readonly calls: readonly HistoryEntry[];
  readonly places: readonly ReservationTruth[];
  readonly events: readonly RaceEvent[];
  readonly withdrawal: Done | undefined;
  /**
   * When the act that this player's fault plans (`hand`) was done, epoch ms: a booking by hand, a withdrawal, or the end of the background session at
   * the gym. Undefined if no act was done.
   */
  readonly handedAtMs: number | undefined;
  readonly isOpenAtFive: boolean;
  /** How many places the member ever had at the gym, counted after the queue had delivered its messages once more. */
  readonly placesAfterwards: number;
  /** How many of the member's requests to book or cancel reached the gym during the queue's repeated delivery, after all races and sweeps. */
  readonly callsAfterwards: number;
  /**
   * True if a blow may have struck the opening's race: a process that worked for the opening's box was killed, the fault planned for the opening is a
   * blow, or the database stopped during the race.
   */
  readonly isBystanderOfBlow: boolean;
}

export interface Closing {
  readonly openAtFive: ReadonlySet<string>;
  /** The id, in the gym's history, of the last call before members cancel and the queue delivers its messages once more. */
  readonly lastCallId: number;
  readonly placesThen: readonly ReservationTruth[];
}

export async function gather(stage: Stage, openings: readonly Opening[], closing: Closing): Promise<Episode[]> {
  const { stand, witness } = stage;
  const { pool, gym } = stand;
  const [truth, history, rows, changes, notices, events] = await Promise.all([
    gym.control.truth({}),
    callsOf(stage),
    pool.query<Row>(
      'select id, status, outcome, reason, reservation_id, receipt, settled_at, claim_epoch from prebookings',
    ),
    pool.query<Change>('select prebooking_id, from_status, to_status, at from prebooking_events order by id'),
    pool.query<{ user_id: string; kind: string }>(
      `select user_id, kind from outbox where kind like 'prebooking-%' and kind <> 'prebooking-at-risk'`,
    ),
    readNotes<RaceEvent>(stand.folder),
  ]);
  const rowBy = new Map(rows.rows.map((row) => [row.id, row]));
  const changesBy = Map.groupBy(changes.rows, (one) => one.prebooking_id);
  const noticesBy = Map.groupBy(notices.rows, (one) => one.user_id);
  const callsBy = Map.groupBy(history, (one) => one.memberId ?? 0);
  const placesBy = Map.groupBy(closing.placesThen, (one) => one.memberId);
  const placesNow = Map.groupBy(truth.reservations, (one) => one.memberId);
  const eventsBy = Map.groupBy(events, (one) => one.boxId);
  const dead = deathsOf(events);
  return openings.flatMap((opening) =>
    opening.players.map((player): Episode => {
      const calls = callsBy.get(player.plan.id) ?? [];
      const mine = eventsBy.get(opening.boxId) ?? [];
      return {
        ...{ opening, player, calls, events: mine },
        row: rowBy.get(player.prebookingId),
        changes: changesBy.get(player.prebookingId) ?? [],
        notices: (noticesBy.get(player.userId) ?? []).map((one) => one.kind),
        places: placesBy.get(player.plan.id) ?? [],
        withdrawal: witness.withdrawals.get(player.prebookingId),
        handedAtMs: witness.handed.get(player.prebookingId),
        isOpenAtFive: closing.openAtFive.has(player.prebookingId),
        placesAfterwards: (placesNow.get(player.plan.id) ?? []).length,
        callsAfterwards: calls.filter((one) => one.id > closing.lastCallId).length,
        isBystanderOfBlow:
          mine.some((one) => dead.has(one.pid)) ||
          opening.plan.fault.blow !== undefined ||
          witness.crashed.some((crash) => isNear(opening, crash)),
      };
    }),
  );
}

const callsOf = async ({ stand: { gym } }: Stage): Promise<HistoryEntry[]> =>
  (await Promise.all([gym.control.history({ op: 'book' }), gym.control.history({ op: 'cancelBook' })])).flat();

/** Tells whether a stop of the database, from `fromMs` to `toMs`, falls between the wake-up for this opening and the settling of its prebookings. */
const isNear = ({ opensAtMs, plan }: Opening, { fromMs, toMs }: { fromMs: number; toMs: number }): boolean => {
  const zeroMs = opensAtMs + (plan.fault.agoMs ?? 0);
  return fromMs < zeroMs + 25_000 && toMs > zeroMs - 7_000;
};

const deathsOf = (events: readonly RaceEvent[]): Set<number> =>
  new Set(events.filter((one) => one.event === 'killed').map((one) => one.pid));
