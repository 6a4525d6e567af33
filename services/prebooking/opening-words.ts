// Describes in words for a member when a box opens its classes. The instants of openings are computed in opening-rule.ts.
import { type OpeningRule, parseOpeningRule } from './opening-rule.ts';
import type { Language } from './words/words.ts';

/** The source of an opening rule: `declared` by the operator, `learned` from the gym's answers, or `none` while no rule is known. */
export type OpeningSource = 'declared' | 'learned' | 'none';

/** A box's opening rule as a member sees it. */
export interface OpeningCard {
  readonly rule: OpeningRule | null;
  readonly source: OpeningSource;
  readonly words: string;
  /** The path of the page on which the member can report when the box opens classes; present only if no opening rule is known. */
  readonly link?: string;
}

/** The card that describes a box's opening rule. Throws request/invalid for an invalid opening rule. */
export function openingCard(
  box: {
    readonly id: string;
    readonly openingRule: unknown;
    readonly openingRuleSource: 'unknown' | 'announced' | 'observed' | 'declared';
  },
  language: Language,
): OpeningCard {
  if (box.openingRule === undefined)
    return {
      rule: null,
      source: 'none',
      words: UNKNOWN[language],
      link: `/classes?${new URLSearchParams({ box: box.id })}`,
    };
  const rule = parseOpeningRule(box.openingRule);
  const source = box.openingRuleSource === 'declared' ? 'declared' : 'learned';
  return { rule, source, words: `${HEAD[language]}${wordsOf(rule, language)}.` };
}

const UNKNOWN: Record<Language, string> = {
  en: 'We do not know yet when this box opens booking. If you do, choose the class under Classes and tell us when it opens.',
  es: 'Aún no sabemos cuándo abre este box las reservas. Si lo sabes, elige la clase en Clases y dinos cuándo se abre.',
};
const HEAD: Record<Language, string> = { en: 'Booking opens ', es: 'La reserva se abre ' };

function wordsOf(rule: OpeningRule, language: Language): string {
  if (rule.kind === 'hours-before') return WORDS[language].hoursBefore(rule.hours);
  if (rule.kind === 'days-before') return WORDS[language].sameTime(WORDS[language].days(rule.days));
  const at = rule.kind === 'clock' ? rule.at : '00:00';
  return WORDS[language].at(at, WORDS[language].days(rule.daysBefore));
}

interface Words {
  days(count: number): string;
  hoursBefore(hours: number): string;
  sameTime(days: string): string;
  at(time: string, days: string): string;
}
const WORDS: Record<Language, Words> = {
  en: {
    days: (count) =>
      count === 0 ? 'on the day of the class' : `${count} ${count === 1 ? 'day' : 'days'} before the class`,
    hoursBefore: (hours) => `${hours} ${hours === 1 ? 'hour' : 'hours'} before the class begins`,
    sameTime: (days) => `${days}, at the hour of the class`,
    at: (time, days) => `at ${time}, ${days}`,
  },
  es: {
    days: (count) =>
      count === 0 ? 'el mismo día de la clase' : `${count} ${count === 1 ? 'día' : 'días'} antes de la clase`,
    hoursBefore: (hours) => `${hours} ${hours === 1 ? 'hora' : 'horas'} antes de que empiece la clase`,
    sameTime: (days) => `${days}, a la hora de la clase`,
    at: (time, days) => `a las ${time}, ${days}`,
  },
};
