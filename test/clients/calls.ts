// The scenario in which the call sequences of public clients (gym programs that others published) are played, and the calls that most of them make
// alike.
import type { ScenarioInput } from '../../simulator/scenario.ts';
import { PRESENT, type Reading, type Step } from './sequence.ts';

/** Monday 2 March 2026, winter time in Madrid (UTC+1). */
const DAY = '20260302';
/** Ten in the morning of Monday 2 March 2026, when all classes of that day are open. */
export const MORNING = '2026-03-02T10:00:00+01:00';
/** When the classes of 18:00 open: 48 hours before they begin. */
export const OPENING = '2026-02-28T18:00:00+01:00';

const plain = { day: DAY, classId: 5, className: 'WOD', coachName: 'Leo', limit: 2 } as const;
export const town: ScenarioInput = {
  seed: 7,
  boxes: [
    {
      ...{ slug: 'norte', boid: 77, name: 'Box Norte', opening: { kind: 'hours-before', hours: 48 } },
      slots: [
        { ...plain, id: 501, time: '18:00 - 19:00', waitlist: true },
        { ...plain, id: 502, time: '18:00 - 19:00', classId: 6, className: 'Open Box', limit: 12 },
        { ...plain, id: 503, time: '20:00 - 21:00', limit: 1 },
        { ...plain, id: 504, time: '12:00 - 13:00', calledOff: true },
        { ...plain, id: 505, time: '21:00 - 22:00', resadmin: 1 },
        { ...plain, id: 506, time: '22:00 - 23:00', included: 0 },
      ],
    },
    {
      ...{ slug: 'isla', boid: 90, name: 'Box Isla', suffix: 'es' },
      slots: [{ ...plain, id: 901, time: '18:00 - 19:00' }],
    },
  ],
  members: [
    ...(['Ana', 'Bea', 'Leo'] as const).map((name, at) => ({
      ...{ id: at + 1, name, email: `${name.toLowerCase()}@example.test`, password: 'right', boxes: ['norte', 'isla'] },
      ...(name === 'Leo' && { role: 'coach' as const }),
      ...(name === 'Ana' && { family: [{ id: 31, name: 'Nil' }] }),
    })),
  ],
};

/**
 * The values that every public client (a published program that books at the gym) has in its settings: logins, a device id and the day of the class.
 */
export const SETTINGS = {
  ...{ email: 'ana@example.test', other: 'bea@example.test', coach: 'leo@example.test', password: 'right' },
  ...{ fingerprint: '6f1c0d7b9a5e4d3c8b2f1a0e9d8c7b6a5f4e3d2c1b0a9f8e7d', day: DAY },
};

/** The headers that the gym's own page sends, and most public clients (published programs of others) as well. */
export const LIKE_THE_PAGE = {
  accept: 'application/json, text/javascript, */*; q=0.01',
  'x-requested-with': 'XMLHttpRequest',
  'user-agent': 'Mozilla/5.0',
};

const CREDENTIALS = { username: '{email}', password: '{password}', fingerprint: '{fingerprint}', iniframe: 0 };

/** Gives the login request in the form that the gym uses in 2026. */
export const login = (host = 'login.aimharder.com', more: Record<string, unknown> = {}): Step => ({
  call: `POST ${host}/api/login`,
  json: { ...CREDENTIALS, ...more },
  reads: { status: 200, 'data.auth.authOK': true, 'cookie amhrdrauth': PRESENT },
  keeps: { token: 'data.auth.refreshToken', boid: 'data.userData.roles.0.boid' },
});

export const list = (reads: Step['reads'] = {}, keeps: Step['keeps'] = {}, familyId = ''): Step => ({
  call: 'GET norte.aimharder.com/api/bookings',
  headers: LIKE_THE_PAGE,
  query: { day: '{day}', box: '77', familyId },
  reads: { status: 200, ...reads },
  keeps,
});

export const book = (id: number, reads: Record<string, Reading>, more: Record<string, string> = {}): Step => ({
  call: 'POST norte.aimharder.com/api/book',
  headers: LIKE_THE_PAGE,
  form: { id: String(id), day: '{day}', insist: '0', familyId: '', ...more },
  reads: { status: 200, ...reads },
  keeps: { reservation: 'id' },
});

export const cancel = (id: string, reads: Record<string, Reading>, late = '0'): Step => ({
  call: 'POST norte.aimharder.com/api/cancelBook',
  headers: LIKE_THE_PAGE,
  form: { id, late, familyId: '' },
  reads: { status: 200, ...reads },
});

export const renew = (reads: Record<string, Reading>, more: Partial<Step> = {}): Step => ({
  call: 'POST aimharder.com/api/tokenUpdate',
  headers: LIKE_THE_PAGE,
  form: { token: '{token}', ciclo: '1', fingerprint: '{fingerprint}' },
  reads: { status: 200, type: /^text\/html/, ...reads },
  keeps: { next: 'newToken' },
  ...more,
});

export const whoami = (reads: Record<string, Reading>): Step => ({
  call: 'GET aimharder.com/api/whoami',
  reads: { status: 200, ...reads },
});

export const look = (call: string, reads: Record<string, Reading> = { status: 200, type: /html/ }): Step => ({
  call: `GET ${call}`,
  reads,
});
