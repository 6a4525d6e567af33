// How publicly available client programs sign in at the gym, and what they read before they book.
import { book, LIKE_THE_PAGE, list, login, look, whoami } from './calls.ts';
import { ABSENT, PRESENT, type Sequence, type Step } from './sequence.ts';

const BOOKED = { bookState: 1, id: /^\d+$/ };
const LOGGED_OUT = { logout: 1, bookState: ABSENT, id: ABSENT };
const refused = (reads: Step['reads'], more: Record<string, unknown> = {}): Step => ({
  ...login('login.aimharder.com', more),
  reads: { ...reads, 'cookie amhrdrauth': ABSENT, 'data.auth.refreshToken': ABSENT },
  keeps: {},
});
const setrefresh: Step = {
  call: 'GET aimharder.com/setrefresh',
  query: { token: '{token}', fingerprint: '{fingerprint}', redirect: 'https://norte.aimharder.com/schedule' },
  reads: { status: 200, text: /norte\.aimharder\.com\/schedule/ },
};

export const signIns: readonly Sequence[] = [
  {
    name: 'the HTML form of the first years: a page, no login cookie, and a box that does not know it',
    known: 'reported',
    jar: 'by-name',
    plays: [
      look('login.aimharder.com/'),
      {
        call: 'POST login.aimharder.com/',
        form: { mail: '{email}', pw: '{password}', login: 'Iniciar sesión' },
        reads: { status: 200, type: /html/, 'cookie amhrdrauth': ABSENT },
      },
      list({ 'bookings[id=501].bookState': null }),
      book(501, LOGGED_OUT),
    ],
    leaves: [],
  },
  {
    name: 'JSON at the login host, no warm-up, the day’s list, one booking, the list again',
    known: 'several',
    jar: 'by-host',
    plays: [
      {
        ...login(),
        headers: { origin: 'https://login.aimharder.com', referer: 'https://login.aimharder.com/' },
        reads: {
          ...{
            status: 200,
            type: /json/,
            'data.auth.authOK': true,
            'data.userData.id': 1,
            'data.userData.name': 'Ana',
          },
          'data.auth.refreshToken': /^1\|\d{10}\|[0-9a-f]{32}$/,
          ...{ 'data.userData.roles.0.role': PRESENT, 'data.userData.roles.0.gym': 'Box Norte' },
          ...{ 'data.userData.roles.0.boid': 77, 'data.userData.roles.0.centre_url': 'https://norte.aimharder.com' },
          'cookie amhrdrauth': /Expires=\w{3}, .*HttpOnly; Domain=\.aimharder\.com$/,
          ...{ 'cookie AWSALB': PRESENT, 'cookie AWSALBCORS': PRESENT, 'cookie PHPSESSID': PRESENT },
        },
      },
      list({ 'bookings[id=501].bookState': null, 'bookings[id=501].timeid': '1800_60' }),
      book(501, { ...BOOKED, clasesContratadas: PRESENT, hasPublicMemberships: PRESENT, logout: ABSENT }),
      list({
        'bookings[id=501].bookState': 1,
        'bookings[id=501].idres': '{reservation}',
        'bookings[id=501].ocupation': 1,
      }),
    ],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'JSON at the main host',
    known: 'reported',
    jar: 'by-host',
    plays: [login('aimharder.com'), book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'two runs that each sign in afresh: the earlier login lives on',
    known: 'several',
    jar: 'by-host',
    plays: [
      { ...login(), keeps: { first: 'data.auth.refreshToken' } },
      { ...login('login.aimharder.com', { fingerprint: 'another' }), keeps: { second: 'data.auth.refreshToken' } },
      book(501, BOOKED),
      whoami({ 'data.length': 1 }),
    ],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'a form where the login wants JSON: the body is named, not the password',
    known: 'reported',
    jar: 'by-name',
    plays: [
      {
        call: 'POST login.aimharder.com/api/login',
        form: { username: '{email}', password: '{password}' },
        reads: { 'error.message': 'LOGIN_ERROR_MALFORMED_BODY', 'cookie amhrdrauth': ABSENT },
      },
      login(),
    ],
  },
  {
    name: 'a wrong password: 401 with its key, after which the client stops',
    known: 'reported',
    jar: 'by-name',
    plays: [refused({ status: 401, 'error.code': 401, 'error.message': 'LOGIN_ERROR_LOGIN' }, { password: 'wrong' })],
  },
  {
    name: 'a wrong password told with 200 by error.message',
    known: 'several',
    jar: 'by-name',
    knobs: [{ kind: 'login-failure', shape: 'error-200' }],
    plays: [refused({ status: 200, 'error.message': 'LOGIN_ERROR_LOGIN' }, { password: 'wrong' })],
  },
  {
    name: 'a wrong password told with 200 by authOK and info',
    known: 'several',
    jar: 'by-name',
    knobs: [{ kind: 'login-failure', shape: 'auth-not-ok' }],
    plays: [
      refused({ status: 200, 'data.auth.authOK': false, 'data.auth.info': 'LOGIN_ERROR_LOGIN' }, { password: 'wrong' }),
    ],
  },
  {
    name: 'a locked account: the words for it, with the right password too',
    known: 'reported',
    jar: 'by-name',
    knobs: [{ kind: 'lockout', after: 2 }],
    plays: [
      refused({ 'error.message': 'LOGIN_ERROR_LOGIN' }, { password: 'wrong' }),
      refused({ 'error.message': /demasiadas veces/ }, { password: 'wrong' }),
      refused({ 'error.message': /demasiadas veces/ }),
    ],
  },
  {
    name: 'a login cookie without Domain, widened to all hosts by the client',
    known: 'three clients',
    jar: 'widened',
    knobs: [{ kind: 'login-cookie', domain: 'none' }],
    plays: [login(), book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'a login cookie without Domain, kept for its host alone: no box knows the client',
    known: 'reported',
    jar: 'by-host',
    knobs: [{ kind: 'login-cookie', domain: 'none' }],
    plays: [login(), book(501, LOGGED_OUT)],
    leaves: [],
  },
  {
    name: 'setrefresh with the token in its address, demanded by the box',
    known: 'one client',
    jar: 'by-host',
    knobs: [{ kind: 'warm-up', by: 'setrefresh' }],
    plays: [login(), book(501, LOGGED_OUT), setrefresh, book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'setrefresh that redirects, followed to the schedule',
    known: 'reported',
    jar: 'by-host',
    knobs: [{ kind: 'setrefresh-as', as: 'redirect' }],
    plays: [
      login(),
      { ...setrefresh, reads: { status: 302, location: 'https://norte.aimharder.com/schedule' } },
      look('norte.aimharder.com/schedule'),
      book(501, BOOKED),
    ],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'the box’s schedule looked at before the booking',
    known: 'reported',
    jar: 'by-host',
    knobs: [{ kind: 'warm-up', by: 'either' }],
    plays: [login(), look('norte.aimharder.com/schedule'), list(), book(501, BOOKED)],
    leaves: ['Ana 501 booked'],
  },
  {
    name: 'plain pages of all hosts, with and without a login',
    known: 'reported',
    jar: 'by-host',
    plays: ['aimharder.com', 'login.aimharder.com', 'norte.aimharder.com'].flatMap((host) => [
      ...['/', '/home', '/settings', '/schedule', '/login', '/logout'].map((path) => look(`${host}${path}`)),
      { ...login(), headers: LIKE_THE_PAGE },
      look(`${host}/home`),
    ]),
  },
  {
    name: 'a login at the hosts of the other suffix, where its box lives',
    known: 'reported',
    jar: 'by-host',
    plays: [
      {
        ...login('login.aimharder.es'),
        reads: { 'data.auth.authOK': true, 'cookie amhrdrauth': /Domain=\.aimharder\.es$/ },
      },
      { ...book(901, BOOKED), call: 'POST isla.aimharder.es/api/book' },
    ],
    leaves: ['Ana 901 booked'],
  },
  {
    name: 'a role at the other suffix: a careless client shows its cookie there, and is not known',
    known: 'reported',
    jar: 'by-name',
    plays: [
      { ...login(), reads: { 'data.userData.roles.1.centre_url': 'https://isla.aimharder.es' } },
      { ...book(901, LOGGED_OUT), call: 'POST isla.aimharder.es/api/book' },
    ],
    leaves: [],
  },
];
