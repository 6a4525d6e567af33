// Which pauses a refresh run sleeps through. Each is slept once: a box that refuses its trial again is left to the next minute's pass, which asks
// anew. So is a long pause of a single account: a minute's pass comes before it is over. While its box is paused, an account's own pause does not
// matter.
import type { Clock } from '../clock.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { RenewalGate } from './gate.ts';

/** The longest pause of one account that a run sleeps through: after a minute the next pass begins. */
const MAX_ACCOUNT_MS = 60_000;
/** Timers may be early by a millisecond or two. */
const AFTER_MS = 5;

type Resting = Pick<LeasedSession, 'id' | 'userId' | 'boxes'>;

export interface Pauses {
  /** A session was refused and may be tried again at `againAt`. */
  note(session: Resting, againAt: Date): void;
  /** Sleeps until the next pause is over. False, at once: there is none that this run waits for. */
  sleepThrough(): Promise<boolean>;
}

export interface PauseParts {
  readonly clock: Clock;
  readonly gate: RenewalGate;
  /** No session is begun after it, so no pause that ends later is slept through. Undefined: this run sleeps through none. */
  readonly until: Date | undefined;
  /** Ends a sleep. */
  readonly stopping: AbortSignal | undefined;
}

export function createPauses({ clock, gate, until, stopping }: PauseParts): Pauses {
  const accounts = new Map<string, { readonly session: Resting; readonly againAt: Date }>();
  const done = new Set<string>();
  const leftMs = (at: Date) => Math.max(0, at.getTime() - clock.now().getTime());
  const nextAccount = () =>
    [...accounts]
      .filter(([id, { session }]) => !done.has(id) && gate.look(session) === 'open')
      .map(([key, { againAt }]) => ({ key, leftMs: leftMs(againAt) }))
      .filter((one) => one.leftMs <= MAX_ACCOUNT_MS);
  const nextShared = () =>
    gate
      .pauses()
      .filter(({ isAgain }) => !isAgain)
      .map((pause) => ({ key: `${pause.key} ${pause.untilMs}`, leftMs: pause.leftMs }))
      .filter(({ key }) => !done.has(key));
  async function sleep(): Promise<boolean> {
    if (until === undefined) return false;
    const most = leftMs(until);
    const [first] = [...nextAccount(), ...nextShared()]
      .filter((one) => one.leftMs < most)
      .sort((a, b) => a.leftMs - b.leftMs);
    if (!first) return false;
    done.add(first.key);
    // Cut short by the process's end: the run sees that itself.
    await clock.sleep(Math.ceil(first.leftMs) + AFTER_MS, stopping).catch(() => undefined);
    return true;
  }
  let sleeping: Promise<boolean> | undefined;
  return {
    note: (session, againAt) => void accounts.set(session.id, { session, againAt }),
    // All workers of a run sleep together.
    sleepThrough() {
      sleeping ??= sleep().finally(() => {
        sleeping = undefined;
      });
      return sleeping;
    },
  };
}
