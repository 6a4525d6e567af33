// What a connected member receives, in shapes of its own: no more than row security would show them, and no token of any kind.
import { isTerminal, type Prebooking, type PrebookingStatus } from '../../services/prebooking/prebooking.ts';
import type { RealtimeEvent, RealtimeMember } from '../../services/store/realtime-store.ts';

/** A prebooking's state. `opensInMs` counts down from when it was sent, by our clock: a client need not trust its own. */
export interface PrebookingMessage {
  readonly id: string;
  readonly boxId: string;
  readonly day: string;
  readonly timeId: string;
  readonly className: string | null;
  readonly status: PrebookingStatus;
  readonly opensAt: string;
  /** Below zero once it is open. */
  readonly opensInMs: number;
  readonly outcome?: string;
  readonly reason?: string;
  readonly reservationId?: string;
}
/** The state of one gym session. */
export interface HealthMessage {
  readonly id: string;
  readonly sessionType: 'background' | 'device';
  readonly status: string;
  readonly tokenUpdateCount: number;
  readonly lastTokenUpdateDate: string;
}
export interface BoxMessage {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly openingRule: unknown;
  readonly openingRuleSource: string;
}
/** Sent last. A client asks for a fresh token and connects again, unless its session has ended. */
export interface EndedMessage {
  readonly reason: 'expired' | 'revoked';
}

export interface ServerEvents {
  prebooking: (message: PrebookingMessage) => void;
  'session-health': (message: HealthMessage) => void;
  box: (message: BoxMessage) => void;
  ended: (message: EndedMessage) => void;
}
export interface ClientEvents {
  /** Sends everything again, as after a connection. */
  'tell-all': (done?: () => void) => void;
}

interface Told {
  readonly id: string;
  readonly boxId: string;
  readonly day: string;
  readonly timeId: string;
  readonly className: string | undefined;
  readonly status: PrebookingStatus;
  readonly opensAt: Date;
  readonly outcome: string | undefined;
  readonly reason: string | undefined;
  readonly reservationId: string | undefined;
}

export function prebookingMessage(p: Told, now: Date): PrebookingMessage {
  const { id, boxId, day, timeId, className, status, opensAt, outcome, reason, reservationId } = p;
  return {
    ...{ id, boxId, day, timeId, className: className ?? null, status, opensAt: opensAt.toISOString() },
    opensInMs: opensAt.getTime() - now.getTime(),
    ...(outcome !== undefined && { outcome }),
    ...(reason !== undefined && { reason }),
    ...(reservationId !== undefined && { reservationId }),
  };
}

/** The row may have moved on since: only the last event carries the outcome. */
export const eventMessage = ({ prebookingId, ...event }: RealtimeEvent, now: Date): PrebookingMessage => {
  const ended = isTerminal(event.status) ? event : { ...event, outcome: undefined, reservationId: undefined };
  return prebookingMessage({ ...ended, id: prebookingId }, now);
};

export const tellWaiting = (prebookings: readonly Prebooking[], now: Date): PrebookingMessage[] =>
  prebookings.filter(({ status }) => !isTerminal(status)).map((p) => prebookingMessage(p, now));

export const tellHealth = (session: RealtimeMember['sessions'][number]): HealthMessage => ({
  ...session,
  lastTokenUpdateDate: session.lastTokenUpdateDate.toISOString(),
});
