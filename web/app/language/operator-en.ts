// The texts of the operator's screen, in English. The browser loads the operator's texts with the operator's screen alone, so a member never loads
// them.

const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export const operatorEn = {
  lead: 'The operator’s token opens this page. It is kept in this page’s memory alone.',
  token: 'Operator token',
  open: 'Open',
  refused: 'That is not the operator’s token.',
  alerts: 'Alerts',
  well: 'All is well.',
  alert: {
    'never-refreshed': {
      text: 'There are sessions, and no refresh has ended well yet.',
      now: 'Run npm run doctor: it says whether gym, database and queue answer from here.',
    },
    'refresh-stopped': {
      text: 'No refresh has ended well for more than 40 minutes.',
      now: 'See that the process is up, or that the queue still calls /cron/refresh-tokens.',
    },
    'all-need-login': {
      text: 'No background session works any more: every member must sign in again.',
      now: 'Sign in at the gym’s own app. If that works, npm run doctor says what differs here.',
    },
    'needs-login': {
      text: 'Some members must sign in again.',
      now: 'Nothing: they have been told.',
    },
    aged: {
      text: 'Some sessions have not been renewed for more than 40 minutes.',
      now: 'Look at the refresh runs below and at the sessions’ last error on the monitor.',
    },
    'put-aside': {
      text: 'Some sessions cannot be opened.',
      now: 'A key is missing from SEAL_KEYS: put it back and restart.',
    },
    'in-doubt': {
      text: 'Some sessions are in doubt.',
      now: 'Wait for the next run: each is asked about again.',
    },
    unconfirmed: {
      text: 'Some prebookings ended without anybody knowing how.',
      now: 'See their receipts on the monitor. The members have been told.',
    },
    'run-failed': {
      text: 'The last run of some job failed.',
      now: 'See which under Runs, and its code in the log.',
    },
  },
  /** The news of the monitor by kind: for each kind its text and what the operator should do. */
  news: {
    'nothing-updated': {
      text: (count: number) => `The last refresh run renewed none of ${many(count, 'due session', 'due sessions')}.`,
      now: 'Look at the refresh runs below and at the sessions’ last error.',
    },
    'no-good-run': {
      text: () => 'No refresh run has ended well for 40 minutes.',
      now: 'See that the process is up, or that the queue still calls /cron/refresh-tokens.',
    },
    aged: {
      text: (count: number) => `Not renewed for more than 40 minutes: ${many(count, 'session', 'sessions')}.`,
      now: 'Look at the refresh runs below and at the sessions’ last error.',
    },
    'put-aside': {
      text: (count: number) => `Cannot be opened: ${many(count, 'session', 'sessions')}.`,
      now: 'A key is missing from SEAL_KEYS: put it back and restart.',
    },
    'all-need-login': {
      text: (count: number) => `All background sessions (${count}) need a new login at the gym.`,
      now: 'Sign in at the gym’s own app. If that works, npm run doctor says what differs here.',
    },
    'some-need-login': {
      text: (count: number) => `A new login at the gym is needed by ${many(count, 'session', 'sessions')}.`,
      now: 'Nothing: the members have been told.',
    },
    'gym-changed': {
      text: (count: number) =>
        `Within a day the gym answered something new to ${many(count, 'booking', 'bookings')}: it may have changed.`,
      now: 'The lines “gym” in the log name the new answers.',
    },
    'gym-blocked': {
      text: (count: number) => `Within an hour the gym turned us away ${many(count, 'time', 'times')} (403).`,
      now: 'Run in a region of the EU, or set GYM_PROXY; npm run doctor says whether the gym answers from here.',
    },
    'dead-letters': {
      text: (count: number) => `Within a day ${many(count, 'notice', 'notices')} reached no channel.`,
      now: 'outbox.last_error says why: look at the settings of SMTP, Telegram and push.',
    },
    'clock-skew': {
      text: (count: number) =>
        `${many(count, 'signed delivery', 'signed deliveries')} came at a time this clock calls wrong.`,
      now: 'Let this machine keep its time by NTP.',
    },
    disk: {
      text: () => 'Received answers cannot be written to DATA_DIR.',
      now: 'Make room there, and do not restart: answers that are only in memory would be lost.',
    },
    'token-update-gone': {
      text: (count: number) => `The gym renews no token any more for ${many(count, 'session', 'sessions')}.`,
      now: 'Read docs/gym-facts.md, run npm run doctor -- gym, and consider kept logins.',
    },
    'cookies-die': {
      text: (count: number) =>
        `Renewed, and the gym does not know the cookies any more: ${many(count, 'session', 'sessions')}.`,
      now: 'Read docs/gym-facts.md, run npm run doctor -- gym, and consider kept logins.',
    },
  },
  newsAsItIs: (kind: string, count: number) => `${kind}: ${count}.`,
  since: (when: string) => `Since ${when}.`,
  lookItUp: 'Look for it in docs/runbook.md.',
  whatNow: 'What now?',
  again: 'Read again',
  members: 'Members',
  admissions: { waiting: 'asks to come in', guest: 'guest', admitted: 'in', refused: 'refused' },
  admit: 'Admit',
  refuse: 'Refuse',
  remove: 'Delete',
  refuseLoss: 'Their sessions end and their prebookings are withdrawn. They cannot come back until you admit them.',
  removeLoss: 'Everything that is kept of them goes for good. Bookings at the gym stay.',
  wishes: (count: number) => many(count, 'prebooking waits', 'prebookings wait'),
  invitations: 'Invitations',
  invitationFor: 'For (a note for yourself)',
  invite: 'Make an invitation',
  invited: (days: number) =>
    `Pass this link on; it is shown this once, lets one person in, and holds for ${days} days:`,
  until: (when: string) => `until ${when}`,
  revoke: 'Withdraw',
  boxes: 'Boxes',
  membersOf: (count: number) => many(count, 'member', 'members'),
  assumed: '(assumed)',
  noRule: 'Not known when it opens',
  sources: { declared: '(declared)', learned: '(learned)' },
  declare: 'Declare',
  zone: 'Time zone',
  opens: 'Booking opens',
  asItIs: 'Leave as it is',
  ruleKinds: {
    'hours-before': 'Hours before the class',
    'days-before': 'Days before, at the hour of the class',
    clock: 'Days before, at a fixed hour',
    midnight: 'Days before, at midnight',
  },
  rule: {
    hoursBefore: (hours: number) => `Opens ${many(hours, 'hour', 'hours')} before`,
    daysBefore: (days: number) => `Opens ${many(days, 'day', 'days')} before, at the hour of the class`,
    clock: (days: number, at: string) => `Opens ${many(days, 'day', 'days')} before at ${at}`,
    midnight: (days: number) => `Opens ${many(days, 'day', 'days')} before at midnight`,
  },
  hours: 'Hours',
  days: 'Days',
  at: 'At (the box’s own time)',
  channels: 'Where alerts are told',
  channelsHint: 'By NOTICE_WEBHOOK_URL, OPERATOR_EMAIL and OPERATOR_TELEGRAM. A test goes to each.',
  test: 'Test',
  tonight: 'Will tonight work?',
  examining: 'Gym, database and queue are being asked; it takes up to half a minute.',
  check: { ok: 'ok', warn: 'careful', red: 'broken', skipped: 'not looked at' },
  sessions: 'Background sessions by age',
  sessionsHint: (due: number, late: number) => `Marks: due from ${due} minutes on, late from ${late} on.`,
  minutes: (count: string) => `${count} min`,
  attempts: (count: number, good: number) => `${many(count, 'attempt', 'attempts')}, ${good} good`,
  lastAttempt: (when: string) => `last ${when}`,
  oldest: (shown: number, all: number) => `The oldest ${shown} of ${all}.`,
  statuses: {
    live: 'live',
    uncertain: 'uncertain',
    suspect: 'in doubt',
    'needs-login': 'needs login',
    revoked: 'ended',
    quarantined: 'put aside',
  },
  refreshRuns: 'Refresh runs',
  lastGood: (when: string) => `The last good one ended ${when}.`,
  noGood: 'None has ended well yet.',
  noneDue: (minutes: number) => `None was due yet: a login is renewed once it is ${minutes} minutes old.`,
  running: 'running',
  began: (when: string) => `began ${when}`,
  counts: (updated: number, due: number) => `${updated} of ${due} renewed`,
  failed: (count: number) => `${count} failed`,
  skipped: (count: number) => `${count} skipped`,
  notices: 'Notices',
  waiting: 'Not sent yet',
  deadLetters: 'Reached no channel in thirty days',
  deadLettersTo: (count: number, members: number) =>
    members === 0 ? `${count}` : `${count}, to ${many(members, 'member', 'members')}`,
  free: 'Cancelling is free until so many minutes before (may stay empty)',
  freeUntil: (minutes: number) => `Cancelling is free until ${minutes} min before`,
  none: 'None.',
  runs: 'Runs',
  ran: (when: string) => `ended ${when}`,
  races: 'Lateness of races',
  racesOf: (count: number, half: string, most: string, latest: string) =>
    `Over ${many(count, 'race', 'races')}: half within ${half} of the opening, 95 of 100 within ${most}, the latest ${latest}.`,
  racesPicture:
    'One dot for each race, the newest at the right: how long after the opening its request reached the gym',
  notSent: 'not sent',
  prebookings: 'Prebookings by state',
  monitor: 'The whole monitor',
};
export type OperatorMessages = typeof operatorEn;
