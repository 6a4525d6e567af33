// Booking by hand: a member sees a day's classes, books a place, gives a place back, always with the gym session of the member's own device.
import { createRoute, z } from '@hono/zod-openapi';
import { type BookResult, bookClass } from '../../jobs/book-class.ts';
import { cancelBooking } from '../../jobs/cancel-booking.ts';
import { listAttendees } from '../../jobs/list-attendees.ts';
import { type ListedClass, listClasses } from '../../jobs/list-classes.ts';
import type { AppContext, Member, Router } from '../app-context.ts';
import type { Guards } from '../guards.ts';
import { counted } from '../monitor/meters.ts';
import { type Once, once } from '../once.ts';
import { answers, day, id, idempotencyKey, instant, jsonBody, label, newRouter } from '../router.ts';
import type { Services } from '../services.ts';

const classShape = z
  .object({
    id: z.string(),
    time: z.string(),
    timeId: z.string(),
    name: z.string(),
    coach: z.string().nullable(),
    limit: z.number().nullable(),
    occupied: z.number().nullable(),
    waitlist: z.number().nullable(),
    /** How many people are on the waitlist; null if the class has no waitlist. */
    waitlistLength: z.number().nullable(),
    /** True if the gym has called the class off. */
    cancelled: z.boolean(),
    /** True if this member has no place in the class and the gym lets members book the class. The field is true before the class opens, too. */
    bookable: z.boolean(),
    /** Whether the member's plan at the gym includes the class; null where the gym does not say. */
    inMyPlan: z.boolean().nullable(),
    mine: z.enum(['booked', 'waitlisted']).nullable(),
    reservationId: z.string().nullable(),
    opensAt: instant.nullable(),
  })
  .openapi('Class');
const dayShape = z.object({ classes: z.array(classShape), notices: z.array(z.string()) });
const attendeeShape = z.object({ name: z.string(), state: z.enum(['booked', 'waitlisted']) }).openapi('Attendee');
const attendeesShape = z
  .object({
    /** The people in the class; null if the gym does not show their names, or not to this member. */
    attendees: z.array(attendeeShape).nullable(),
    reason: z.enum(['coaches-only']).optional(),
    friends: z.array(attendeeShape),
  })
  .openapi('Attendees', {
    example: { attendees: null, reason: 'coaches-only', friends: [{ name: 'Bea', state: 'booked' }] },
  });
const bookShape = z
  .strictObject({ boxId: id, day, classId: label, familyId: label.optional(), waitlist: z.boolean().optional() })
  .openapi('Booking');
const bookedShape = z.object({
  outcome: z.enum([
    'booked',
    'waitlisted',
    'already-booked',
    'full',
    'too-early',
    'quota-reached',
    'same-hour',
    'too-late',
    'refused',
  ]),
  reservationId: z.string().optional(),
  reason: z.string().optional(),
  opensAt: instant.optional(),
});
const cancelShape = z
  .strictObject({
    boxId: id,
    day,
    reservationId: label,
    familyId: label.optional(),
    acceptLate: z.boolean().optional(),
  })
  .openapi('Cancellation');
const cancelledShape = z.object({
  outcome: z.enum(['cancelled', 'late-needs-consent', 'not-found', 'failed']),
  reason: z.string().optional(),
});

export function bookingRoutes(services: Services, { meters }: AppContext, guards: Guards): Router {
  const router = newRouter();
  const list = createRoute({
    method: 'get',
    path: '/api/booking',
    ...guards.member,
    summary: 'The classes of a day',
    request: { query: z.object({ day, boxId: id, familyId: label.optional() }) },
    responses: answers('The classes, and the box’s own words about the day', dayShape),
  });
  router.openapi(list, async (c) => {
    const { classes, notices } = await listClasses(services, { ...handOf(c.get('member')), ...c.req.valid('query') });
    return c.json({ classes: classes.map(toClass), notices: [...notices] }, 200);
  });

  const attendees = createRoute({
    method: 'get',
    path: '/api/booking/attendees',
    ...guards.member,
    summary: 'Who is in a class: names where the gym gives them to you, and friends here who want to be seen',
    request: { query: z.object({ boxId: id, day, classId: label }) },
    responses: answers('Who is in it', attendeesShape),
  });
  router.openapi(attendees, async (c) => {
    const asked = { ...handOf(c.get('member')), ...c.req.valid('query') };
    const { attendees, reason, friends } = await listAttendees(services, asked);
    const shown = { attendees: attendees ? [...attendees] : null, friends: [...friends] };
    return c.json({ ...shown, ...(reason !== undefined && { reason }) }, 200);
  });

  const book = createRoute({
    method: 'post',
    path: '/api/booking',
    ...guards.member,
    summary: 'Book a class that is open',
    request: { ...jsonBody(bookShape), headers: idempotencyKey },
    responses: answers('What the gym said', bookedShape),
  });
  router.openapi(book, async (c) => {
    const request = c.req.valid('json');
    const work: Once<z.infer<typeof bookedShape>>['work'] = async (_id, sending) => {
      const asked = bookClass(services, { ...handOf(c.get('member')), ...request, sending });
      return toBooked(await counted(meters.manualBookings, asked, ({ outcome }) => outcome));
    };
    return c.json(await once(c, { services, request, status: 200, work }), 200);
  });

  const cancel = createRoute({
    method: 'delete',
    path: '/api/booking',
    ...guards.member,
    summary: 'Give a place back',
    request: jsonBody(cancelShape),
    responses: answers('What the gym said', cancelledShape),
  });
  router.openapi(cancel, async (c) => {
    const request = { ...handOf(c.get('member')), ...c.req.valid('json') };
    const asked = cancelBooking(services, request);
    const { outcome, reason } = await counted(meters.manualCancellations, asked, (answer) => answer.outcome);
    return c.json({ outcome, ...(reason !== undefined && { reason }) }, 200);
  });
  return router;
}

const handOf = ({ userId, deviceFingerprint }: Member) => ({ userId, deviceFingerprint });

const toBooked = ({ outcome, reservationId, reason, opensAt }: BookResult): z.infer<typeof bookedShape> => ({
  outcome,
  ...(reservationId !== undefined && { reservationId }),
  ...(reason !== undefined && { reason }),
  ...(opensAt && { opensAt: opensAt.toISOString() }),
});

const toClass = (listed: ListedClass): z.infer<typeof classShape> => ({
  id: listed.id,
  time: listed.time,
  timeId: listed.timeId,
  name: listed.name,
  coach: listed.coach ?? null,
  limit: listed.limit ?? null,
  occupied: listed.occupied ?? null,
  waitlist: listed.waitlist ?? null,
  waitlistLength: listed.waitlist ?? null,
  cancelled: listed.isCancelled,
  bookable: listed.isBookable && listed.mine === undefined,
  inMyPlan: listed.isInPlan ?? null,
  mine: listed.mine ?? null,
  reservationId: listed.reservationId ?? null,
  opensAt: listed.opensAt?.toISOString() ?? null,
});
