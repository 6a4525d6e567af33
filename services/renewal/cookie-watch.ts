// A gym may renew tokens while the session's cookies are dead. A refresh run asks the gym about the cookies of its first three renewed sessions; if
// one session has dead cookies, it asks about every later session. If, within 25 minutes, cookies of three members are found dead and none alive, the
// gym counts as ending cookies. At a gym that ends cookies, dead cookies make the service sign in with the member's kept login, if there is one.
import { asFailure } from '../failures.ts';
import type { GymKey } from '../gym/gym.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { RenewServices } from './renew.ts';

/**
 * How many sessions of a refresh run have their cookies checked in any case: the first sessions that the run renews. The number is small, because
 * each check is one more call to the gym.
 */
const SAMPLE = 3;

/** Creates the cookie watch of one refresh run; the returned function is to be called with each renewed session, and never throws. */
export function createCookieWatch(
  services: Pick<RenewServices, 'gym' | 'store' | 'clock' | 'logger'>,
): (leased: LeasedSession, key: GymKey) => Promise<void> {
  const { gym, store, clock, logger } = services;
  /** For each of the first `SAMPLE` sessions that the run renewed: whether the gym was found not to know the session's cookies. */
  const sample: Promise<boolean>[] = [];
  async function look({ id }: LeasedSession, key: GymKey): Promise<boolean> {
    try {
      const isAlive = await gym.isAlive(key);
      if (isAlive === undefined) return false;
      const doCookiesDie = await store.noteCookies(id, isAlive, clock.now());
      if (doCookiesDie && !isAlive) await store.retireForKeptLogin(id, clock.now());
      return !isAlive;
    } catch (error) {
      logger.warn({ sessionId: id, code: asFailure(error).code }, 'session: its cookies could not be looked at');
      return false;
    }
  }
  return async (leased, key) => {
    if (sample.length < SAMPLE) {
      const looking = look(leased, key);
      sample.push(looking);
      await looking;
      // Every further session waits until the cookies of the run's first `SAMPLE` sessions have been checked. A further session's cookies are checked
      // only if one of the first sessions has dead cookies.
    } else if ((await Promise.all(sample)).includes(true)) await look(leased, key);
  };
}
