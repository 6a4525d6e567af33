// Decides which pauses a refresh run sleeps through to their end. If a trial of a box or of the whole gym failed, the run does not sleep through the
// pause that follows: a later pass renews the sessions that are left. If a pause of one member's session lasts longer than a minute, the run leaves
// the session to a later pass. While calls about a box are paused, the run does not wait for the pauses of single members' sessions at that box.
import type { Clock } from '../clock.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { RenewalGate } from './gate.ts';

/** The longest pause of one member's session that a run sleeps through, because after a minute the next pass begins. */
const MAX_ACCOUNT_MS = 60_000;
/** How many milliseconds longer than a pause the run sleeps, because a timer may fire a millisecond or two early. */
const AFTER_MS = 5;

type Resting = Pick<LeasedSession, 'id' | 'userId' | 'boxes'>;

export interface Pauses {
  /** Notes that the gym refused the renewal of a session without judging its token, and that the renewal may be tried again at `againAt`. */
  note(session: Resting, againAt: Date): void;
  /**
   * Sleeps until the first of the pauses that this run waits for is over, and returns true. Returns false at once when there is no pause that this
   * run waits for.
   */
  sleepThrough(): Promise<boolean>;
}

export interface PauseParts {
  readonly clock: Clock;
  readonly gate: RenewalGate;
  /**
   * After this instant the run begins no renewal. The run does not sleep through a pause that ends later than this instant. If `until` is undefined,
   * the run sleeps through no pause: sessions that a pause holds back are left to a later run.
   */
  readonly until: Date | undefined;
  /** Aborted when the process stops; the run's sleep through a pause then ends early. */
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
    // When the process stops, the sleep ends early without an error, because the run checks the signal itself.
    await clock.sleep(Math.ceil(first.leftMs) + AFTER_MS, stopping).catch(() => undefined);
    return true;
  }
  let sleeping: Promise<boolean> | undefined;
  return {
    note: (session, againAt) => void accounts.set(session.id, { session, againAt }),
    // All workers of a refresh run, which renew sessions side by side, wait in one shared sleep.
    sleepThrough() {
      sleeping ??= sleep().finally(() => {
        sleeping = undefined;
      });
      return sleeping;
    },
  };
}
