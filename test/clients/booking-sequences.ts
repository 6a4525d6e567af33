// How client programs that others published book a class at the gym, join a waiting list and cancel, and what they read from a refusal.
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { book, cancel, list, login, MORNING, OPENING } from './calls.ts';
import { ABSENT, type Meanwhile, PRESENT, type Reading, type Sequence, type Step } from './sequence.ts';

const BOOKED = { bookState: 1, id: /^\d+$/ };
const at = (instant: string): Meanwhile => ({ meanwhile: (gym) => gym.freeze(instant) });
const knob = (one: KnobInput): Meanwhile => ({ meanwhile: (gym) => gym.setKnob(one) });
const byHand = (id: number, member = 'bea@example.test'): Meanwhile => ({
  meanwhile: (gym) => gym.bookByHand({ box: 'norte', day: '20260302', id, member }),
});
const refusedOnce = (reason: Extract<KnobInput, { kind: 'refuse' }>['reason'], reads: Record<string, Reading>) => [
  knob({ kind: 'refuse', reason, times: 1 }),
  book(503, { id: ABSENT, logout: ABSENT, ...reads }),
];
const FIELDS = [
  ...['id', 'time', 'timeid', 'classId', 'className', 'limit', 'limitc', 'ocupation', 'waitlist', 'boxName', 'color'],
  ...['enabled', 'resadmin', 'included', 'hidden', 'classLength', 'onlineclass', 'checkAthletesNum', 'spotres'],
];
const row = (id: number, reads: Record<string, Reading>) =>
  Object.fromEntries(Object.entries(reads).map(([field, wanted]) => [`bookings[id=${id}].${field}`, wanted]));

