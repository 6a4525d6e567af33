// Renews one session, background or device, for a caller that is about to use it. If another process leases the session, the caller waits for the end
// of that lease, whereas a refresh run skips a leased session. A session with a failed renewal is returned with the failure, because its cookies may
// still be good.
import { withDeadline } from '../clock.ts';
import { asFailure, Failure, type FailureCode } from '../failures.ts';
import { newOwner } from '../owner.ts';
import { isFromTheFuture } from '../session/freshness.ts';
import type { BackgroundSession, DeviceSession } from '../session/session.ts';
import type { LeaseAnswer } from '../store/renewal-store.ts';
import { mendMember } from './kept-login.ts';
import { LEASE_MS } from './lease-heartbeat.ts';
import { getBackgroundSession, getDeviceSession } from './open-session.ts';
import { type Batching, createBatching, type Renewal, type RenewServices, renewLeased } from './renew.ts';

/** The session as it stands in the database after the call, and the reason if a needed renewal failed. */
export interface Freshened<S> {
  readonly session: S;
  readonly trouble: Failure | undefined;
}

export interface Want {
  /** The session is renewed if its last successful renewal was at or before this instant. */
  readonly staleAt: Date;
  /** True for a race, which renews in spite of the hold that it set on the session. */
  readonly throughHold?: boolean;
  /** How long to wait for another process's renewal; default 3 s. */
  readonly timeoutMs?: number;
}

export interface Freshener {
  /** Throws session/missing, seal/unreadable, database/…; a renewal that failed is returned as `trouble` and not thrown. */
  background(userId: string, want: Want): Promise<Freshened<BackgroundSession>>;
  device(userId: string, fingerprint: string, want: Want): Promise<Freshened<DeviceSession>>;
}

const TIMEOUT_MS = 3_000;
const POLL_MS = 100;
/**
 * How long a caller waits for a renewal under way, in ms; after that, the caller gets the failure session/busy. The renewal itself goes on when the
 * caller stops waiting, because aborting it would lose the token.
 */
const SLOW_MS = 8_000;

export type FreshenServices = RenewServices & {
  /** False when this deployment uses no kept logins (gym passwords that members chose to store sealed). */
  readonly allowKeptLogin?: boolean | undefined;
};

/** Create one freshener per process: callers that want the same session at the same time then share one renewal. */
export function createFreshener(services: FreshenServices): Freshener {
  const flights = new Map<string, Promise<Failure | undefined>>();
  const batching = createBatching(services);
  async function freshen<S extends BackgroundSession | DeviceSession>(
    read: () => Promise<S>,
    want: Want,
  ): Promise<Freshened<S>> {
    const session = await read();
    const isFresh = session.lastSuccessAt.getTime() > want.staleAt.getTime();
    if (isFresh && !isFromTheFuture(session.lastSuccessAt, services.clock.now()))
      return { session, trouble: undefined };
    let flight = flights.get(session.id);
    if (!flight) {
      // A serverless function may be frozen only when no renewal counts as under way. `during` counts the renewal before it has a lease, because a
      // function that was frozen with a lease could go on when another process has the lease.
      flight = services.spool
        .during(renewOrMend(services, batching, session, want))
        .catch(asFailure)
        .finally(() => flights.delete(session.id));
      flights.set(session.id, flight);
    }
    const trouble = await withDeadline(
      services.clock,
      SLOW_MS,
      flight,
      () => new Failure('session/busy', 'The gym is slow to renew this session.'),
    );
    return { session: await read(), trouble };
  }
  return {
    background: (userId, want) => freshen(() => getBackgroundSession(services, userId), want),
    device: (userId, fingerprint, want) => freshen(() => getDeviceSession(services, userId, fingerprint), want),
  };
}

/**
 * Renews a session, and returns the failure if the renewal failed. A dead background session is replaced immediately, by a sign-in at the gym, if the
 * member has a kept login and the limits on sign-ins allow its use now.
 */
async function renewOrMend(
  services: FreshenServices,
  batching: Batching,
  session: BackgroundSession | DeviceSession,
  want: Want,
): Promise<Failure | undefined> {
  const trouble = await renewOnce(services, batching, session, want);
  if (!trouble || session.sessionType !== 'background' || services.allowKeptLogin === false) return trouble;
  if (trouble.code !== 'session/needs-login' && !(await isGivenUp(services, session, want, trouble))) return trouble;
  return (await mendMember(services, session.userId)) === 'mended' ? undefined : trouble;
}

/**
 * Gives up a race's session that the gym knows no more, so that a sign-in with the kept login replaces the session; returns whether the session was
 * given up. A race's session is given up if the gym refused its token and does not know its cookies: a race cannot wait for a second refusal.
 */
async function isGivenUp(
  { gym, store, clock }: FreshenServices,
  { id, key }: BackgroundSession,
  { throughHold }: Want,
  trouble: Failure,
): Promise<boolean> {
  if (!throughHold || trouble.code !== 'session/uncertain' || (await gym.isAlive(key)) !== false) return false;
  return (await store.retireForKeptLogin(id, clock.now())) === 1;
}

async function renewOnce(
  services: RenewServices,
  batching: Batching,
  session: BackgroundSession | DeviceSession,
  want: Want,
): Promise<Failure | undefined> {
  const { clock, store } = services;
  const owner = newOwner(services.life);
  const until = clock.monotonicMs() + (want.timeoutMs ?? TIMEOUT_MS);
  for (;;) {
    const askedAtMs = clock.monotonicMs();
    const answer = await store.leaseSession({
      id: session.id,
      sessionType: session.sessionType,
      staleAt: want.staleAt,
      owner,
      leaseMs: LEASE_MS,
      throughHold: want.throughHold ?? false,
      now: clock.now(),
    });
    if (answer.state === 'leased')
      return renewLeased(services, answer, { batching, askedAtMs }).then(troubleOf, asFailure);
    if (answer.state !== 'busy' || clock.monotonicMs() >= until) return whyNot(answer);
    await clock.sleep(POLL_MS);
  }
}

function whyNot(answer: Exclude<LeaseAnswer, { state: 'leased' }>): Failure | undefined {
  if (answer.state === 'resting') {
    const { retryAfterMs } = answer;
    return new Failure('request/limited', 'This session was asked about often enough just now.', { retryAfterMs });
  }
  const reasons = {
    fresh: undefined,
    busy: new Failure('session/busy', 'This session is being renewed elsewhere just now.'),
    held: new Failure('session/busy', 'This session is held for a booking that opens in a moment.'),
    dead: new Failure('session/needs-login', 'The gym no longer knows this session: log in again.'),
    missing: new Failure('session/missing', 'This session is gone.'),
  };
  return reasons[answer.state];
}

const END_CODES = {
  refused: 'session/uncertain',
  unknown: 'session/uncertain',
  'not-sent': 'gym/unreachable',
  'turned-away': 'gym/blocked',
  released: 'session/busy',
} as const satisfies Record<string, FailureCode>;

function troubleOf(renewal: Renewal): Failure | undefined {
  if (renewal.kind === 'renewed' || renewal.kind === 'kept' || renewal.kind === 'alive') return undefined;
  if (renewal.kind === 'unknown-key')
    return new Failure('seal/unknown-key', 'This process lacks the key of this session.');
  if (renewal.kind === 'quarantined') return new Failure('seal/unreadable', 'This session cannot be opened.');
  if (renewal.died) return new Failure('session/needs-login', 'The gym no longer knows this session: log in again.');
  return new Failure(END_CODES[renewal.end], `The session could not be renewed: ${renewal.reason}.`);
}
