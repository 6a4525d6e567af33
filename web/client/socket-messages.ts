// The messages of the service's socket. /openapi.json covers HTTP alone, so the messages' types are written here; test/web compares them with
// the server's own types.
import type { Prebooking } from './contract.ts';

/** The state of a prebooking, sent when it changes and when a page connects. */
export interface PrebookingMessage {
  readonly id: string;
  readonly boxId: string;
  readonly day: string;
  readonly timeId: string;
  readonly className: string | null;
  readonly status: Prebooking['status'];
  readonly opensAt: string;
  /** Milliseconds from the sending of the message to the opening, by the service's clock; negative after the opening. */
  readonly opensInMs: number;
  readonly outcome?: string;
  readonly reason?: string;
  readonly reservationId?: string;
}

/** The state of one gym session of the member. */
export interface HealthMessage {
  readonly id: string;
  readonly sessionType: 'background' | 'device';
  readonly status: string;
  readonly tokenUpdateCount: number;
  readonly lastTokenUpdateDate: string;
}

/** One box of the member, with its current name and time zone. */
export interface BoxMessage {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly openingRule: unknown;
  readonly openingRuleSource: string;
}

/** The last message on a connection, which says why the service ends the connection. */
export interface EndedMessage {
  readonly reason: 'expired' | 'revoked';
}

/** The listeners of the socket's events, by the events' names. */
export interface ServerEvents {
  prebooking: (message: PrebookingMessage) => void;
  'session-health': (message: HealthMessage) => void;
  box: (message: BoxMessage) => void;
  ended: (message: EndedMessage) => void;
}
