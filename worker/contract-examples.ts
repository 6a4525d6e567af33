// Examples of requests and answers for the OpenAPI contract, by the name of their schema. A test compares each example with the fields of its schema.

const MEMBER = '2f1c7a52-3c1b-4a1e-9a64-0b8f0f7f6c11';
const BOX = '8f14e45f-ceea-467f-a8f1-5d1b0c9b8a11';
const PREBOOKING = '5b2f3e0a-7d51-4c60-8a56-2d9f6f1c9e77';
const FINGERPRINT = '5a51256683cce3e4e553f2ff7debafba963119fef631c484';

/** One example for each schema, by the schema's name. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  Login: { email: 'lola@example.com', password: 'as at the gym', fingerprint: FINGERPRINT },
  TokenUpdate: { fingerprint: FINGERPRINT, token: 'the token this device holds' },
  DeviceSync: { fingerprint: FINGERPRINT, currentToken: 'the token this device holds' },
  Booking: { boxId: BOX, day: '20261124', classId: '501', waitlist: true },
  Cancellation: { boxId: BOX, day: '20261124', reservationId: '90210' },
  Wish: {
    boxId: BOX,
    day: '20261124',
    timeId: '1800_60',
    className: 'WOD',
    waitlist: true,
    alternatives: [{ timeId: '1900_60' }],
  },
  Prebooking: {
    id: PREBOOKING,
    boxId: BOX,
    day: '20261124',
    classId: '501',
    timeId: '1800_60',
    className: 'WOD',
    waitlist: true,
    alternatives: [{ timeId: '1900_60' }],
    status: 'scheduled',
    opensAt: '2026-11-21T17:00:00.000Z',
    readiness: { level: 'green', findings: [], checkedAt: '2026-11-20T09:00:00.000Z' },
    createdAt: '2026-11-20T09:00:00.000Z',
  },
  Receipt: {
    opensAt: '2026-11-21T17:00:00.000Z',
    wokenAt: '2026-11-21T16:59:48.011Z',
    readyAt: '2026-11-21T16:59:49.204Z',
    sentAt: '2026-11-21T16:59:59.988Z',
    firstByteAt: '2026-11-21T17:00:00.212Z',
    answeredAt: '2026-11-21T17:00:00.214Z',
    readBackAt: '2026-11-21T17:00:00.560Z',
    latenessMs: 1,
    firstLatenessMs: 1,
    clockOffsetMs: 3,
    rttMs: 20,
    shots: 1,
    tries: [
      {
        sentAt: '2026-11-21T16:59:59.988Z',
        answeredAt: '2026-11-21T17:00:00.214Z',
        latenessMs: 1,
        answer: 'booked',
      },
    ],
    decidedBy: 'us',
    words: 'Booked: our request reached the gym 1 ms after the opening.',
  },
  WatchWish: { boxId: BOX, day: '20261124', timeId: '1800_60', className: 'WOD', then: 'book', notAfter: 90 },
  RuleWish: {
    boxId: BOX,
    weekday: 2,
    timeId: '1800_60',
    className: 'WOD',
    waitlist: true,
    alternatives: [{ timeId: '1900_60' }],
    from: '20261201',
  },
  RuleExceptionWish: { day: '20261208', skip: true },
  RuleExceptionDay: { day: '20261208' },
  PauseWish: { from: '20261221', to: '20270106' },
  WebhookWish: { url: 'https://hooks.example.com/puntual' },
  Chat: { title: 'Handstands' },
  Account: {
    member: {
      id: MEMBER,
      email: 'lola@example.com',
      name: 'Lola',
      language: 'es',
      admitted: true,
      quietHours: { from: '22:00', to: '07:00' },
      tell: { reminder: false },
      visibleToFriends: true,
    },
    boxes: [],
    background: [{ status: 'live', lastTokenUpdateDate: '2026-11-20T09:00:00.000Z', keptLogin: false }],
    devices: [{ fingerprint: FINGERPRINT, lastSeenAt: '2026-11-20T09:00:00.000Z', current: true }],
    usage: { tokens: { current: 28, max: 30, unlimited: false }, plan: 'Free', status: 'active' },
    channels: [{ id: PREBOOKING, kind: 'webhook', state: 'live' }],
    warnings: [],
  },
};
