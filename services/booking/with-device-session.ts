// The calls to the gym that a member makes by hand use the session of the member's own device. A device session is renewed before use if its last
// success (a login or a renewal) is over 25 minutes old, and also when the gym does not know it.
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { Failure } from '../failures.ts';
import type { GymKey } from '../gym/gym.ts';
import type { Freshened, Freshener } from '../renewal/freshen.ts';
import { deviceStaleAt } from '../session/freshness.ts';
import { type DeviceSession, isUsable } from '../session/session.ts';
import type { OwnBox } from '../store/box-store.ts';
import type { Store } from '../store/store.ts';

export interface ByHandServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly freshener: Freshener;
  readonly logger: Logger;
}

/** The member that makes a request, and the fingerprint of the device that sent the request. */
export interface Caller {
  readonly userId: string;
  readonly deviceFingerprint: string | undefined;
}

const DEAD = { kind: 'session-dead' } as const;

/**
 * Calls `use` with the gym key (token, cookies, fingerprint) of the device session. If the gym does not know the session, the session is renewed and
 * `use` is called once more. A second call of `use` is safe, because the first call, with a session that the gym did not know, had no effect at the
 * gym. Throws session/missing, session/uncertain, request/limited; session/needs-login only if the device must log in again; gym/… if the gym could
 * not be asked for a renewal.
 */
export async function withDeviceSession<T extends { readonly kind: string }>(
  services: ByHandServices,
  caller: Caller,
  use: (key: GymKey) => Promise<T>,
): Promise<Exclude<T, { kind: 'session-dead' }>> {
  const { session, trouble } = await freshDevice(services, caller, deviceStaleAt(services.clock.now()));
  // The cookies of a session that could not be renewed may still be good: the gym's answer to the first call of `use` shows whether they are.
  if (trouble)
    services.logger.warn({ sessionId: session.id, code: trouble.code }, 'session: used although not renewed');
  const first = await use(session.key);
  if (isAlive(first)) return first;
  const renewed = await freshDevice(services, caller, session.lastSuccessAt);
  // `renewed.trouble` says why the device session was not renewed: for example, the renewal failed, or the database allows no other renewal for a
  // while after a failed one. `renewed.trouble` is thrown instead of session/needs-login, which would ask for a login that may not be needed.
  if (renewed.trouble) throw renewed.trouble;
  const second = await use(renewed.session.key);
  if (isAlive(second)) return second;
  throw new Failure('session/uncertain', 'The gym does not know this device although it has just renewed it.');
}

const isAlive = <T extends { readonly kind: string }>(answer: T): answer is Exclude<T, { kind: 'session-dead' }> =>
  answer.kind !== DEAD.kind;

const needsLogin = (): Failure =>
  new Failure('session/needs-login', 'The gym no longer knows this device: log in again.');

async function freshDevice(services: ByHandServices, caller: Caller, staleAt: Date): Promise<Freshened<DeviceSession>> {
  if (caller.deviceFingerprint === undefined) {
    throw new Failure('session/missing', 'Expected a device session: log in at the gym on this device.');
  }
  const fresh = await services.freshener.device(caller.userId, caller.deviceFingerprint, { staleAt });
  if (!isUsable(fresh.session)) throw needsLogin();
  return fresh;
}

/** Finds the box `boxId` among the member's own boxes. Throws box/missing. */
export async function ownBox({ store }: ByHandServices, userId: string, boxId: string): Promise<OwnBox> {
  const box = (await store.readMemberBoxes(userId)).find((one) => one.id === boxId);
  if (!box) throw new Failure('box/missing', 'Expected boxId to be one of your own boxes.');
  return box;
}
