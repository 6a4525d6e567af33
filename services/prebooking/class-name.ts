// Decides whether two names mean the same class. Gyms vary the blanks, capitals, accents and HTML entities of a class's name, and add the
// coach's name or the day's workout to the name. The functions of this file are pure; class-choice.ts decides which class of a day a wish means.
import { cleanName } from '../gym/foreign-text.ts';

/** The name in one normal spelling: upper case, without accents or format characters, and with single spaces. */
export function normalName(name: string): string {
  const plain = cleanName(name)
    .normalize('NFKD')
    .replace(/[\p{M}\p{Cf}]/gu, '');
  return plain.toUpperCase().normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

const letters = (name: string): string => normalName(name).replaceAll(' ', '');

/** True if two names differ only in case, accents or blanks ("5 x 5" and "5x5"). */
export const isSameName = (a: string, b: string): boolean => letters(a) === letters(b);

/** The words of a name: letters and digits, with the signs that distinguish "WOD+" from "WOD". */
const wordsOf = (name: string): string[] => normalName(name).match(/[\p{L}\p{N}+&]+/gu) ?? [];

/** The words of a name without coaches' names; all words if the name consists of coaches' names only. */
function wordsWithout(name: string, coaches: readonly string[]): string[] {
  const taken = new Set(coaches.flatMap(wordsOf));
  const words = wordsOf(name);
  const left = words.filter((word) => !taken.has(word));
  return left.length > 0 ? left : words;
}

/** The name and coach of a class as the gym lists it, and all coaches of its day: the class's coach may have changed since the wish was made. */
export interface ListedName {
  readonly name: string;
  readonly coach: string | undefined;
  readonly coaches: readonly string[];
}

const bothWords = (wished: string, { name, coach, coaches }: ListedName): [string[], string[]] => [
  wordsWithout(wished, coaches),
  wordsWithout(name, coach === undefined ? [] : [coach]),
];

/** True if the wished and the listed name are equal apart from coaches' names and punctuation. */
export function isSameButForCoach(wished: string, listed: ListedName): boolean {
  const [one, other] = bothWords(wished, listed);
  return one.join(' ') === other.join(' ');
}

/** True if one name is the other with words added ("WOD" and "WOD Murph"), coaches' names aside. An empty name matches every name. */
export function isSameDiscipline(wished: string, listed: ListedName): boolean {
  const [one, other] = bothWords(wished, listed);
  const isWithin = (words: string[], others: string[]) => words.every((word) => others.includes(word));
  return isWithin(one, other) || isWithin(other, one);
}
