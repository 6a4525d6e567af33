// The monitor's words for states and alerts. The operator's page is in English alone.
import type { Alert } from './snapshot.ts';

const STATES: Readonly<Record<string, string>> = {
  live: 'live',
  uncertain: 'uncertain',
  suspect: 'suspect',
  'needs-login': 'needs login',
  revoked: 'revoked',
  quarantined: 'quarantined',
  scheduling: 'being scheduled',
  scheduled: 'scheduled',
  claimed: 'getting ready',
  armed: 'armed',
  unknown: 'checking',
  booked: 'booked',
  waitlisted: 'waitlisted',
  refused: 'refused',
  unconfirmed: 'unconfirmed',
  withdrawn: 'withdrawn',
  missed: 'missed',
};

/** A session's or a prebooking's state; one that has no word yet is shown as it is. */
export const stateText = (status: string): string => STATES[status] ?? status;

/** What an alert says. */
export const ALERT_TEXT: Readonly<Record<Alert, string>> = {
  'never-refreshed': 'There are sessions, and no refresh has ended well yet.',
  'refresh-stopped': 'No refresh has ended well for more than 40 minutes.',
  'all-need-login': 'No background session works any more: every member must log in again.',
  'needs-login': 'Some members must log in again.',
  aged: 'Some sessions have not been renewed for more than 40 minutes.',
  'put-aside': 'Some sessions cannot be opened and were put aside: look at SEAL_KEYS.',
  'in-doubt': 'Some sessions are in doubt.',
  unconfirmed: 'Some prebookings ended without anybody knowing how.',
  'run-failed': 'The last run of some job failed.',
};
