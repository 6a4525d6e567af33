// Everything that may go wrong for a whole opening: how the queue delivers, and what happens to the process that runs the race, to the database and
// to the class. This file holds data only and injects no fault. Times in this file are in ms from the opening of the class (for a fault with `agoMs`,
// from that many ms after the opening); a negative time is earlier.
import type { SlotChange } from '../../../simulator/control.ts';
import type { Knob } from './faults.ts';

/** Named kill points at the edges of a race, in the order in which a race passes them. */
export const POINTS = [
  'after:claim',
  'preparing',
  'before:arm',
  'after:arm',
  'opening',
  'heard',
  'before:settle',
  'after:settle',
] as const;
export type Point = (typeof POINTS)[number];

export interface Delivery {
  readonly atMs: number;
  /**
   * How the queue's message is delivered. `job`: a call of the function `executePrebooking`, without an HTTP request. `door`: a signed request to the
   * app's endpoint, as the queue sends it. `forged`: an unsigned request with invented fields. `crooked`: one request with each of the odd signatures
   * of signatures.ts.
   */
  readonly by: 'job' | 'door' | 'forged' | 'crooked';
  /** How long after the opening, in ms, the platform ends the call of the function that runs the race; when absent, it does not end the call. */
  readonly endsMs?: number;
}

/** A fault that strikes the database, or the process that got the first delivery of the wake-up. */
export type Blow =
  /** Kills the process when its first request reaches the proxy on the way to the gym, or when the gym's answer passes that proxy. */
  | { readonly do: 'kill'; readonly when: 'before' | 'after' }
  | { readonly do: 'point'; readonly point: Point }
  | { readonly do: 'stop'; readonly atMs: number; readonly forMs: number }
  | { readonly do: 'refuse'; readonly atMs: number; readonly forMs: number }
  | { readonly do: 'terminate'; readonly atMs: number }
  | { readonly do: 'crash'; readonly atMs: number };

export interface OpeningFault {
  readonly name: string;
  readonly deliveries: readonly Delivery[];
  readonly blow?: Blow;
  /** All other times of this fault count from the instant that lies this many ms after the opening; absent: from the opening. */
  readonly agoMs?: number;
  /** Leaves the prebookings in the state `scheduling`, as if the queue had not answered yet. */
  readonly unmarked?: true;
  readonly knobs?: readonly Knob[];
  /** True if the gym cannot be reached for some seconds before and after the opening. */
  readonly isAway?: true;
  /** True if the gym's list cannot be read after the race. */
  readonly isUnseen?: true;
  readonly limit?: number;
  /** How many members wait for the opening; when absent, the profile gives the number. */
  readonly size?: number;
  readonly slot?: { readonly atMs: number; readonly change: SlotChange };
  /** The states in which the prebookings of this opening may end; when absent, the fault of each member names these states. */
  readonly ends?: readonly string[];
}

const FIRST_MS = -2_600;
/**
 * A function call that the platform ends 11 s after the opening, before the read-back: the sweep then settles the prebookings that are `unknown`.
 */
const SHORT = { endsMs: 11_000 } as const;
const job = (atMs = FIRST_MS): Delivery => ({ atMs, by: 'job', ...SHORT });
const door = (atMs = FIRST_MS): Delivery => ({ atMs, by: 'door' });
const forged = (atMs: number): Delivery => ({ atMs, by: 'forged' });

export const CALM: OpeningFault = { name: 'one delivery', deliveries: [job()] };

/**
 * How a wake-up is delivered: as planned, late, several times, forged or never, or to a function that ends too soon. The gym works as usual, and no
 * process is killed.
 */
