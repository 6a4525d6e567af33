// How public clients of the gym (published programs that members use) keep a gym session alive, and how they find out that it is dead.
import { book, list, login, renew, whoami } from './calls.ts';
import { ABSENT, PRESENT, type Sequence, type Step } from './sequence.ts';

const BOOKED = { bookState: 1, id: /^\d+$/ };
const TOKEN = /^1\|\d{10}\|[0-9a-f]{32}$/;
const RENEWED = { newToken: TOKEN, logout: ABSENT };
const byNext = { form: { token: '{next}', ciclo: '1', fingerprint: '{fingerprint}' } };
const twice = (first: Record<string, RegExp> = {}): Step[] => [
  renew({ ...RENEWED, ...first }),
  renew({ newToken: TOKEN }, byNext),
];

export const sessions: readonly Sequence[] = [
  {
    name: 'the gym’s own page: a new token each 29 minutes, the old one dead at once',
    known: 'several',
    jar: 'by-host',
    plays: [
      login(),
      { meanwhile: (gym) => gym.advance(29 * 60_000) },
      renew({ ...RENEWED, 'cookie AWSALB': PRESENT, 'cookie amhrdrauth': ABSENT }),
      renew({ logout: 1, newToken: ABSENT }),
      // The refused renewal has not ended the session: by its cookie `whoami` still names one login (`data` has one entry).
      whoami({ 'data.length': 1 }),
    ],
  },
  {
    name: 'a renewal with the token that came last, and a booking after it',
    known: 'several',
    jar: 'by-host',
    plays: [login(), ...twice(), book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'a renewal at the box’s host, where the page’s relative address leads',
    known: 'reported',
    jar: 'by-host',
    plays: [login(), renew(RENEWED, { call: 'POST norte.aimharder.com/api/tokenUpdate' }), book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  ...(['keep', 'kill'] as const).map(
    (mode): Sequence => ({
      name: `a jar replaced by each answer’s cookies, where the gym re-issues the login cookie (${mode})`,
      known: 'one client',
      jar: 'replaced',
      knobs: [{ kind: 'reissue', mode }],
      plays: [login(), ...twice({ 'cookie amhrdrauth': /Domain=\.aimharder\.com$/ }), book(501, BOOKED)],
      leaves: ['Ana 501 booked'],
    }),
  ),
  {
    name: 'a jar replaced by each answer’s cookies, where the gym re-issues none: logged out',
    known: 'one note',
    jar: 'replaced',
    plays: [login(), renew(RENEWED), book(501, { logout: 1 })],
    leaves: [],
  },
  {
    name: 'a token shown without the login’s cookies: logged out',
    known: 'reported',
    jar: 'none',
    plays: [login(), renew({ logout: 1, newToken: ABSENT })],
  },
  {
    name: 'whoami asked with a live session: who, and the roles',
    known: 'reported',
    jar: 'by-host',
    plays: [
      login(),
      whoami({
        ...{ 'data.0.id': 1, 'data.0.roles.0.role': 'client', 'data.0.roles.0.boid': 77 },
        'data.0.roles.0.centre_url': 'https://norte.aimharder.com',
      }),
    ],
  },
  {
    name: 'whoami whose data is an object',
    known: 'reported',
    jar: 'by-host',
    knobs: [{ kind: 'whoami-as', as: 'object' }],
    plays: [login(), whoami({ 'data.length': ABSENT, 'data.id': 1, 'data.roles.0.role': 'client' })],
  },
  {
    name: 'a dead session: 200 to everything, a list with nothing of the member’s own, logout in the rest',
    known: 'several',
    jar: 'by-host',
    plays: [
      login(),
      book(501, BOOKED),
      { meanwhile: (gym) => gym.killSession({ member: 'ana@example.test' }) },
      list({ logout: ABSENT, 'bookings[id=501].bookState': null, 'bookings[id=501].ocupation': 1 }),
      whoami({ 'data.length': 0 }),
      book(503, { logout: 1, bookState: ABSENT }),
      renew({ logout: 1, newToken: ABSENT }),
    ],
    leaves: ['Ana 501 booked'],
  },
];
