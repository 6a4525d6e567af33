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

/** A number with a unit of time behind it, in Spanish, Catalan and English, from the smallest unit to the largest; how many hours one unit has. */
const MEASURES = [
  { unit: 'minutes', hours: 1 / 60, words: /(\d{1,4})\s*min/i },
  { unit: 'hours', hours: 1, words: /(\d{1,4})\s*h/i },
  { unit: 'days', hours: 24, words: /(\d{1,4})\s*(?:d[ií]|day|die)/i },
  { unit: 'weeks', hours: 7 * 24, words: /(\d{1,4})\s*(?:sem|setm|week)/i },
  { unit: 'months', hours: 30 * 24, words: /(\d{1,4})\s*(?:mes|month)/i },
] as const;

/**
 * The number N in a text such as "you may book only N days (or hours) ahead"; undefined when the text leaves any doubt which number is meant. A
 * number with another unit behind it is never N. N and a number of a larger unit leave a doubt ("1 day and 12 hours"), unless the two times are
 * equal.
 */
export function announcedLead(text: string | undefined, unit: AnnouncedLead['unit']): AnnouncedLead | undefined {
  const words = plainText(text ?? '');
  const said = MEASURES.flatMap((one) => {
    const amount = one.words.exec(words)?.[1];
    return amount === undefined
      ? []
      : [{ unit: one.unit, amount: Number(amount), inHours: Number(amount) * one.hours }];
  });
  const named = said.findIndex((one) => one.unit === unit);
  if (named >= 0 && said.slice(named).some(({ inHours }) => inHours !== said[named]?.inHours)) return undefined;
  const numbers = words.match(/\d+/g) ?? [];
  const sole = numbers.length === 1 && said.length === 0 ? Number(numbers[0]) : undefined;
  const amount = said[named]?.amount ?? sole;
  return amount !== undefined && Number.isInteger(amount) && amount > 0 ? { amount, unit } : undefined;
}