export const QUEUE: readonly OpeningFault[] = [
  CALM,
  { name: 'delivered twice at once', deliveries: [job(), job()] },
  { name: 'delivered three times within 50 ms', deliveries: [job(), job(FIRST_MS + 20), job(FIRST_MS + 50)] },
  { name: 'signed, twice, by two jobs and one message', deliveries: [door(), door(FIRST_MS + 10)] },
  { name: 'delivered again at the opening', deliveries: [job(), job(0), job(150)] },
  { name: 'redelivered after success', deliveries: [job(), job(3_000), job(4_000)] },
  { name: 'forged beside the signed one', deliveries: [forged(FIRST_MS - 200), door(), forged(100)] },
  { name: 'crooked deliveries beside the signed one', deliveries: [door(), { atMs: 1_500, by: 'crooked' }] },
  { name: 'platform ends before the race could', deliveries: [{ atMs: FIRST_MS, by: 'job', endsMs: 2_000 }] },
  { name: 'delivered before the row was marked', deliveries: [job(), job(FIRST_MS + 30)], unmarked: true },
  { name: 'never delivered', deliveries: [] },
  { name: 'never delivered, never marked', deliveries: [], unmarked: true },
  { name: 'delivered 1 s late', deliveries: [job(0)], agoMs: 1_000 },
  { name: 'delivered 30 s late', deliveries: [job(0), job(20)], agoMs: 30_000 },
  { name: 'delivered 4 min late', deliveries: [job(0)], agoMs: 240_000 },
  { name: 'delivered 8 min late', deliveries: [job(0), job(5)], agoMs: 480_000 },
  { name: 'delivered 11 min late', deliveries: [job(0)], agoMs: 660_000, ends: ['missed'] },
  { name: 'without an end in sight', deliveries: [{ atMs: FIRST_MS, by: 'job' }] },
];

/**
 * The gym's clock is two seconds ahead of ours, and the class opens two seconds earlier by our clock. With `BEHIND` the gym's clock is two seconds
 * behind ours, and the class opens two seconds later.
 */
const AHEAD: OpeningFault['knobs'] = [
  { kind: 'date-offset', offsetMs: 2_000 },
  { kind: 'opening-skew', skewMs: -2_000 },
];
const BEHIND: OpeningFault['knobs'] = [
  { kind: 'date-offset', offsetMs: -2_000 },
  { kind: 'opening-skew', skewMs: 2_000 },
];

export const GYM: readonly OpeningFault[] = [
  { name: 'places for half of ours', deliveries: [job(), job()], limit: 5, ends: ['booked', 'refused'] },
  { name: 'one place for all of ours', deliveries: [job()], limit: 1, ends: ['booked', 'refused'] },
  {
    name: 'gym two seconds ahead',
    // The process is woken early enough to read the gym's clock before the opening, even on a slow machine.
    deliveries: [job(-8_000)],
    knobs: AHEAD,
  },
  {
    name: 'gym two seconds behind',
    deliveries: [job(-8_000)],
    knobs: BEHIND,
  },
  {
    name: 'list down until after the first sweep',
    deliveries: [job(), job(2_000)],
    knobs: [{ kind: 'status', op: 'bookings', code: 500, skip: 6 }],
    isUnseen: true,
    size: 6,
  },
  {
    name: 'class removed before the wake-up',
    deliveries: [job()],
    slot: { atMs: -4_000, change: { removed: true } },
    ends: ['refused'],
  },
  { name: 'class renumbered before the wake-up', deliveries: [job()], slot: { atMs: -4_000, change: { newId: true } } },
  {
    name: 'class removed while armed',
    deliveries: [job()],
    slot: { atMs: -500, change: { removed: true } },
    ends: ['refused', 'unconfirmed'],
  },
  {
    name: 'class renumbered while armed',
    deliveries: [job()],
    slot: { atMs: -500, change: { newId: true } },
    ends: ['refused', 'unconfirmed', 'booked'],
  },
];

/** A delivery to a function whose call ends 16 s after the opening: this leaves time for a few read-backs, and for a late race on a busy machine. */
const roughJob = (atMs = FIRST_MS): Delivery => ({ atMs, by: 'job', endsMs: 16_000 });
/** B26: many members wait for one opening. The campaign's report says how late the requests of a large opening's members reached the gym. */
export const CROWDS: readonly OpeningFault[] = [
  { name: 'two hundred for one instant', deliveries: [job(), job()], size: 200 },
];

const struck = (name: string, blow: Blow, deliveries: readonly Delivery[] = [roughJob()]): OpeningFault => ({
  name,
  deliveries,
  blow,
});

