// The one renewal gate of a process decides which sessions may be renewed. A pause that the gym names (429, Retry-After) stops the renewals of the
// member that got it. Members with the same boxes form one group. Pauses of two members of a group pause the whole group; pauses of six members,
// from three groups, pause the whole gym. A gate knows only the pauses that its own process met.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type Breaker, createBreaker, MAX_ASKED_MS, type Standing } from '../gym/breaker.ts';
import type { RenewAnswer } from '../gym/gym.ts';

/** The member that a gym session belongs to: the member's id, and the slugs of the member's boxes. */
export interface Whose {
  readonly userId: string;
  readonly boxes: readonly string[];
}

/**
 * The gate's answer to a caller that wants to send a renewal. `rest`: a pause lasts for another `leftMs`. `trial`: another renewal is under way as
 * the trial, the first after a pause; wait for its answer.
 */
export type Leave =
  | {
      readonly kind: 'go';
      /**
       * Tells the gate how the gym answered the renewal; call `done` without an answer if no renewal was sent. A second call of `done` changes
       * nothing.
       */
      done(answer?: RenewAnswer): void;
    }
  | { readonly kind: 'rest'; readonly leftMs: number }
  | { readonly kind: 'trial' };

/** A pause of all renewals for a box or for the whole gym. */
export interface Pause extends Omit<Standing, 'isTried'> {
  readonly key: string;
}

export interface RenewalGate {
  /** Asks whether a renewal of this member's session may be sent now. */
  enter(whose: Whose): Leave;
  /**
   * Whether a pause of the member's boxes or of the whole gym stands in the way of a renewal. A call of `look` changes nothing; `enter` may make the
   * renewal the trial. `after-pause`: the next renewal is a trial, which tests whether the gym accepts renewals again. Only `enter` considers a pause
   * of the member's own account.
   */
  look(whose: Whose): 'open' | 'after-pause' | 'trial' | 'rest';
  /** The pauses of boxes and of the gym that have not ended yet. */
  pauses(): readonly Pause[];
  /** The groups of members (`groupOf`) with a pause of their own that has not ended; a pause of the whole gym is not listed. */
  restingGroups(): readonly string[];
  /** Whether a pause of the whole gym has not ended yet. */
  isGymResting(): boolean;
  /** True when neither a box nor the gym is paused or waits for a trial: `look` then returns `open` for every member. */
  isOpen(): boolean;
  /** Calls `changed` whenever an answer of the gym may have begun or ended a pause. Call the returned function to stop the calls of `changed`. */
  watch(changed: () => void): () => void;
}

/**
 * Names the group of a member: members with exactly the same boxes form one group, and share its pauses. A member of several boxes is not in one
 * group with the members of a single box, because the gym's token host does not say which box an answer is about. A paused member of several boxes
 * is not counted among the paused members of any single box.
 */
export const groupOf = ({ boxes }: Pick<Whose, 'boxes'>): string => boxes.toSorted().join(' ');

const GYM = 'main renew';
const boxKey = (whose: Whose): string => `box ${groupOf(whose)}`;
/** The pause, in ms, after a 429 that names no time. */
const UNNAMED_MS = 10_000;
/**
 * How many members of one group (`groupOf`) must be paused before the whole group is paused. A renewal that the gym has processed for a member of the
 * group sets the count back to zero.
 */
const ACCOUNTS_A_BOX = 2;
/**
 * In how many groups of members (`groupOf`) a member must get a pause before the whole gym is paused. In all, at least `ACCOUNTS_A_BOX` ×
 * `BOXES_A_GYM` members must get a pause. Any renewal that the gym processes sets the whole gym's counts of paused groups and paused members to zero.
 */
const BOXES_A_GYM = 3;

export function createGate(services: { readonly clock: Clock; readonly logger: Logger }): RenewalGate {
  const { clock } = services;
  const breaker = createBreaker(services);
  const accounts = createAccountRests(clock);
  const row = createRow();
  const watching = new Set<() => void>();
  const standings = (whose: Whose): (Standing | undefined)[] =>
    breaker.isClosed() ? [] : [GYM, boxKey(whose)].map((key) => breaker.look(key));
  function look(whose: Whose) {
    if (breaker.isClosed()) return 'open';
    const found = standings(whose).filter((one) => one !== undefined);
    if (found.some(({ leftMs }) => leftMs > 0)) return 'rest';
    if (found.some(({ isTried }) => isTried)) return 'trial';
    return found.length > 0 ? 'after-pause' : 'open';
  }
  function enter(whose: Whose): Leave {
    const left = standings(whose).map((one) => one?.leftMs ?? 0);
    const leftMs = Math.max(accounts.leftMs(whose.userId), ...left);
    if (leftMs > 0) return { kind: 'rest', leftMs };
    if (look(whose) === 'trial') return { kind: 'trial' };
    const tried = left.length === 0 ? [] : tries(whose);
    let isDone = false;
    return {
      kind: 'go',
      done(answer) {
        if (isDone) return;
        isDone = true;
        judge(whose, answer, tried);
        for (const changed of watching) changed();
      },
    };
  }
  /** Makes this renewal a trial after each pause (of the gym, of the member's group) that is over, and returns the keys of these pauses. */
  const tries = (whose: Whose): string[] =>
    [GYM, boxKey(whose)].filter((key) => breaker.look(key) && breaker.pausedMs(key) === undefined);
  function judge(whose: Whose, answer: RenewAnswer | undefined, tried: readonly string[]): void {
    const askedMs = answer && pauseIn(answer);
    if (answer && askedMs !== undefined) turnedAway(breaker, { accounts, row }, whose, askedMs, tried);
    else if (answer && isGood(answer)) {
      accounts.forget(whose.userId);
      row.end(whose);
      if (!breaker.isClosed() && breaker.look(boxKey(whose))) breaker.tell(boxKey(whose), 'well');
      breaker.tell(GYM, 'well');
    } else {
      // A renewal without a clear result says nothing about the member's group (`groupOf`), so the group's trial is given back. Without an `answer`,
      // the trial for the whole gym is given back, too. An `answer` in this branch counts as a failed call in the circuit of the whole gym.
      for (const key of tried) if (!answer || key !== GYM) breaker.giveBack(key);
      if (answer) breaker.tell(GYM, 'badly');
    }
  }
  return {
    look,
    enter,
    pauses: () => [...breaker.open()].flatMap(([key, standing]) => (standing.leftMs > 0 ? [{ key, ...standing }] : [])),
    restingGroups: () =>
      [...breaker.open()].flatMap(([key, { leftMs }]) => (leftMs > 0 && key !== GYM ? [key.slice('box '.length)] : [])),
    isOpen: breaker.isClosed,
    isGymResting: () => (breaker.look(GYM)?.leftMs ?? 0) > 0,
    watch(changed) {
      watching.add(changed);
      return () => watching.delete(changed);
    },
  };
}

