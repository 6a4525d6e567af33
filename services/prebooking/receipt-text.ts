// What a receipt says in words, in the member's language: short, true, and without blame for anyone not at fault.
// It decides nothing: outcome, lateness and decider come from receipt.ts. A sentence claims only recorded facts; the sentences are in words/.
import type { Outcome } from './outcome.ts';
import { WORDS } from './words/languages.ts';
import type { Language, Told } from './words/words.ts';

/** The sentences for one ending. */
export const wordsFor = (language: Language, told: Told): string =>
  [WORDS[language].receipt[told.outcome](told).trim(), ...addedTo(language, told)].join(' ');

const HAS_PLACE: readonly Outcome[] = ['booked', 'waitlisted', 'already-booked'];

function addedTo(language: Language, { outcome, gymSaid, movedTo }: Told): string[] {
  const words = WORDS[language];
  if (HAS_PLACE.includes(outcome)) return movedTo === undefined ? [] : [words.moved(movedTo)];
  return gymSaid === undefined ? [] : [words.gymSaid(gymSaid)];
}
