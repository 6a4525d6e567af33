// Stores the result of a race for each prebooking, as one `SettleLine`, as soon as the result is decided. A result that cannot be known yet is
// stored as unknown.
import type { Logger } from 'pino';
import { createBatchWriter } from '../batch-writer.ts';
import type { Clock } from '../clock.ts';
import { asFailure } from '../failures.ts';
import { otherChoice } from '../prebooking/class-choice.ts';
import type { PossibleOpening } from '../prebooking/possible-openings.ts';
import type { Prebooking } from '../prebooking/prebooking.ts';
import { buildReceipt, type RaceFacts } from '../prebooking/receipt.ts';
import { patiently } from '../retry.ts';
import type { SettleLine } from '../store/claim-store.ts';
import type { Store } from '../store/store.ts';
import { type Decided, triesBefore } from './entrant.ts';
import { PLAUSIBLE_MS } from './fire-time.ts';
import type { Race } from './race-context.ts';
import { placed, type Trace, type Verdict } from './read-back.ts';
import type { EntrantShots } from './shots.ts';

export interface SettleServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly logger: Logger;
}

const lineOf = (prebooking: Prebooking, verdict: Verdict, facts: RaceFacts): SettleLine => ({
  id: prebooking.id,
  epoch: prebooking.claimEpoch,
  status: verdict.status,
  outcome: verdict.outcome,
  reservationId: verdict.reservationId,
  reason: verdict.reason,
  taken: takenBy(prebooking, verdict),
  receipt: buildReceipt({ ...facts, gymSaid: verdict.said, movedTo: verdict.movedTo }),
});

/**
 * The class of the place `mine`, if this class is not the first choice. Undefined also if the gym has moved the class that was shot at to
 * another hour.
 */
export const takenBy = (
  prebooking: Prebooking,
  { mine, movedTo }: Pick<Verdict, 'mine' | 'movedTo'>,
): SettleLine['taken'] => (mine && movedTo === undefined ? otherChoice(prebooking, mine) : undefined);

type Times = Pick<Race, 'opensAt' | 'wokenAtMs' | 'readyAtMs' | 'estimate'>;

const shotAtOf = ({ slot, reservationId }: Trace): RaceFacts['shotAt'] =>
  slot && { classId: slot.id, timeId: slot.timeId, ...(reservationId !== undefined && { reservationId }) };

/** The `SettleLine` for an entrant that raced. @param seen the instants of the read-back and of the class's real opening. */
export function lineOfRaced(
  race: Times,
  { entrant, tries, lastSentAtMs, trace, isBehind }: EntrantShots,
  verdict: Verdict,
  seen: Pick<RaceFacts, 'readBackAtMs' | 'gymOpensAt'>,
): SettleLine {
  const { opensAt, wokenAtMs, readyAtMs } = race;
  const known = { opensAt, wokenAtMs, readyAtMs, ...clockOf(race), shotAt: shotAtOf(trace) };
  const tried = { tries: [...triesBefore(entrant.prebooking), ...tries], isBehind, outcome: verdict.outcome };
  const line = lineOf(entrant.prebooking, verdict, { ...known, ...tried, ...seen });
  return lastSentAtMs === undefined ? line : { ...line, lastSentAt: new Date(Math.ceil(lastSentAtMs)) };
}

/** If the estimate of the gym's clock may be wrong by more than this, the receipt gives no clock offset. */
const MAX_ERROR_MS = 100;

/**
 * The clock offset and the round-trip time for the receipt. A clock offset that is larger than `PLAUSIBLE_MS`, or uncertain by more than
 * `MAX_ERROR_MS`, is left out of the receipt.
 */
function clockOf({ estimate }: Times): Pick<RaceFacts, 'clockOffsetMs' | 'rttMs'> {
  if (!estimate) return {};
  const { offsetMs, maxErrorMs, rttMs } = estimate;
  const isBelieved = Math.abs(offsetMs) <= PLAUSIBLE_MS && maxErrorMs <= MAX_ERROR_MS;
  return isBelieved ? { clockOffsetMs: offsetMs, rttMs } : { rttMs };
}

/** The `SettleLine` for a prebooking that needed no race, or had no class to race for. */
export function lineOfDecided({ opensAt, wokenAtMs }: Times, { prebooking, outcome, mine, why }: Decided): SettleLine {
  const refused = { status: 'refused', outcome, reservationId: undefined } as const;
  const verdict = mine ? placed(mine, 'already-booked') : refused;
  const facts = { opensAt, wokenAtMs, tries: triesBefore(prebooking), outcome: verdict.outcome, why };
  return lineOf(prebooking, { ...verdict, reason: undefined }, facts);
}

