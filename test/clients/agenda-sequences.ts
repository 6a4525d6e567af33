// What published client programs read at the gym: a member's agenda, and the attendees of a day's classes. The gym shows attendees only to the box's
// staff, and answers a member with an empty body.
import { book, login } from './calls.ts';
import { ABSENT, PRESENT, type Sequence, type Step } from './sequence.ts';

const agenda = (reads: Step['reads']): Step => ({
  call: 'GET norte.aimharder.com/api/nextBookings',
  query: { box: '77' },
  reads: { status: 200, ...reads },
});
const attendees = (reads: Step['reads']): Step => ({
  call: 'GET norte.aimharder.com/api/coachBookings',
  query: { day: '{day}', familyId: '', showCurrent: '0', showCurrentPrev: '0', showCurrentNext: '0' },
  reads: { status: 200, ...reads },
});

export const agendas: readonly Sequence[] = [
  {
    name: 'what comes next, and what has been',
    known: 'reported',
    jar: 'by-host',
    plays: [
      login(),
      agenda({ 'nextClasses.length': 0, 'history.length': 0 }),
      book(501, { bookState: 1 }),
      agenda({ 'nextClasses.0.className': 'WOD', 'nextClasses.0.date': /2 de marzo/, 'history.length': 0 }),
      { meanwhile: (gym) => gym.freeze('2026-03-02T23:30:00+01:00') },
      agenda({ 'nextClasses.length': 0, 'history.0.assist': 1, 'history.0.lateCancel': 0 }),
    ],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'the attendees, asked for by a client: 200 and an empty body',
    known: 'reported',
    jar: 'by-host',
    plays: [login(), attendees({ text: '' })],
  },
  {
    name: 'the attendees, asked for by a coach',
    known: 'reported',
    jar: 'by-host',
    plays: [
      login(),
      book(501, { bookState: 1 }),
      login('login.aimharder.com', { username: '{coach}' }),
      attendees({
        ...{ dayYYYYMMDD: '{day}', 'resmsgs.length': 0, 'birthdays.length': 0 },
        ...{ 'bookings[startTime=18:00].ocupationr': 1, 'bookings[startTime=18:00].className': 'WOD' },
        ...{ 'bookings[startTime=18:00].athletes.0.name': 'Ana', 'bookings[startTime=18:00].athletes.0.bookState': 1 },
        'bookings[startTime=18:00].athletes.0.cancelDay': null,
        ...{ 'bookings[startTime=18:00].limit': PRESENT, 'bookings[startTime=18:00].athletes.1': ABSENT },
      }),
    ],
    leaves: ['Ana 501 booked'],
  },
];
