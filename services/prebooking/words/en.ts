// The service's own texts to members and operators, in English.
import { hourOf, MAX_EARLY_MS, OWN_LOGIN_TROUBLE, ruleFinding, type Words } from './words.ts';

/** puntual's texts in English. */
export const EN: Words = {
  receipt: {
    booked: ({ latenessMs }) => `You have the place. ${arrived(latenessMs)}`,
    waitlisted: ({ latenessMs, sent }) =>
      sent === 'no'
        ? 'You were already on the waitlist of this class, so nothing was changed.'
        : `The class was full, so you are on the waitlist. ${arrived(latenessMs)}`,
    'already-booked': () => 'You already had a place in this class, so nothing was changed.',
    full: ({ decidedBy, latenessMs, isBehind }) => {
      if (decidedBy === 'gym')
        return 'The class was full when our request came. Before that the gym could not be reached, or turned us away.';
      if (decidedBy === 'late') return `The class was full. ${late(latenessMs)}`;
      if (isBehind)
        return 'The class was full when our request came. Members of ours who had asked for it before went first.';
      if (decidedBy === 'crowd') return `The class was full when our request came. ${arrived(latenessMs)}`;
      return 'The class was full. We do not know when exactly the gym opened it, so we cannot say how late our request was.';
    },
    'too-early': ({ gymOpensAt }) =>
      gymOpensAt === undefined
        ? 'The gym said that booking was not open yet for as long as we asked. We may have had the opening time wrong.'
        : `The gym said that booking was not open yet. By its own words it opens at ${gymOpensAt}: ask again for it.`,
    'too-late': () => 'The gym says it is too late to book this class.',
    'quota-reached': () => 'The gym says you have reached your number of bookings.',
    'no-credit': () => 'The gym says your plan has no credit for this class.',
    unpaid: () => 'The gym says a payment is due, so it did not take the booking.',
    'same-hour': () => 'The gym says you already have a booking at this hour, so it refused a second one.',
    'wished-twice': () => 'Another wish of yours is for this very class, so this one was not sent.',
    'class-gone': () => 'The class is no longer on the timetable, so there was nothing to book.',
    'class-cancelled': () => 'The gym called this class off, so there is no place in it.',
    'class-closed': () => 'The gym does not let members book this class, so nothing was sent.',
    'class-changed': () =>
      'The gym changed this class: another kind of class, or another hour. We booked nothing without asking you.',
    refused: () => 'The gym refused the booking for a reason of its own.',
    'session-dead': ({ why }) =>
      why !== undefined && OWN_LOGIN_TROUBLE.includes(why)
        ? 'We no longer had a login of yours that we could use, so we could not book. Please sign in again.'
        : 'The gym no longer accepted your login, so we could not book. Please sign in again.',
    'not-sent': ({ hindrance, sent }) => {
      const no = sent === 'no';
      if (hindrance === 'busy')
        return 'The gym was busy and turned our request away, and no other left in time. Nothing was booked.';
      if (hindrance === 'gym')
        return no
          ? 'We could not reach the gym, so no booking was sent.'
          : 'After an answer that was no booking we could not reach the gym again.';
      if (hindrance === 'unclear')
        return no
          ? 'No connection to the gym came about in time, so no booking was sent.'
          : 'After an answer that was no booking no other connection to the gym came about in time.';
      return no
        ? 'Our request never left in time, so no booking was sent. That was our fault.'
        : 'After an answer that was no booking our next request did not leave in time. That was our fault.';
    },
    'turned-away': () => 'The gym turned our request away without looking at it, so nothing was booked.',
    unconfirmed: ({ sent, offer }) => {
      const what = offer
        ? `At ${hourOf(offer)} there are places: you can book that class now with one tap.`
        : 'Please check in the gym’s own app.';
      if (sent === 'yes') return `We sent the booking but the gym never confirmed it. ${what}`;
      // Only an `offer` (a wished class that is not full) shows that the gym's list was read; without an `offer` the text says nothing of that list.
      return offer
        ? `We were interrupted while booking, and the gym shows no place of yours. ${what}`
        : `We were interrupted while booking and cannot tell whether you have the place. ${what}`;
    },
    checking: ({ sent }) =>
      sent === 'yes'
        ? 'We sent the booking and got no clear answer. We are checking with the gym.'
        : 'We were interrupted while booking. We are checking with the gym.',
    missed: ({ wasWoken }) =>
      wasWoken
        ? 'We could not get a booking ready before it was too late, so nothing was sent.'
        : 'We were not woken in time, so nothing was sent. That was our fault, not yours.',
    withdrawn: () => 'This wish was withdrawn before it was sent, so nothing was booked.',
  },
  moved: (hour) => `The gym moved the class to ${hour}.`,
  gymSaid: (said) => `The gym said: “${said}”.`,
  atRisk: {
    'no-session':
      'we have no login of yours at the gym that works, so this booking will fail. Please sign in again now.',
    'login-ends':
      'the gym does not let us renew your login, and as far as we have seen logins there end before this booking opens. Please sign in again on the day, as late as you can.',
    'opening-unsure':
      'the gym says that booking is not open yet. We try again when it may open next. If you know when it opens, please make the wish again with that time.',
    'class-gone': 'this class is not on the gym’s timetable any more. Please choose another.',
    'class-cancelled': 'the gym called this class off. Please choose another.',
    'class-closed': 'the gym does not let members book this class. Please ask there or choose another.',
    'class-changed':
      'the gym changed this class (another kind of class, or another hour), so we will not book it unasked. If you want what stands there now, please make a new wish for it.',
    otherwise: 'this booking is at risk.',
  },
  rescue: {
    login:
      'booking opens in a minute and we have no login of yours that works, so we cannot book it. Please book it by hand now.',
    otherwise: 'booking opens in a minute and we cannot book it as things stand. Please look at the class now.',
  },
  account: {
    'session-needs-login': 'The gym no longer accepts your login. Please sign in again, or your bookings will fail.',
    'kept-login-dropped':
      'Your kept login was deleted: the gym refused it, or this service keeps none any more. Please sign in again, or your bookings may fail.',
    'session-recovered': 'Your login at the gym works again.',
    'account-erased':
      'Your account is being erased: only its number stays, so that a restored backup is erased again. What you have booked at the gym stays booked. This is the last notice.',
    'session-reused':
      'A sign-in of yours was used twice, so we have ended it: it may have been copied. Please sign in again, and look at where you are signed in.',
    'device-new':
      'A new device has signed in to your account. If it was not you, end it under Account and change your password at the gym.',
  },
  deviceNeedsLogin:
    'The gym no longer accepts the login of one of your devices. Please sign in on it again to book by hand. Your prebookings go on.',
  keptLoginDropped: {
    wrong:
      'The gym refused your kept login; perhaps you have changed your password. We have deleted it and will not try again. Please sign in again, or your bookings may fail.',
    locked:
      'The gym has locked your account for a while after too many wrong passwords, so we have deleted your kept login. Please sign in again once the gym lets you, or your bookings may fail.',
    off: 'This service keeps no logins any more, so we have deleted yours. There is nothing to do now: we tell you when the gym wants you to sign in again.',
  },
  aboutClass: {
    'place-moved-up': () =>
      'you have moved up from the waitlist and have the place. If you cannot come, please give it back.',
    'place-freed': () => 'a place came free. Book it now if you want it: we have not booked it.',
    'place-taken': () => 'a place came free and we booked it for you. If you cannot come, please give it back.',
    'place-swapped': () =>
      'a place came free: we booked it for you, and gave back the other one that you had named for it.',
    'swap-undone': () =>
      'a place came free and we booked it, but the other one could not be given back without loss. So we gave this one back: you keep the one you had.',
    'swap-kept': () =>
      'we tried for a place that came free, but the gym does not list it as yours. You keep the one you had.',
    'swap-stuck': () =>
      'we booked this place for you and cannot give back the other one without loss, or cannot reach the gym. You have two places: please give one back yourself.',
    'watch-ended': () => 'no place came free in time. We look no longer.',
    'watch-class-cancelled': () => 'the gym called this class off. We look no longer.',
    'watch-at-risk': () =>
      'we have no login of yours at the gym that works, so we cannot book a place that comes free. Please sign in again.',
    'class-reminder': ({ cancelUntil, cancelDay }) =>
      cancelUntil === undefined || cancelDay === undefined
        ? 'remember that you have a place in this class. If you cannot come, please give it back in time.'
        : `remember that you have a place in this class. You can give it back without loss until ${cancelUntil} on ${cancelDay}.`,
    'rule-changed': ({ finding }) => EN.ruleDay[ruleFinding(finding)],
  },
  ruleDay: {
    differs: 'the timetable of this day differs from your weekly rule. Please look whether you still want it.',
    'class-cancelled': 'the gym called this class off, so your weekly rule asks for nothing on this day.',
    'too-many':
      'your weekly rule could not ask for this class: you have as many wishes as we keep. Please take one back.',
    'no-tokens': 'your weekly rule could not ask for this class: you have no places left in this period.',
    'not-your-box':
      'your weekly rule could not ask for this class: your login at the gym does not name this box any more.',
  },
  otherNews: 'There is news in your account.',
  trial: 'This is a test: your notices arrive here.',
  buttons: {
    readiness: 'Will it work?',
    withdraw: 'Withdraw it',
    byHand: 'Try by hand',
    bookings: 'My bookings',
    weekly: 'My week',
    signIn: 'Sign in',
    account: 'My account',
  },
  confirm: {
    mail: 'A person asked for notices of puntual at this address. If it was you, open this page and press the button. If not, do nothing.',
    ask: 'Send notices about your bookings to this address?',
    button: 'Yes, send them here',
    done: 'Done: your notices arrive here from now on.',
    refused: 'This link was used already or has run out. Please add the address again.',
  },
  chat: {
    bound: 'Done: your notices arrive here from now on. Block this bot to end it.',
    refused: 'This link was used already or has run out. Please make a new one under your account.',
    privateOnly: 'Please write to me in a private chat: notices are for you alone.',
    notYours: 'This is not about a booking of yours.',
    withdrawn: 'Withdrawn: we will not book it.',
    tooLate: 'It is too late to withdraw: booking has begun or has ended.',
    green: 'All is ready: we book it when it opens.',
    amber: 'It may work, but something is unsure. Please look at it in the app.',
    red: 'As things stand it will fail. Please look at it in the app.',
    over: 'This one has ended.',
  },
  calendar: {
    prebooked: 'Not booked yet: we book it when it opens.',
    waitlisted: 'On the waitlist.',
    green: 'All is ready.',
    amber: 'Something is unsure.',
    red: 'As things stand it will fail.',
    stale: 'The gym could not be asked; this is what it said last.',
  },
  alerts: {
    'nothing-updated': (n) =>
      `The last refresh run updated ${n === 1 ? 'not even the one session that was due' : `none of ${n} due sessions`}. Look at /monitor and the gym’s answers.`,
    'no-good-run': () => 'No refresh run has ended well for 40 minutes. Look whether the process or its schedule runs.',
    aged: (n) => `${plural(n, 'background session')} not renewed for more than 40 minutes. Look at /monitor.`,
    'put-aside': (n) =>
      `${plural(n, 'session')} cannot be opened and ${n === 1 ? 'was' : 'were'} put aside: look at SEAL_KEYS.`,
    'all-need-login': (n) => `All background sessions (${n}) need a new login at the gym.`,
    'some-need-login': (n) =>
      `${plural(n, 'background session')} of many ${n === 1 ? 'needs' : 'need'} a new login at the gym.`,
    'gym-changed': (n) =>
      `${plural(n, 'booking')} within a day ended in an answer we do not know: the gym may have changed.`,
    'gym-blocked': (n) =>
      `The gym turned us away (403) ${n === 1 ? 'once' : `${n} times`} within an hour. Look at its address block, or set GYM_PROXY.`,
    'dead-letters': (n) =>
      `${plural(n, 'notice')} reached no channel within a day. Look at SMTP, Telegram and push settings.`,
    'clock-skew': (n) =>
      `${plural(n, 'signed delivery', 'signed deliveries')} came at a time this clock calls wrong. Set this machine’s clock.`,
    disk: () => 'Received answers cannot be written to DATA_DIR. Look at the disk.',
    'token-update-gone': (n) =>
      `${plural(n, 'background session')} can be renewed no more: the gym refuses tokens and knows the cookies. They are used for as long as it does; see docs/gym-facts.md.`,
    'cookies-die': (n) =>
      `${plural(n, 'background session')} renewed while the gym does not know the cookies any more; see docs/gym-facts.md.`,
  },
  alertOver: (alert) => `Over: ${alert}`,
};

const arrived = (ms: number | undefined): string =>
  ms === undefined || ms < -MAX_EARLY_MS ? '' : `Our request reached the gym ${length(ms)} after the opening time.`;

const late = (ms: number | undefined): string =>
  ms === undefined
    ? 'Our request came too late; that was our fault.'
    : `Our request came ${length(ms)} after the opening time; that was too late, and our fault.`;

// A lateness slightly below zero counts as arrival at the opening, because a gym books no request before the opening.
const length = (ms: number): string =>
  ms < 1
    ? 'about a millisecond'
    : ms < 1_000
      ? `about ${plural(Math.round(ms), 'millisecond')}`
      : `${(ms / 1_000).toFixed(1)} seconds`;

const plural = (count: number, unit: string, many = `${unit}s`): string => `${count} ${count === 1 ? unit : many}`;
