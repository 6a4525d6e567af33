// The result of a test message to a channel, as one word: for members' channels and for the operator's channels. Details of the receiver's answer
// are not shown, because the server at the channel's address may belong to a stranger.
import { asFailure } from '../failures.ts';

/** The results of a test message: delivered, or why it was not delivered. */
export const TRIAL_VERDICTS = ['delivered', 'refused', 'unreachable', 'not-public', 'gone', 'unclear'] as const;
export type TrialVerdict = (typeof TRIAL_VERDICTS)[number];

const VERDICTS: Readonly<Record<string, TrialVerdict>> = {
  'notice/refused': 'refused',
  'notice/gone': 'gone',
  'notice/unclear': 'unclear',
  'request/invalid': 'not-public',
};

/** What a channel's error says about the test message. */
export const verdictOf = (error: unknown): TrialVerdict => VERDICTS[asFailure(error).code] ?? 'unreachable';
