// The state of a booking or a prebooking, in words and in colour, and the few facts beside it.
import type { Prebooking } from '../../client/contract.ts';
import type { AgendaItem } from '../data/agenda.ts';
import { useBoxes } from '../data/queries.ts';
import { sentenceOf } from '../data/receipt.ts';
import type { Messages } from '../language/en.ts';
import { type Language, useLanguage } from '../language/language.tsx';
import { dayWords } from '../time.ts';

const TONES: Partial<Record<Prebooking['status'], 'good' | 'warn' | 'bad'>> = {
  booked: 'good',
  waitlisted: 'warn',
  unknown: 'warn',
  unconfirmed: 'warn',
  refused: 'bad',
  missed: 'bad',
};

export function State({ status }: { readonly status: Prebooking['status'] }) {
  const { say } = useLanguage();
  return <span className={`state ${TONES[status] ?? ''}`}>{say.states[status]}</span>;
}

/** Its day, its box if the member has several, and its state. */
export function ItemFacts({ item }: { readonly item: Pick<AgendaItem, 'day' | 'box' | 'prebooking' | 'place'> }) {
  const { language, say } = useLanguage();
  const boxes = useBoxes();
  const { day, box, prebooking, place } = item;
  return (
    <>
      <span>{dayWords(day, language, 'short')}</span>
      {boxes.length > 1 && box && <span>{box.name}</span>}
      {prebooking ? <State status={prebooking.status} /> : place?.lesson.mine && <State status={place.lesson.mine} />}
      {!prebooking && place && <span>{say.bookings.byHand}</span>}
    </>
  );
}

/** How it ended, in a sentence; undefined before the end. */
export const stateWords = (say: Messages, language: Language, prebooking: Prebooking): string | undefined =>
  prebooking.status === 'withdrawn' ? say.prebooking.withdrawn : sentenceOf(prebooking, language);
