// The messages of the service's socket. The contract's document covers HTTP alone, so these are written here; test/web compares them with the
// server's own.
import type { Prebooking } from './contract.ts';

/** A prebooking has changed its state, or has it at the time of connecting. */
export interface PrebookingMessage {
  readonly id: string;
  readonly boxId: string;
  readonly day: string;
  readonly timeId: string;
  readonly className: string | null;
  readonly status: Prebooking['status'];
  readonly opensAt: string;
  /** Milliseconds from when it was sent, by the service's clock; below zero once it is open. */
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

/** A box of the member's, in its current form. */
export interface BoxMessage {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly openingRule: unknown;
  readonly openingRuleSource: string;
}

/** The last message of a connection. */
export interface EndedMessage {
  readonly reason: 'expired' | 'revoked';
}

/** By the names of the events. */
export interface ServerEvents {
  prebooking: (message: PrebookingMessage) => void;
  'session-health': (message: HealthMessage) => void;
  box: (message: BoxMessage) => void;
  ended: (message: EndedMessage) => void;
}