/**
 * How long, in ms, the write of a result is repeated while the database cannot be reached. Without a stored result the member does not see how the
 * race ended. Storing a result twice has the same effect as storing it once.
 */
const TIMEOUT_MS = 30_000;

/**
 * Postpones a wish to the next instant at which its class may open, because the gym contradicts the opening that we expected. Returns undefined when
 * this process no longer has the claim.
 */
export async function postpone(
  { store, clock, logger }: SettleServices,
  { id, claimEpoch }: Prebooking,
  later: PossibleOpening,
): Promise<Prebooking | undefined> {
  const wanted = { id, epoch: claimEpoch, ...later, now: clock.now() };
  const postponed = await patiently(clock, TIMEOUT_MS, () => store.postponePrebooking(wanted));
  if (postponed) logger.info({ prebookingId: id, opensAt: later.opensAt }, 'race: too early, postponed');
  return postponed ?? undefined;
}

/**
 * Stores the lines, each the final result of one prebooking, and returns the settled prebookings. A result line without effect is logged: another
 * process has meanwhile changed the state of the prebooking, which stays as it is.
 */
export async function settleLines(
  { clock, store, logger }: SettleServices,
  lines: readonly SettleLine[],
): Promise<Prebooking[]> {
  if (lines.length === 0) return [];
  const settled = await patiently(clock, TIMEOUT_MS, () => store.settlePrebookings(lines, clock.now())).catch((error) =>
    settleApart({ clock, store, logger }, lines, error),
  );
  for (const one of settled) {
    const { latenessMs, decidedBy, shots } = one.receipt ?? {};
    logger.info(
      { prebookingId: one.id, status: one.status, outcome: one.outcome, latenessMs, decidedBy, shots },
      'race: settled',
    );
  }
  if (settled.length < lines.length) {
    const ids = new Set(settled.map((one) => one.id));
    const lost = lines.filter((line) => !ids.has(line.id)).map((line) => line.id);
    logger.error({ code: 'prebooking/write-lost', prebookingIds: lost }, 'race: a verdict found its prebooking moved');
  }
  return settled;
}

/**
 * When the database refuses one result line (`SettleLine`, one prebooking's result), it refuses the whole batch, so each result line is then written
 * alone. A result line (one prebooking's result) that the database refuses even alone is written again without its reason and receipt: the result
 * matters more than its wording.
 */
async function settleApart(
  { clock, store, logger }: SettleServices,
  lines: readonly SettleLine[],
  why: unknown,
): Promise<Prebooking[]> {
  const unlessRefused = (error: unknown): undefined => {
    const { code } = asFailure(error);
    if (code !== 'database/refused') throw error;
    logger.error(
      { prebookingIds: lines.map((line) => line.id), code, err: error },
      'race: the database refused verdicts',
    );
  };
  unlessRefused(why);
  const settled: Prebooking[] = [];
  for (const line of lines) {
    for (const version of [line, { ...line, reason: undefined, receipt: undefined }]) {
      const cards = await patiently(clock, TIMEOUT_MS, () => store.settlePrebookings([version], clock.now())).catch(
        unlessRefused,
      );
      if (cards) {
        settled.push(...cards);
        break;
      }
    }
  }
  return settled;
}

/**
 * Stores the final result of one prebooking, and resolves with the settled prebooking. Resolves with undefined if another process has changed the
 * prebooking's state, or if the database refuses the result.
 */
export type Settler = (line: SettleLine) => Promise<Prebooking | undefined>;

/** The most result lines (one for each prebooking) that one statement writes; no race has more of them to store. */
const MAX_BATCH = 5_000;

/**
 * Creates the function that writes the results of a race. The first result line (one prebooking's result) is written at once; result lines that
 * arrive during that write go into the next statement together.
 */
export const createSettler = (services: SettleServices): Settler =>
  createBatchWriter<SettleLine, Prebooking | undefined>({
    clock: services.clock,
    windowMs: 0,
    maxBatch: MAX_BATCH,
    concurrency: 1,
    async write(lines) {
      const cards = await settleLines(services, lines);
      const byId = new Map(cards.map((card) => [card.id, card]));
      return lines.map(({ id }) => byId.get(id));
    },
  });
