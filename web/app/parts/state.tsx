// The state of a booking, a prebooking or a watch in words and in colour, with its day and its box.
import type { Prebooking } from '../../client/contract.ts';
import { boxOf } from '../data/agenda.ts';
import type { AgendaItem } from '../data/agenda-items.ts';
import { useBoxes } from '../data/queries.ts';
import { sentenceOf } from '../data/receipt.ts';
import type { Messages } from '../language/en.ts';
import { type Language, useLanguage } from '../language/language.tsx';
import { dayWords } from '../time.ts';

const TONES: Readonly<Record<string, 'good' | 'warn' | 'bad'>> = {
  booked: 'good',
  waitlisted: 'warn',
  unknown: 'warn',
  unconfirmed: 'warn',
  refused: 'bad',
  missed: 'bad',
  cancelled: 'bad',
  taking: 'warn',
  swapping: 'warn',
  done: 'good',
  ended: 'bad',
};

const isIn = <T extends object>(table: T, key: PropertyKey): key is keyof T => Object.hasOwn(table, key);

/**
 * The words for a state; a watch has words of its own. A state that has no text in the member's language is shown by the name that the service uses.
 */
function wordsFor(say: Messages, { state, isWatch }: StateParts): string {
  if (isWatch && isIn(say.watches.states, state)) return say.watches.states[state];
  return isIn(say.states, state) ? say.states[state] : state;
}

interface StateParts {
  readonly state: string;
  readonly isWatch?: boolean;
}

export function State(parts: StateParts) {
  const { say } = useLanguage();
  return <span className={`state ${TONES[parts.state] ?? ''}`}>{wordsFor(say, parts)}</span>;
}

/** Shows a row's day, if `day` is given, and the row's box, if the member has several boxes. */
export function Where({ day, boxId }: { readonly day?: string; readonly boxId: string }) {
  const { language } = useLanguage();
  const boxes = useBoxes();
  return (
    <>
      {day !== undefined && <span>{dayWords(day, language, 'short')}</span>}
      {boxes.length > 1 && <span>{boxOf(boxes, boxId)?.name}</span>}
    </>
  );
}

/**
 * The state of an agenda row. A place that belongs to no prebooking is marked as booked by hand: watches and swaps, too, book by a prebooking.
 */
export function ItemState({ item: { kind, state, id } }: { readonly item: AgendaItem }) {
  const { say } = useLanguage();
  return (
    <span>
      <State state={state} isWatch={kind === 'watch'} />
      {id === undefined && ` · ${say.bookings.byHand}`}
    </span>
  );
}

/** The sentence about how a prebooking ended; undefined if it has not ended, or if it has no receipt and was not withdrawn. */
export const stateWords = (say: Messages, language: Language, prebooking: Prebooking): string | undefined =>
  prebooking.status === 'withdrawn' ? say.prebooking.withdrawn : sentenceOf(prebooking, language);
