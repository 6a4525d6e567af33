// What may happen to a member whose watch finds a place: how the booking ends, and how giving up the member's earlier place ends. The fate of each
// member is drawn from a seed.
import type { KnobInput } from '../../../simulator/knob-shapes.ts';
import { pickBy } from '../staging/draw.ts';

/** A fault of the pretend gym for one member; the campaign adds the member's id. */
type Blow = KnobInput & { readonly op?: 'book' | 'cancelBook' | 'bookings' };

interface Named {
  readonly name: string;
  readonly knobs: readonly Blow[];
}

export interface Fate {
  readonly name: string;
  readonly knobs: readonly Blow[];
  /** Which booked class the member gives up for the freed place: none, the class at 20:00 on the same day, or a class that begins soon. */
  readonly swap: 'none' | 'same-day' | 'near';
  readonly lateCancelMinutes: number;
  /** True if a second member watches the episode's class, with a later watch. */
  readonly second: boolean;
}

const HOWS = ['reset', 'fin', 'truncated', 'empty', 'html', 'bad-gateway', 'garbage'] as const;
const losses = (op: 'book' | 'cancelBook'): Named[] =>
  HOWS.flatMap((how) =>
    (['before', 'after'] as const).map((when) => ({
      name: `${op} ${how} ${when}`,
      knobs: [{ kind: 'lose', op, when, how, times: 1 }],
    })),
  );
const nothing = (op: string): Named => ({ name: `${op} well`, knobs: [] });

const BOOKS: readonly Named[] = [
  nothing('book'),
  nothing('book'),
  nothing('book'),
  ...losses('book'),
  { name: 'book late effect', knobs: [{ kind: 'late-effect', op: 'book', afterMs: 200, how: 'reset', times: 1 }] },
  { name: 'book 503', knobs: [{ kind: 'status', op: 'book', code: 503, times: 1 }] },
  { name: 'book 429', knobs: [{ kind: 'status', op: 'book', code: 429, times: 4 }] },
  { name: 'book full after all', knobs: [{ kind: 'refuse', op: 'book', reason: 'full', times: 1 }] },
  { name: 'book no credit', knobs: [{ kind: 'refuse', op: 'book', reason: 'no-credit' }] },
  { name: 'book accepted', knobs: [{ kind: 'book-state', op: 'book', value: 0, effect: true, times: 1 }] },
  { name: 'book logout', knobs: [{ kind: 'logout', op: 'book', times: 1 }] },
];
const CANCELS: readonly Named[] = [
  nothing('cancel'),
  nothing('cancel'),
  ...losses('cancelBook'),
  {
    name: 'cancel late effect',
    knobs: [{ kind: 'late-effect', op: 'cancelBook', afterMs: 200, how: 'reset', times: 1 }],
  },
  { name: 'cancel fails', knobs: [{ kind: 'answer', op: 'cancelBook', body: { cancelState: 3 }, times: 2 }] },
  { name: 'cancel fails for good', knobs: [{ kind: 'answer', op: 'cancelBook', body: { cancelState: 3 } }] },
  { name: 'cancel 500', knobs: [{ kind: 'status', op: 'cancelBook', code: 500, times: 2 }] },
  { name: 'cancel 429', knobs: [{ kind: 'status', op: 'cancelBook', code: 429, times: 3 }] },
  { name: 'cancel logout', knobs: [{ kind: 'logout', op: 'cancelBook', times: 1 }] },
  { name: 'lists down', knobs: [{ kind: 'status', op: 'bookings', code: 403, skip: 3, times: 2 }] },
];

/** Draws what happens to one member whose watch finds a place. */
export function drawFate(random: () => number): Fate {
  const pick = pickBy(random);
  const [book, cancel] = [pick(BOOKS), pick(CANCELS)];
  const swap = pick(['none', 'same-day', 'same-day', 'near'] as const);
  const lateCancelMinutes = swap === 'near' ? pick([60, 180, 10_000]) : 60;
  const second = random() < 0.25;
  const name = `${book.name}${swap === 'none' ? '' : `, ${swap}, ${cancel.name}, late from ${lateCancelMinutes}`}`;
  return { name, swap, lateCancelMinutes, second, knobs: [...book.knobs, ...(swap === 'none' ? [] : cancel.knobs)] };
}
