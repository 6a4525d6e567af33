// The messages that a connected member receives: no more than row security would show the member, and no token of any kind.
import { isTerminal, type Prebooking, type PrebookingStatus } from '../../services/prebooking/prebooking.ts';
import type { RealtimeEvent, RealtimeMember } from '../../services/store/realtime-store.ts';

/**
 * The state of one prebooking. `opensInMs` is the time from the message's sending to the opening, so that a client need not rely on its own clock.
 */
export interface PrebookingMessage {
  readonly id: string;
  readonly boxId: string;
  readonly day: string;
  readonly timeId: string;
  readonly className: string | null;
  readonly status: PrebookingStatus;
  readonly opensAt: string;
  /** Milliseconds from the sending of the message until the class opens; negative once the class is open. */
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
/**
 * The last message before the socket is closed. After this message the client gets a fresh access token and connects again, unless its puntual
 * session was revoked.
 */
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
  /** Asks for the member's whole state again, as the service sends it after a socket has connected. */
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

/**
 * Makes the message about one event of a prebooking. The message about an event that is not final lacks outcome and reservation, because the
 * prebooking's row may have changed since that event.
 */
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
