// The monitor's words for states and alerts, and for what the operator does about each. The page `/monitor`, which shows these words, exists in
// English only.
import { WORDS } from '../../services/prebooking/words/languages.ts';
import type { Alert as News } from '../../services/prebooking/words/words.ts';
import type { Alert, Snapshot } from './snapshot.ts';

type Tone = 'good' | 'warn' | 'bad' | 'soft';
interface StateWords {
  readonly text: string;
  readonly tone: Tone;
}
const say = (text: string, tone: Tone): StateWords => ({ text, tone });

const STATES: Readonly<Record<string, StateWords>> = {
  live: say('live', 'good'),
  uncertain: say('uncertain', 'warn'),
  suspect: say('suspect', 'warn'),
  'needs-login': say('needs login', 'bad'),
  revoked: say('revoked', 'bad'),
  quarantined: say('quarantined', 'bad'),
  scheduling: say('being scheduled', 'warn'),
  scheduled: say('scheduled', 'soft'),
  claimed: say('getting ready', 'soft'),
  armed: say('armed', 'soft'),
  unknown: say('checking', 'warn'),
  booked: say('booked', 'good'),
  waitlisted: say('waitlisted', 'warn'),
  refused: say('refused', 'bad'),
  unconfirmed: say('unconfirmed', 'warn'),
  withdrawn: say('withdrawn', 'soft'),
  missed: say('missed', 'bad'),
};

/** A sign for each tone, so that a reader does not depend on colour. */
export const MARKS: Readonly<Record<Tone, string>> = { good: '✓', warn: '▲', bad: '✕', soft: '○' };

/** The words for a session's or a prebooking's state; an unknown state is shown as it is. */
export const stateOf = (status: string): StateWords => STATES[status] ?? say(status, 'warn');

interface AlertWords {
  readonly text: string;
  /** What the operator should do about the problem. */
  readonly remedy: string;
}

/** What each alert says, and what the operator does about it. */
export const ALERT_WORDS: Readonly<Record<Alert, AlertWords>> = {
  'never-refreshed': {
    text: 'There are sessions, and no refresh has ended well yet.',
    remedy: 'Run npm run doctor: it says whether the gym, the database and the queue answer from here.',
  },
  'refresh-stopped': {
    text: 'No refresh has ended well for more than 40 minutes.',
    remedy:
      'Is the process up? On a hosted platform: does the queue still call /cron/refresh-tokens? npm run deploy:schedules writes the schedules again. Below, “Runs” shows how the last one ended.',
  },
  'all-need-login': {
    text: 'No background session works any more: every member must log in again.',
    remedy:
      'The gym has ended all logins, or answers something new. Sign in by hand in the gym’s own app; if that works, npm run doctor says what differs. The members have been told.',
  },
  'needs-login': {
    text: 'Some members must log in again.',
    remedy: 'Nothing to do: they have been told, and their prebookings run again once they have signed in.',
  },
  aged: {
    text: 'Some sessions have not been renewed for more than 40 minutes.',
    remedy:
      'Look at “Last error” of the oldest sessions, and at the refresh runs. One call of /cron/refresh-tokens tries them again at once.',
  },
  'put-aside': {
    text: 'Some sessions cannot be opened and were put aside: look at SEAL_KEYS.',
    remedy: 'A key was taken out of SEAL_KEYS that still seals sessions. Put it back and restart; nothing is lost.',
  },
  'in-doubt': {
    text: 'Some sessions are in doubt.',
    remedy:
      'Wait for the next run: each is asked about again. Only if they stay for an hour, look at their last error.',
  },
  unconfirmed: {
    text: 'Some prebookings ended without anybody knowing how.',
    remedy:
      'The gym did not answer when it was asked for its list. See the receipts below; the members have been told.',
  },
  'run-failed': {
    text: 'The last run of some job failed.',
    remedy: 'The code stands under “Runs”, and the same code with its incident in the log.',
  },
};

/** For each kind of news (a problem that the operator gets a notice of): the alert that says the same, or what the operator does about it. */
const NEWS: Readonly<Record<News, { readonly sameAs: Alert } | { readonly remedy: string }>> = {
  'nothing-updated': { sameAs: 'run-failed' },
  'no-good-run': { sameAs: 'refresh-stopped' },
  aged: { sameAs: 'aged' },
  'put-aside': { sameAs: 'put-aside' },
  'all-need-login': { sameAs: 'all-need-login' },
  'some-need-login': { sameAs: 'needs-login' },
  'gym-changed': { remedy: 'See the latest races below, and the lines “gym” in the log: they name the new answers.' },
  'gym-blocked': {
    remedy: 'Run in a region of the EU, or set GYM_PROXY. npm run doctor says whether the gym answers from here.',
  },
  'dead-letters': {
    remedy: 'outbox.last_error says why: an SMTP server that refuses, a bot token withdrawn, push keys replaced.',
  },
  'clock-skew': { remedy: 'Let this machine keep its time by NTP; until then deliveries may be refused.' },
  disk: { remedy: 'Make room in DATA_DIR, and do not restart: answers that are only in memory would be lost.' },
  'token-update-gone': { remedy: 'Read docs/gym-facts.md, run npm run doctor -- gym, and consider kept logins.' },
  'cookies-die': { remedy: 'Read docs/gym-facts.md, run npm run doctor -- gym, and consider kept logins.' },
};

/** What the operator does about notices that reached no channel. */
export const DEAD_LETTER_REMEDY = remedyOf('dead-letters');

type Told = Snapshot['news'][number];
const isKnown = (kind: string): kind is News => Object.hasOwn(NEWS, kind);

/** The news (problems that the operator gets a notice of) that no shown alert says already. */
export const otherNews = (news: readonly Told[], shown: readonly Alert[]): readonly Told[] =>
  news.filter(({ kind }) => {
    const known = isKnown(kind) ? NEWS[kind] : undefined;
    return !known || !('sameAs' in known) || !shown.includes(known.sameAs);
  });

/** What a piece of news says, and what to do about it; a kind without words is shown by its name. */
export const newsWords = ({ kind, count }: Told): AlertWords =>
  isKnown(kind)
    ? { text: WORDS.en.alerts[kind](count), remedy: remedyOf(kind) }
    : { text: `${kind}: ${count}.`, remedy: 'Look for it in docs/runbook.md.' };

function remedyOf(kind: News): string {
  const known = NEWS[kind];
  return 'sameAs' in known ? ALERT_WORDS[known.sameAs].remedy : known.remedy;
}
