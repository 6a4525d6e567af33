// When two names mean one class. Gyms write the same class with other blanks, capitals, accents, entities, the coach's name or the
// day's workout in it. Pure; which of a day's classes a wish means is class-choice.ts's business.
import { cleanName } from '../gym/foreign-text.ts';

/** One spelling for all: no case, no accents, no format characters, one kind of blank. */
export function normalName(name: string): string {
  const plain = cleanName(name)
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '');
  return plain.toUpperCase().normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

const letters = (name: string): string => normalName(name).replaceAll(' ', '');

/** The same but for the way it is written, blanks within it too ("5 x 5" and "5x5"). */
export const isSameName = (a: string, b: string): boolean => letters(a) === letters(b);

/** Letters and digits, with the signs that tell "WOD+" from "WOD". */
const wordsOf = (name: string): string[] => normalName(name).match(/[\p{L}\p{N}+&]+/gu) ?? [];

/** The words of a name without coaches' names; with them if no other word is left. */
function wordsWithout(name: string, coaches: readonly string[]): string[] {
  const taken = new Set(coaches.flatMap(wordsOf));
  const words = wordsOf(name);
  const left = words.filter((word) => !taken.has(word));
  return left.length > 0 ? left : words;
}

/** A class as the day lists it, and all coaches of that day: the coach may have changed since the wish was made. */
export interface ListedName {
  readonly name: string;
  readonly coach: string | undefined;
  readonly coaches: readonly string[];
}

const bothWords = (wished: string, { name, coach, coaches }: ListedName): [string[], string[]] => [
  wordsWithout(wished, coaches),
  wordsWithout(name, coach === undefined ? [] : [coach]),
];

/** The same name, but for a coach's in it and for punctuation. */
export function isSameButForCoach(wished: string, listed: ListedName): boolean {
  const [one, other] = bothWords(wished, listed);
  return one.join(' ') === other.join(' ');
}

/** One of the two is the other with words added ("WOD" and "WOD Murph"), coaches' names aside. An empty name contradicts none. */
export function isSameDiscipline(wished: string, listed: ListedName): boolean {
  const [one, other] = bothWords(wished, listed);
  const isWithin = (words: string[], others: string[]) => words.every((word) => others.includes(word));
  return isWithin(one, other) || isWithin(other, one);
}
