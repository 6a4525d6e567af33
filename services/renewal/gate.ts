// Which sessions may be renewed just now. A pause that the gym names (429, Retry-After) rests the account that it was named to. Two accounts of a
// box in a row rest their box, and six of three boxes in a row the gym. A good answer in between shows that it was not all of them.
// One gate a process: a member's own device asks through it, too. What it knows is not written down; another process finds out itself.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { type Breaker, createBreaker, MAX_ASKED_MS, type Standing } from '../gym/breaker.ts';
import type { RenewAnswer } from '../gym/gym.ts';

/** The member that a session belongs to: the id, and the slugs of their boxes. */
export interface Whose {
  readonly userId: string;
  readonly boxes: readonly string[];
}

/** Whether a renewal may be sent. `trial`: another renewal tries after a pause, and its answer is awaited (`watch`). */
export type Leave =
  | {
      readonly kind: 'go';
      /** To be called once the answer is there, or with nothing when none was sent; a second call changes nothing. */
      done(answer?: RenewAnswer): void;
    }
  | { readonly kind: 'rest'; readonly leftMs: number }
  | { readonly kind: 'trial' };

/** A pause that holds up more than one account. */
export interface Pause extends Omit<Standing, 'isTried'> {
  readonly key: string;
}

export interface RenewalGate {
  enter(whose: Whose): Leave;
  /** How box and gym stand for this member, without going; `after-pause`: the next to go is a trial. The account's own pause is `enter`'s. */
  look(whose: Whose): 'open' | 'after-pause' | 'trial' | 'rest';
  /** The pauses of boxes and of the gym that are not over. */
  pauses(): readonly Pause[];
  /** Groups of resting members (`groupOf`); every group rests when the gym does. */
  restingGroups(): readonly string[];
  isGymResting(): boolean;
  /** Whether nothing rests but single accounts, and nothing is tried: every `look` is then `open`. */
  isOpen(): boolean;
  /** Calls `changed` whenever an answer may have opened or closed something; the answer ends that. */
  watch(changed: () => void): () => void;
}

/**
 * Members with the same boxes. A member of several boxes belongs to a group of its own, not to each box: the gym's token host does not
 * say which of the boxes it means. So such an answer neither rests a box for all its members nor is held up by one box's trouble.
 */
export const groupOf = ({ boxes }: Pick<Whose, 'boxes'>): string => boxes.toSorted().join(' ');

const GYM = 'main renew';
const boxKey = (whose: Whose): string => `box ${groupOf(whose)}`;
/** When the gym names no pause with its 429. */
const UNNAMED_MS = 10_000;
const ACCOUNTS_A_BOX = 2;
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
  /** The pauses that are over, with this renewal as their trial. */
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
      // Nothing was sent, or the result is not known: it says nothing about a box, and the gym's own circuit counts it.
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

/** A refused token is the session's own affair: the gym looked. */
const isGood = ({ kind }: RenewAnswer): boolean =>
  kind === 'renewed' || kind === 'cookies-lost' || kind === 'token-refused';

/** The pause that an answer asks for; a plain 429 asks for a short one. A closed door (403) is for the circuit to count. */
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
      // Also the place where what is over is forgotten: there are never more than are turned away at one time.
      for (const [id, atMs] of untilMs) if (atMs <= nowMs) untilMs.delete(id);
      untilMs.set(userId, nowMs + Math.min(MAX_ASKED_MS, askedMs));
    },
    forget: (userId) => void untilMs.delete(userId),
  };
}

interface Row {
  /** `inBox`: as many of that box in a row as rest it; `isAll`: as many in a row, of as many boxes, as rest the gym. */
  add(whose: Whose): { readonly inBox: boolean; readonly isAll: boolean };
  /** A good answer: it ends the row of its box, and the row of all. */
  end(whose: Whose): void;
}

/** Accounts that were turned away one after the other, box by box and over all. */
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
      // A run without trouble has no rows, and asks thousands of times.
      if (inBoxes.size > 0) inBoxes.delete(groupOf(whose));
      if (all.size > 0) all = new Map();
    },
  };
}
