// Tokens may be renewed while the cookies that open doors are dead. A run asks whoami about the first few sessions it renewed; when one of them
// is dead, about all. Three members are the gym's doing and one alert: their sessions stay in use, and kept logins bring new cookies.
import { asFailure } from '../failures.ts';
import type { GymKey } from '../gym/gym.ts';
import type { LeasedSession } from '../store/renewal-store.ts';
import type { RenewServices } from './renew.ts';

/** Of the sessions renewed in a run; polite, since each look is one more call. */
const SAMPLE = 3;

/** One a run. Never throws. */
export function createCookieWatch(
  services: Pick<RenewServices, 'gym' | 'store' | 'clock' | 'logger'>,
): (leased: LeasedSession, key: GymKey) => Promise<void> {
  const { gym, store, clock, logger } = services;
  let looked = 0;
  let isSuspicious = false;
  return async ({ id }, key) => {
    if (looked >= SAMPLE && !isSuspicious) return;
    looked += 1;
    try {
      const isAlive = await gym.isAlive(key);
      if (isAlive === undefined) return;
      isSuspicious ||= !isAlive;
      const doCookiesDie = await store.noteCookies(id, isAlive, clock.now());
      if (doCookiesDie && !isAlive) await store.retireForKeptLogin(id, clock.now());
    } catch (error) {
      logger.warn({ sessionId: id, code: asFailure(error).code }, 'session: its cookies could not be looked at');
    }
  };
}
