// A member's agenda: places at the gym, waiting prebookings, watches, and days for which rules will make prebookings, in one list by time.
import { createRoute, z } from '@hono/zod-openapi';
import { readAgenda } from '../../jobs/read-agenda.ts';
import { Failure } from '../../services/failures.ts';
import { localDay } from '../../services/prebooking/opening-rule.ts';
import { readinessShape } from '../../services/prebooking/readiness.ts';
import { AGENDA_KINDS, type AgendaItem } from '../../services/rule/agenda.ts';
import { addDays, daysBetween } from '../../services/rule/rule-days.ts';
import type { Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { answers, day, instant, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const USUAL_DAYS = 14;
const MAX_DAYS = 62;
/** No time zone begins its days later than this one. An agenda that begins with this zone's current day leaves out no member's current day. */
const FIRST_ZONE = 'Etc/GMT+12';

const itemShape = z
  .object({
    kind: z.enum(AGENDA_KINDS),
    boxId: z.string(),
    day: z.string(),
    /** The class's start, and its length in minutes, such as `1800_60`; null in an entry of the kind `rule` if the rule names no hour. */
    timeId: z.string().nullable(),
    className: z.string().nullable(),
    /**
     * The state of a place at the gym is `booked`, `waitlisted`, or `cancelled` by the gym. The state of a prebooking is its status, or `given-back`
     * if the gym's list lacks the place that the prebooking won. The state of a rule's day is `planned`, or why the day became no prebooking. The
     * state of a watch is the status of its row, such as `watching` or `done`.
     */
    state: z.string(),
    readiness: readinessShape.optional(),
    startsAt: instant.optional(),
    opensAt: instant.optional(),
    reservationId: z.string().optional(),
    /** The id of the prebooking, the rule or the watch. */
    id: z.string().optional(),
    /** What a watch does about a place that comes free; present for watches only. */
    then: z.enum(['book', 'tell']).optional(),
    /** When a watch ends; present for watches only. */
    endsAt: instant.optional(),
  })
  .openapi('AgendaItem');
const agendaShape = z.object({
  items: z.array(itemShape),
  /** True if the gym could not be asked about some or all days, so the agenda may lack places booked at the gym or show places given back there. */
  stale: z.boolean(),
  /** The instant at which the agenda was made, if at least one of its days could not be asked of the gym; otherwise null. */
  staleAt: instant.nullable(),
});

/** The endpoint GET `/api/agenda`. */
export function agendaRoutes(services: Services, guards: Guards): Router {
  const router = newRouter();
  const list = createRoute({
    method: 'get',
    path: '/api/agenda',
    ...guards.member,
    summary: 'What is booked, what waits and what repeats, in one list',
    request: { query: z.object({ from: day.optional(), to: day.optional() }) },
    responses: answers('By time', agendaShape),
  });
  router.openapi(list, async (c) => {
    const { userId, deviceFingerprint } = c.get('member');
    const asked = c.req.valid('query');
    const from = asked.from ?? localDay(services.clock.now(), FIRST_ZONE);
    const to = asked.to ?? addDays(from, USUAL_DAYS);
    if (to < from || daysBetween(from, to) > MAX_DAYS)
      throw new Failure('request/invalid', `Expected to no earlier than from, and at most ${MAX_DAYS} days after it.`);
    const { items, staleAt } = await readAgenda(services, { userId, deviceFingerprint, from, to });
    const isStale = staleAt !== undefined;
    return c.json({ items: items.map(toItem), stale: isStale, staleAt: staleAt?.toISOString() ?? null }, 200);
  });
  return router;
}

const toItem = (item: AgendaItem): z.infer<typeof itemShape> => ({
  kind: item.kind,
  boxId: item.boxId,
  day: item.day,
  timeId: item.timeId ?? null,
  className: item.className ?? null,
  state: item.state,
  ...(item.readiness && { readiness: item.readiness }),
  ...(item.startsAt && { startsAt: item.startsAt.toISOString() }),
  ...(item.opensAt && { opensAt: item.opensAt.toISOString() }),
  ...(item.reservationId !== undefined && { reservationId: item.reservationId }),
  ...(item.id !== undefined && { id: item.id }),
  ...(item.onFree && { then: item.onFree }),
  ...(item.endsAt && { endsAt: item.endsAt.toISOString() }),
});
