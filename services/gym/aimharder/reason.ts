// Makes AimHarder's own words fit to show and to store: removes markup, shortens them, and masks personal data in the samples of answers that were
// not understood. This file also reads from a refusal's text how many days or hours ahead a class may be booked. The keys and codes of an answer
// decide what it means; its text only supplies a number of days or hours, and words to show to people.
import { decodeEntities, shortened, storable } from '../foreign-text.ts';
import type { AnnouncedLead } from '../gym.ts';

const MAX_REASON_LENGTH = 200;
const MAX_SAMPLE_LENGTH = 120;

/** The readable text of a string that may hold HTML markup. */
export function plainText(markup: string): string {
  const text = markup
    .replace(/<(script|style)\b[\s\S]*?(?:<\/\1\s*>|$)/gi, ' ')
    .replace(/<[^>]*>?/g, ' ')
    .toWellFormed();
  return shortened(storable(decodeEntities(text)), MAX_REASON_LENGTH).trim();
}

/** A short piece of an answer that was not understood, for the operator; e-mail addresses, tokens and long numbers in it are masked. */
export function redactedSample(body: string): string {
  const sample = plainText(body.slice(0, 4_000))
    .replace(/[^\s@"']+@[^\s@"']+/g, '[address]')
    .replace(/[\w|%+/=.-]{12,}/g, '[long]')
    .replace(/\d{5,}/g, '[number]');
  return shortened(sample, MAX_SAMPLE_LENGTH);
}

const UNIT_WORDS = { hours: /(\d{1,4})\s*h/i, days: /(\d{1,4})\s*d[ií]/i } as const;
/** Further words for days, besides those in `UNIT_WORDS`: "day" in English, and "die" as in Catalan "dies". */
const OTHER_DAYS = /(\d{1,4})\s*(?:day|die)/i;

/** The number N in a text such as "you may book only N days (or hours) ahead"; undefined when the text leaves any doubt which number is meant. */
export function announcedLead(text: string | undefined, unit: AnnouncedLead['unit']): AnnouncedLead | undefined {
  const words = plainText(text ?? '');
  const numbers = words.match(/\d+/g) ?? [];
  const sole = numbers.length === 1 ? numbers[0] : undefined;
  const named = UNIT_WORDS[unit].exec(words)?.[1] ?? (unit === 'days' ? OTHER_DAYS.exec(words)?.[1] : undefined);
  const amount = Number(named ?? sole);
  return Number.isInteger(amount) && amount > 0 ? { amount, unit } : undefined;
}
