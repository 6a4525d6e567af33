// How a trial of a channel went, for the members' channels and the operator's: no more is said, for an address may be anybody's.
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

/** The meaning of a channel's failure for the person trying it. */
export const verdictOf = (error: unknown): TrialVerdict => VERDICTS[asFailure(error).code] ?? 'unreachable';
