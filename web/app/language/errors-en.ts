// What went wrong, by the service's codes (services/failures.ts), in English: what happened, and what to do about it.

export const errorsEn = {
  'client/unreachable': 'No answer came. It may have happened all the same: look before you press again.',
  'client/unreadable': 'Something else than our service answered. Is this network asking you to sign in?',
  'client/signed-out': 'You are signed out. Sign in again.',
  'gym/wrong-credentials': 'The gym does not accept this e-mail and password.',
  'gym/account-locked': 'The gym has locked this account for a while after too many attempts. Wait, then try again.',
  'gym/unreachable': 'The gym cannot be reached just now. Try again in a minute.',
  'gym/blocked': 'The gym turns our service away. The operator has been told.',
  'gym/busy': 'The gym asks us to wait. Try again in a minute.',
  'gym/unreadable': 'The gym answered something we do not understand. The operator has been told.',
  'auth/not-admitted':
    'The gym knows you, but you have not been let in here yet. Ask the person who runs this service.',
  'auth/account-taken': 'This gym account belongs to another member here.',
  'auth/refused': 'You are signed out. Sign in again.',
  'auth/session-revoked': 'This session has ended. Sign in again.',
  'request/limited': 'That was a lot at once. Wait a moment, then try again.',
  'request/invalid': 'Something in what was entered is not as it should be.',
  'session/needs-login': 'The gym has ended this device’s login. Sign in again.',
  'session/missing': 'This device has no login at the gym. Sign in again.',
  'session/busy': 'Another request of yours is under way. Try again in a moment.',
  'session/uncertain': 'The gym does not answer clearly just now. Try again in a minute.',
  'booking/unconfirmed':
    'It was sent, and the gym has not confirmed it. Look at the list in a minute; do not press again.',
  'prebooking/duplicate': 'You have prebooked this class already.',
  'prebooking/too-many': 'You have as many prebookings as one member may have.',
  'prebooking/opening-unknown': 'It is not known when this box opens its classes.',
  'prebooking/class-started': 'The class has begun.',
  'prebooking/class-missing': 'The class is not on the timetable any more.',
  'prebooking/class-cancelled': 'The gym called this class off.',
  'prebooking/too-late': 'It is at the start now and cannot be withdrawn.',
  'prebooking/missing': 'There is no such prebooking.',
  'subscription/no-tokens': 'You have no places left this month.',
  'notice/no-channel': 'No address yet.',
  'auth/proof-needed': 'Sign in again first.',
  other: 'That did not work. Try again; if it stays so, tell the operator this word:',
};
export type ErrorWords = typeof errorsEn;