export const bookings: readonly Sequence[] = [
  {
    name: 'too early by hours: the number in the text, then the booking on the dot',
    known: 'several',
    jar: 'by-host',
    plays: [
      at('2026-02-28T17:59:59+01:00'),
      login(),
      book(501, { bookState: -12, errorMssgLang: 'ERROR_ANTELACION_CLIENTE_HORAS', errorMssg: /\b48\b/, id: ABSENT }),
      at(OPENING),
      book(501, BOOKED),
    ],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'too early without a number',
    known: 'several',
    jar: 'by-host',
    knobs: [{ kind: 'early-code', code: -4 }],
    plays: [at('2026-02-28T17:00:00+01:00'), login(), book(501, { bookState: -4, errorMssgLang: ABSENT })],
    leaves: [],
  },
  {
    name: 'full, then the same with insist, then the place on the list',
    known: 'several',
    jar: 'by-host',
    plays: [
      ...[byHand(501), byHand(501, 'leo@example.test'), login()],
      list(row(501, { ocupation: 2, limitc: 2, waitlist: 0 })),
      book(501, { bookState: -1, clasesContratadas: PRESENT }),
      book(501, { bookState: 0, id: /^\d+$/ }, { insist: '1' }),
      list(row(501, { bookState: 0, idres: '{reservation}', waitlist: 1 })),
    ],
    leaves: ['Ana 501 waitlisted', 'Bea 501 booked', 'Leo 501 booked'],
  },
  {
    name: 'full where there is no waiting list, insist or not',
    known: 'several',
    jar: 'by-host',
    plays: [byHand(503), login(), list(row(503, { waitlist: -1 })), book(503, { bookState: -1 }, { insist: '1' })],
    leaves: ['Bea 503 booked'],
  },
  {
    name: 'every refusal by its code or key',
    known: 'several',
    jar: 'by-host',
    plays: [
      login(),
      ...refusedOnce('full', { bookState: -1 }),
      ...refusedOnce('no-credit', { bookState: -2 }),
      ...refusedOnce('unpaid', { bookState: -5 }),
      ...refusedOnce('too-late', { bookState: -7 }),
      ...refusedOnce('daily-limit', { bookState: -8, max: 1 }),
      ...refusedOnce('booking-limit', { bookState: -9 }),
      ...refusedOnce('quota', { bookState: -12, errorMssgLang: 'HASSUPERADOLIMITCONTR', errorMssg: PRESENT }),
      ...refusedOnce('same-hour', { bookState: -12, errorMssgLang: 'NOPUEDESRESERVAMISMAHORA' }),
    ],
    leaves: [],
  },
  {
    name: 'another class at the same hour',
    known: 'several',
    jar: 'by-host',
    plays: [login(), book(502, BOOKED), book(501, { bookState: -12, errorMssgLang: 'NOPUEDESRESERVAMISMAHORA' })],
    leaves: ['Ana 502 booked'],
  },
  {
    name: 'a refusal in the gym’s words alone, and one by a key alone',
    known: 'reported',
    jar: 'by-host',
    plays: [
      login(),
      knob({ kind: 'refuse-in-words', text: '<b>Tu cuota</b> no lo permite', times: 1 }),
      book(501, { bookState: ABSENT, id: ABSENT, logout: ABSENT, errorMssg: '<b>Tu cuota</b> no lo permite' }),
      knob({ kind: 'refuse-in-words', text: null, key: 'HASSUPERADOLIMITCONTR', times: 1 }),
      book(501, { bookState: ABSENT, id: ABSENT, errorMssg: ABSENT, errorMssgLang: 'HASSUPERADOLIMITCONTR' }),
    ],
    leaves: [],
  },
  {
    name: 'a cancellation by the slot’s id: "done", and nothing cancelled; then by the reservation’s',
    known: 'reported',
    jar: 'by-host',
    plays: [
      login(),
      book(501, BOOKED),
      cancel('501', { cancelState: 1 }),
      list(row(501, { bookState: 1, idres: '{reservation}' })),
      cancel('{reservation}', { cancelState: 1 }),
      list(row(501, { bookState: null, cancelledId: null, ocupation: 0 })),
    ],
    leaves: [],
  },
  {
    name: 'a late cancellation: asked first, then with late; an unknown id is an error',
    known: 'several',
    jar: 'by-host',
    plays: [
      ...[login(), book(501, BOOKED), at('2026-03-02T17:30:00+01:00')],
      cancel('{reservation}', { cancelState: 2 }),
      list(row(501, { bookState: 1 })),
      cancel('{reservation}', { cancelState: 1 }, '1'),
      cancel('7', { cancelState: 3 }),
    ],
    leaves: [],
  },
  {
    name: 'a booking for a family member, whose id was copied by hand',
    known: 'reported',
    jar: 'by-host',
    plays: [
      ...[at(MORNING), login(), book(501, BOOKED, { familyId: '31' })],
      list(row(501, { bookState: null, ocupation: 1 })),
      list(row(501, { bookState: 1, idres: '{reservation}' }), {}, '31'),
    ],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'rows that cannot be booked say so, and refuse',
    known: 'reported',
    jar: 'by-host',
    plays: [
      login(),
      list({
        ...row(504, { cancelledId: PRESENT }),
        ...row(505, { resadmin: 1, cancelledId: null }),
        ...row(506, { included: 0, cancelledId: null }),
      }),
      ...[504, 505].map((id) => book(id, { bookState: -12, errorMssgLang: PRESENT })),
      book(506, { bookState: -2 }),
    ],
    leaves: [],
  },
  {
    name: 'all fields of a row, the day’s envelope and its words',
    known: 'reported',
    jar: 'by-host',
    knobs: [{ kind: 'day-words', words: ['Festivo'] }],
    plays: [
      login(),
      list({
        ...Object.fromEntries(FIELDS.map((field) => [`bookings[id=501].${field}`, PRESENT])),
        ...{
          clasesDisp: PRESENT,
          'timetable.0.id': PRESENT,
          day: PRESENT,
          'seminars.length': 0,
          'resmsgs.0': 'Festivo',
        },
      }),
    ],
  },
  {
    name: 'mixed types: a limit with more in it, ids as text, a free row of state 0',
    known: 'reported',
    jar: 'by-host',
    knobs: [
      { kind: 'limit-as', as: 'text' },
      { kind: 'id-as', as: 'string' },
      { kind: 'free-row', state: 0 },
    ],
    plays: [login(), list(row(501, { id: '501', limitc: '2 (2)', bookState: 0, idres: ABSENT })), book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'an address turned away: reads pass, writes get a 403 page',
    known: 'one client',
    jar: 'by-host',
    knobs: [{ kind: 'geo-block', op: ['book', 'cancelBook'] }],
    plays: [
      login(),
      list(),
      { ...book(501, { status: 403, type: /html/ }), keeps: {} },
      { ...cancel('1', { status: 403 }) } satisfies Step,
    ],
    leaves: [],
  },
  {
    name: 'the gym’s clock read from the head of a box’s page',
    known: 'reported',
    jar: 'none',
    plays: [
      { call: 'HEAD norte.aimharder.com/', reads: { status: 200, date: /GMT$/, text: '' } },
      { call: 'HEAD aimharder.com/', reads: { status: 200, date: /GMT$/ } },
    ],
  },
];