/**
 * Openings whose receipts are checked. In the openings of this list the process is woken late, or in time to read the gym's clock; some of the gyms
 * have a wrong clock, or think before they stamp. Some openings of this list have fewer places than members that want one.
 */
export const RECEIPTS: readonly OpeningFault[] = [
  { name: 'clock looked at in time', deliveries: [job(-8_000)] },
  { name: 'clock forty seconds off', deliveries: [job(-8_000)], knobs: [{ kind: 'date-offset', offsetMs: 40_000 }] },
  // The members of this opening get no fault of their own: a first request may come before the opening, and a fault on an early request has no
  // effect.
  {
    name: 'thinks before it stamps',
    deliveries: [job(-8_000)],
    knobs: [{ kind: 'think', meanMs: 80 }],
    ends: ['booked'],
  },
  { name: 'two places, clock looked at', deliveries: [job(-8_000)], limit: 2, ends: ['booked', 'refused'] },
  {
    name: 'two places, opened 1.4 s late',
    deliveries: [job(-8_000)],
    knobs: [{ kind: 'opening-skew', skewMs: 1_400 }],
    limit: 2,
    ends: ['booked', 'refused'],
  },
  { name: 'no place from the beginning, woken late', deliveries: [job(0)], agoMs: 30_000, limit: 0, ends: ['refused'] },
];

/**
 * The first delivery wakes a process early enough to read the gym's clock before the opening; the second comes when that process has long been dead.
 */
const LOOKED_AT: readonly Delivery[] = [roughJob(-8_000), roughJob(12_500)];
/** P7: kills around the opening at gyms with clocks that differ from the service's clock. */
const SKEWED = [
  { name: 'gym two seconds ahead', knobs: AHEAD },
  { name: 'gym two seconds behind', knobs: BEHIND },
] as const;

/**
 * Faults that strike a process, its connections or the database; openings with these faults are played by the service processes that faults may
 * strike (`rough`).
 */
export const BLOWS: readonly OpeningFault[] = [
  ...POINTS.map((point) => struck(`kill ${point}`, { do: 'point', point })),
  struck('kill with the request out, before the effect', { do: 'kill', when: 'before' }),
  struck('kill with the request out, after the effect', { do: 'kill', when: 'after' }),
  struck('kill after:arm, spare delivered', { do: 'point', point: 'after:arm' }, [roughJob(), roughJob(12_500)]),
  struck('stopped across the opening', { do: 'stop', atMs: -500, forMs: 1_200 }),
  struck('stopped while preparing', { do: 'stop', atMs: -2_300, forMs: 1_500 }, [roughJob(), roughJob(-1_500)]),
  struck('stopped until overtaken', { do: 'stop', atMs: -2_000, forMs: 15_000 }, [roughJob(), roughJob(11_500)]),
  struck('stopped armed until overtaken', { do: 'stop', atMs: -700, forMs: 16_000 }, [roughJob(), roughJob(12_500)]),
  struck('gym refuses connections', { do: 'refuse', atMs: -1_000, forMs: 1_600 }),
  struck('gym refuses connections for long', { do: 'refuse', atMs: -3_000, forMs: 9_000 }),
  struck('database connections terminated while preparing', { do: 'terminate', atMs: -2_300 }),
  struck('database connections terminated while arming', { do: 'terminate', atMs: -1_480 }),
  struck('database connections terminated while settling', { do: 'terminate', atMs: 60 }),
  struck('database stopped', { do: 'crash', atMs: -1_200 }, [roughJob(), roughJob(1_000)]),
  ...SKEWED.flatMap(({ name, knobs }) => [
    { ...struck(`kill after:arm, ${name}`, { do: 'point', point: 'after:arm' }, LOOKED_AT), knobs },
    { ...struck(`kill before:settle, ${name}`, { do: 'point', point: 'before:settle' }, LOOKED_AT), knobs },
    { ...struck(`kill with the request out, ${name}`, { do: 'kill', when: 'after' }, LOOKED_AT), knobs },
  ]),
];
