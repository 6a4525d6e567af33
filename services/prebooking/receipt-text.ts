// Composes the text of a race receipt from the sentences in words/, in the member's language. The sentences claim recorded facts only and blame only
// what was at fault. This file decides nothing: outcome, lateness and `decidedBy` come from receipt.ts.
import type { Outcome } from './outcome.ts';
import { WORDS } from './words/languages.ts';
import type { Language, Told } from './words/words.ts';

/** The sentences that say how one prebooking ended. */
export const wordsFor = (language: Language, told: Told): string =>
  [WORDS[language].receipt[told.outcome](told).trim(), ...addedTo(language, told)].join(' ');

const HAS_PLACE: readonly Outcome[] = ['booked', 'waitlisted', 'already-booked'];

function addedTo(language: Language, { outcome, gymSaid, movedTo }: Told): string[] {
  const words = WORDS[language];
  if (HAS_PLACE.includes(outcome)) return movedTo === undefined ? [] : [words.moved(movedTo)];
  return gymSaid === undefined ? [] : [words.gymSaid(gymSaid)];
}
