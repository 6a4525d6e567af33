// Tokens may be renewed while the cookies are dead. A run asks whoami about the first few sessions it renewed; if one of them is dead, about all.
// Three members with dead cookies mean that the gym does this to all: one alert, the sessions stay in use, and kept logins bring new cookies.
import { asFailure } from '../failures.ts';
import type { GymKey } from '../gym/gym.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { RenewServices } from './renew.ts';

/** How many of a run's renewed sessions are checked first; few, since each check is one more call. */
const SAMPLE = 3;

/** One a run. Never throws. */
export function createCookieWatch(
  services: Pick<RenewServices, 'gym' | 'store' | 'clock' | 'logger'>,
): (leased: LeasedSession, key: GymKey) => Promise<void> {
  const { gym, store, clock, logger } = services;
  /** Whether each of the first was found dead. */
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
      // Renewed beside the first ones: wait for the result of those, or a small deployment's other sessions would never be checked.
    } else if ((await Promise.all(sample)).includes(true)) await look(leased, key);
  };
}
