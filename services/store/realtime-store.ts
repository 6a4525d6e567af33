// The rows from which members with an open socket get their messages. Each process with open sockets reads the changes of prebookings about once a
// second.
import { z } from 'zod';
import { STATUSES } from '../prebooking/prebooking.ts';
import type { Call } from './call.ts';
import { instant, text } from './column.ts';

const eventRow = z.object({
  id: z.number(),
  userId: z.string(),
  prebookingId: z.string(),
  status: z.enum(STATUSES),
  reason: text,
  at: instant,
  boxId: z.string(),
  day: z.string(),
  timeId: z.string(),
  className: text,
  opensAt: instant,
  outcome: text,
  reservationId: text,
});
/** One change of one prebooking's state. */
export type RealtimeEvent = z.infer<typeof eventRow>;
const eventsRow = z.object({ latest: z.number(), events: z.array(eventRow) });

const memberRow = z.object({
  userId: z.string(),
  sessions: z.array(
    z.object({
      id: z.string(),
      sessionType: z.enum(['background', 'device']),
      status: z.string(),
      tokenUpdateCount: z.number(),
      lastTokenUpdateDate: instant,
    }),
  ),
  boxes: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      timeZone: z.string(),
      openingRule: z.unknown(),
      openingRuleSource: z.string(),
    }),
  ),
});
/** A member's boxes, and the state of the member's gym sessions. */
export type RealtimeMember = z.infer<typeof memberRow>;

export const realtimeStore = (call: Call) => ({
  /**
   * Gives the events after the id `after`, and those with an id in `gaps` (ids that were missing in earlier reads). Without `after` the call gives no
   * events, only `latest`: the id after which the next read begins.
   */
  readRealtimeEvents: (a: { after: number | undefined; gaps: readonly number[]; limit: number }) =>
    call('read_realtime_events', a, eventsRow),
  /** Of the given puntual sessions, gives the ids of those that are over. */
  readEndedSessions: (ids: readonly string[], now: Date) =>
    call('read_ended_sessions', { ids, now }, z.array(z.string())),
  readRealtimeMembers: (userIds: readonly string[]) =>
    call('read_realtime_members', { user_ids: userIds }, z.array(memberRow)),
});
