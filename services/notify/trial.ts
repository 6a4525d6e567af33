// The result of testing a channel, for the members' channels and the operator's. No more is said, since an address may belong to anyone.
import { asFailure } from '../failures.ts';

/** Why a trial did not arrive, or that it did. */
export const TRIAL_VERDICTS = ['delivered', 'refused', 'unreachable', 'not-public', 'gone', 'unclear'] as const;
export type TrialVerdict = (typeof TRIAL_VERDICTS)[number];

const VERDICTS: Readonly<Record<string, TrialVerdict>> = {
  'notice/refused': 'refused',
  'notice/gone': 'gone',
  'notice/unclear': 'unclear',
  'request/invalid': 'not-public',
};

/** What a channel's failure means for the person testing it. */
export const verdictOf = (error: unknown): TrialVerdict => VERDICTS[asFailure(error).code] ?? 'unreachable';
