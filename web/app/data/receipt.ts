// A race's receipt in the form that the picture and the sentence on the screen of a prebooking need, read from the service's JSON. A value that the
// receipt lacks is undefined.

import { hindranceOf } from '../../../services/prebooking/hindrance.ts';
import { isOutcome } from '../../../services/prebooking/outcome.ts';
import { wordsFor } from '../../../services/prebooking/receipt-text.ts';
import type { Told } from '../../../services/prebooking/words/words.ts';
import type { Prebooking } from '../../client/contract.ts';
import type { Language } from '../language/language.tsx';

export interface Shot {
  readonly sentAtMs: number | undefined;
  readonly answeredAtMs: number | undefined;
  readonly answer: string;
  readonly why?: string | undefined;
}
export interface Race {
  readonly opensAtMs: number;
  readonly wokenAtMs: number | undefined;
  readonly readyAtMs: number | undefined;
  readonly readBackAtMs: number | undefined;
  /** How late, in ms, the deciding request reached the gym after the opening; undefined if no reliable number is known. */
  readonly latenessMs: number | undefined;
  readonly shots: readonly Shot[];
  readonly decidedBy: string | undefined;
}

type Kept = Readonly<Record<string, unknown>>;
const textIn = (kept: Kept, name: string): string | undefined => {
  const value = kept[name];
  return typeof value === 'string' ? value : undefined;
};
const numberIn = (kept: Kept, name: string): number | undefined => {
  const value = kept[name];
  return typeof value === 'number' ? value : undefined;
};
const msIn = (kept: Kept, name: string): number | undefined => {
  const ms = Date.parse(textIn(kept, name) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
};
const isKept = (value: unknown): value is Kept => typeof value === 'object' && value !== null;

const shotsIn = ({ tries }: Kept): Shot[] =>
  (Array.isArray(tries) ? tries.filter(isKept) : []).map((one) => ({
    sentAtMs: msIn(one, 'sentAt'),
    answeredAtMs: msIn(one, 'answeredAt'),
    answer: textIn(one, 'answer') ?? 'unknown',
    why: textIn(one, 'why'),
  }));

/** The race of a prebooking as its receipt tells it; undefined without a receipt. */
export function raceOf({ receipt, opensAt }: Prebooking): Race | undefined {
  if (!receipt) return undefined;
  return {
    opensAtMs: msIn(receipt, 'opensAt') ?? Date.parse(opensAt),
    wokenAtMs: msIn(receipt, 'wokenAt'),
    readyAtMs: msIn(receipt, 'readyAt'),
    readBackAtMs: msIn(receipt, 'readBackAt'),
    latenessMs: numberIn(receipt, 'latenessMs'),
    shots: shotsIn(receipt),
    decidedBy: textIn(receipt, 'decidedBy'),
  };
}

/** The sentence about how a prebooking ended, in `language`; undefined if it was withdrawn or has no receipt. */
export function sentenceOf({ receipt, outcome = '', status }: Prebooking, language: Language): string | undefined {
  if (status === 'withdrawn') return undefined;
  const words = receipt && textIn(receipt, 'words');
  if (!receipt || language === 'en' || !isOutcome(outcome)) return words;
  return wordsFor(language, toldIn(receipt, outcome));
}

function toldIn(receipt: Kept, outcome: Told['outcome']): Told {
  const shots = numberIn(receipt, 'shots');
  const { offer } = receipt;
  return {
    outcome,
    decidedBy: (textIn(receipt, 'decidedBy') ?? 'gym') as Told['decidedBy'],
    sent: shots === undefined ? 'unknown' : shots > 0 ? 'yes' : 'no',
    latenessMs: numberIn(receipt, 'latenessMs'),
    gymOpensAt: textIn(receipt, 'gymOpensAt'),
    gymSaid: textIn(receipt, 'gymSaid'),
    movedTo: textIn(receipt, 'movedTo'),
    why: textIn(receipt, 'why'),
    hindrance: hindranceOf(shotsIn(receipt)),
    isBehind: receipt['behind'] === true,
    offer: isKept(offer) ? { classId: String(offer['classId']), timeId: String(offer['timeId']) } : undefined,
    wasWoken: textIn(receipt, 'wokenAt') !== undefined,
  };
}