/**
 * True if the answer shows that the gym processed the renewal. An answer that refuses the token shows that the gym processes renewals, because the
 * refusal concerns one session alone.
 */
const isGood = ({ kind }: RenewAnswer): boolean =>
  kind === 'renewed' || kind === 'cookies-lost' || kind === 'token-refused';

/**
 * The pause that an answer asks for, in ms. After a 429 that names no time, renewals pause briefly; a 403 that names no time begins no pause and
 * counts as a failed call.
 */
function pauseIn(answer: RenewAnswer): number | undefined {
  if (answer.kind !== 'turned-away') return undefined;
  return answer.retryAfterMs ?? (answer.why === 'busy' ? UNNAMED_MS : undefined);
}

function turnedAway(
  breaker: Breaker,
  { accounts, row }: { accounts: AccountRests; row: Row },
  whose: Whose,
  askedMs: number,
  tried: readonly string[],
): void {
  accounts.rest(whose.userId, askedMs);
  const { inBox, isAll } = row.add(whose);
  if (inBox || tried.includes(boxKey(whose))) breaker.tell(boxKey(whose), 'badly', askedMs);
  if (isAll || tried.includes(GYM)) breaker.tell(GYM, 'badly', askedMs);
}

interface AccountRests {
  leftMs(userId: string): number;
  rest(userId: string, askedMs: number): void;
  forget(userId: string): void;
}

function createAccountRests(clock: Pick<Clock, 'monotonicMs'>): AccountRests {
  const untilMs = new Map<string, number>();
  return {
    leftMs: (userId) => Math.max(0, (untilMs.get(userId) ?? 0) - clock.monotonicMs()),
    rest(userId, askedMs) {
      const nowMs = clock.monotonicMs();
      // Pauses that have ended are removed, so that the map stays as small as the number of current pauses.
      for (const [id, atMs] of untilMs) if (atMs <= nowMs) untilMs.delete(id);
      untilMs.set(userId, nowMs + Math.min(MAX_ASKED_MS, askedMs));
    },
    forget: (userId) => void untilMs.delete(userId),
  };
}

interface Row {
  /**
   * Notes that the gym asked for a pause of this member's account. `inBox`: so many accounts are paused in the member's group (`groupOf`: members
   * with the same boxes) that the whole group is to be paused. `isAll`: so many accounts in so many groups of members are paused that the whole gym
   * is to be paused.
   */
  add(whose: Whose): { readonly inBox: boolean; readonly isAll: boolean };
  /**
   * Sets to zero the counts of paused accounts: of the member's group (`groupOf`) and of the whole gym. Call `end` with the member of each renewal
   * that the gym has processed (`isGood`).
   */
  end(whose: Whose): void;
}

/**
 * Counts the accounts for which the gym asked for a pause. A renewal that the gym processes (`isGood`) sets two counts back to zero: the count of the
 * member's group (`groupOf`) and the count of the whole gym.
 */
function createRow(): Row {
  const inBoxes = new Map<string, Set<string>>();
  let all = new Map<string, Set<string>>();
  const add = (rows: Map<string, Set<string>>, whose: Whose): number => {
    const row = rows.get(groupOf(whose)) ?? new Set();
    rows.set(groupOf(whose), row.add(whose.userId));
    return row.size;
  };
  return {
    add(whose) {
      const inBox = add(inBoxes, whose) >= ACCOUNTS_A_BOX;
      add(all, whose);
      const count = [...all.values()].reduce((sum, { size }) => sum + size, 0);
      return { inBox, isAll: all.size >= BOXES_A_GYM && count >= ACCOUNTS_A_BOX * BOXES_A_GYM };
    },
    end(whose) {
      // A refresh run in which the gym asks for no pause calls `end` thousands of times, so the maps `inBoxes` and `all` are changed only if they
      // have entries.
      if (inBoxes.size > 0) inBoxes.delete(groupOf(whose));
      if (all.size > 0) all = new Map();
    },
  };
}
