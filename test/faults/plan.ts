// The faults of an episode of renewals, and the draw of its plan from a seed: one seed always gives the same plan. This file describes faults and
// injects none.
import type { KnobInput } from '../../simulator/knob-shapes.ts';
import { seededRandom, seedOf } from '../../simulator/random.ts';
import { pickBy } from './staging/draw.ts';

export const MODES = ['strict', 'grace', 'lax', 'one-per-fingerprint'] as const;
/** What the pretend gym does with a token that a renewal has replaced. */
export type Mode = (typeof MODES)[number];

type Unscoped<T> = T extends unknown ? Omit<T, 'member' | 'times'> : never;
type AnswerKnob = Unscoped<KnobInput>;

/** The named kill points at the service's edges (store, gym, spool), in the order in which a renewal passes them. */
const POINTS = [
  'after:lease',
  'before:renew',
  'received',
  'kept',
  'before:commit',
  'commit-sent',
  'after:commit',
  'before:settle',
  'after:settle',
] as const;
export type Point = (typeof POINTS)[number];

/** Where on the wire a fault strikes: at which call, and before or after the call has reached the other side. */
export interface Spot {
  readonly call: 'renew' | 'lease' | 'commit' | 'settle';
  readonly when: 'before' | 'after';
}

/** What a fault on the wire does when it strikes at its `Spot`. */
const DEEDS = [
  'cut',
  'cut-half',
  'half-open',
  'late',
  'kill',
  'steal',
  'pause',
  'relogin',
  'leave',
  'rewrap',
  'terminate',
  'database-away',
  'gym-away',
  'stop-postgres',
] as const;
export type Deed = (typeof DEEDS)[number];

export type Fault =
  | { readonly kind: 'answer'; readonly name: string; readonly knob: AnswerKnob }
  | { readonly kind: 'wire'; readonly name: string; readonly spot: Spot; readonly deed: Deed }
  /** `knob` sets how the pretend gym answers in the pass in which the process is killed, for a kill point that only a failing renewal reaches. */
  | { readonly kind: 'point'; readonly name: string; readonly point: Point; readonly knob?: AnswerKnob }
  | { readonly kind: 'contend'; readonly name: string }
  | { readonly kind: 'row'; readonly name: string; readonly row: 'poison' | 'killed-at-gym' };

/** One session's plan: which fault the session meets in which of the three faulty passes. */
export interface Plan {
  readonly index: number;
  readonly faults: readonly (Fault | undefined)[];
}

const answer = (name: string, knob: AnswerKnob): Fault => ({ kind: 'answer', name, knob });
const wire = (name: string, call: Spot['call'], when: Spot['when'], deed: Deed): Fault => ({
  kind: 'wire',
  name,
  spot: { call, when },
  deed,
});

const LOSSES = ['reset', 'fin', 'truncated', 'empty', 'html', 'bad-gateway', 'garbage'] as const;

/** Faults of the gym's own answers, R15–R25. */
export const ANSWERS: readonly Fault[] = [
  ...LOSSES.map((how) => answer(`lost before effect: ${how}`, { kind: 'lose', when: 'before', how })),
  ...LOSSES.map((how) => answer(`lost after effect: ${how}`, { kind: 'lose', when: 'after', how })),
  ...[500, 502, 503, 504].map((code) => answer(`status ${code}`, { kind: 'status', code })),
  answer('429', { kind: 'status', code: 429 }),
  answer('429 with Retry-After', { kind: 'status', code: 429, retryAfter: 60 }),
  ...(['account', 'box', 'gym'] as const).map((by) => answer(`429 by ${by}`, { kind: 'rate-limit', by })),
  answer('geo-block', { kind: 'geo-block' }),
  ...[1, '1', true].map((spelling) => answer(`logout ${JSON.stringify(spelling)}`, { kind: 'logout', spelling })),
  ...[0, '0', null, false].map((spelling) =>
    answer(`no logout ${JSON.stringify(spelling)}`, { kind: 'logout', spelling }),
  ),
  ...(['same', 'malformed', 'huge', 'expired'] as const).map((shape) =>
    answer(`token ${shape}`, { kind: 'token', shape }),
  ),
  answer('answer is a list', { kind: 'answer', body: [], effect: false }),
  answer('answer of another kind, after effect', { kind: 'answer', body: { ok: 'sí' }, effect: true }),
  ...(['expires-commas', 'quotes', 'delete-auth', 'duplicates', 'sixty', 'none'] as const).map((variant) =>
    answer(`cookies ${variant}`, { kind: 'set-cookie', variant }),
  ),
  // The pretend gym issues a new login cookie at a renewal only when a fault has the knob `reissue`.
  answer('cookies re-issued, the old live on', { kind: 'reissue', mode: 'keep', session: true }),
  answer('cookies re-issued, the old die', { kind: 'reissue', mode: 'kill', session: true }),
  answer('cookies re-issued, the login cookie alone, the old dies', { kind: 'reissue', mode: 'kill' }),
  ...(['overlong', 'unended'] as const).map((how) => answer(`cut frame: ${how}`, { kind: 'lose', when: 'after', how })),
  answer('notice before the answer', { kind: 'notice' }),
  answer('notice after the answer', { kind: 'notice', after: '\n<!-- web-7 -->' }),
  answer('token under another name', { kind: 'token-field', name: 'nextToken' }),
  answer('slow', { kind: 'slow', beforeMs: 20, afterMs: 20, jitterMs: 60 }),
];

/** Faults on the wires to the gym and to the database. */
export const WIRES: readonly Fault[] = [
  wire('gym wire cut before it heard', 'renew', 'before', 'cut'),
  wire('gym wire cut mid-request', 'renew', 'before', 'cut-half'),
  wire('gym wire cut after it answered', 'renew', 'after', 'cut'),
  wire('gym wire cut mid-answer', 'renew', 'after', 'cut-half'),
  wire('gym wire half-open', 'renew', 'after', 'half-open'),
  wire('gym wire late', 'renew', 'after', 'late'),
  wire('commit request lost', 'commit', 'before', 'cut'),
  wire('commit acknowledgement lost', 'commit', 'after', 'cut'),
  wire('commit acknowledgement cut in half', 'commit', 'after', 'cut-half'),
  wire('settle acknowledgement lost', 'settle', 'after', 'cut'),
  wire('database connections terminated at commit', 'commit', 'before', 'terminate'),
  wire('database refuses connections after a token was received', 'commit', 'before', 'database-away'),
  wire('gym refuses connections', 'renew', 'before', 'gym-away'),
];

/** Faults of the call that leases many sessions at once; each batch of episodes has one such fault, except in campaigns limited to chosen faults. */
const LEASES: readonly Fault[] = [
  wire('lease answer lost', 'lease', 'after', 'cut'),
  wire('lease request lost', 'lease', 'before', 'cut'),
  wire('database connections terminated while leasing', 'lease', 'before', 'terminate'),
];

/** Faults in which another process, or the member, acts on a session or on the member's data key while a call for that session is under way. */
export const HANDS: readonly Fault[] = [
  wire('lease stolen while the answer is under way', 'renew', 'after', 'steal'),
  wire('lease stolen before the gym heard', 'renew', 'before', 'steal'),
  wire('process paused until its lease is gone', 'renew', 'after', 'pause'),
  wire('new login while the answer is under way', 'renew', 'after', 'relogin'),
  wire('new login before the commit', 'commit', 'before', 'relogin'),
  wire('member leaves while the answer is under way', 'renew', 'after', 'leave'),
  wire('key rewrapped between read and write', 'renew', 'after', 'rewrap'),
  { kind: 'contend', name: 'cron, a person and a race want it at once' },
];

/** Faults that kill a process with SIGKILL: at a kill point inside the process, or from outside while a call is on the wire. */
export const KILLS: readonly Fault[] = [
  ...POINTS.map((point): Fault => {
    const plain = { kind: 'point' as const, name: `kill ${point}`, point };
    return point.endsWith('settle') ? { ...plain, knob: { kind: 'status', code: 503 } } : plain;
  }),
  wire('kill before the gym heard', 'renew', 'before', 'kill'),
  wire('kill after the gym acted', 'renew', 'after', 'kill'),
  wire('kill after the lease was granted', 'lease', 'after', 'kill'),
  wire('kill before the commit arrived', 'commit', 'before', 'kill'),
  wire('kill after the commit', 'commit', 'after', 'kill'),
];

export const isKill = (fault: Fault): boolean => KILLS.includes(fault);

const ROWS: readonly Fault[] = [
  { kind: 'row', name: 'poison row', row: 'poison' },
  { kind: 'row', name: 'session ended at the gym', row: 'killed-at-gym' },
];

/** Faults that each take the whole minute that a call may take: they are played in a scene, and no plan is drawn from them. */
const NEVER_ENDING: readonly Fault[] = [
  answer('answer trickles, a byte at a time', { kind: 'lose', when: 'after', how: 'trickle' }),
  answer('answer never comes, and the wire stays open', { kind: 'lose', when: 'after', how: 'hang' }),
];

export const ALL_FAULTS: readonly Fault[] = [
  ...NEVER_ENDING,
  ...ANSWERS,
  ...WIRES,
  ...LEASES,
  ...HANDS,
  ...KILLS,
  ...ROWS,
];

interface Draw {
  readonly seed: number;
  readonly batch: number;
  readonly count: number;
  readonly kills: number;
  /**
   * The faults from which the plans are drawn, given for wrong twins and replays; when absent, plans are drawn from all of this file's lists but
   * `NEVER_ENDING` (faults that take a whole minute each).
   */
  readonly only?: readonly Fault[] | undefined;
}

/**
 * Draws the plans of one batch. The first `kills` plans contain a kill. If `only` is absent, the plan after them contains a fault of the call that
 * leases sessions. Of the plans that contain neither a kill nor a fault of leasing, one in ten has no fault (a bystander), and the rest have one to
 * three faults.
 */
export function drawPlans({ seed, batch, count, kills, only }: Draw): Plan[] {
  const random = seededRandom(seedOf(seed, `batch ${batch}`));
  const pick = pickBy(random);
  const plain = only ?? [...ANSWERS, ...ANSWERS, ...WIRES, ...HANDS, ...HANDS, ...ROWS];
  return Array.from({ length: count }, (_, index) => {
    if (index < kills) return { index, faults: killed(index, batch, kills, pick) };
    if (index === kills && only === undefined) return { index, faults: [LEASES[batch % LEASES.length]] };
    if (random() < 0.1) return { index, faults: [] };
    const more = () => (random() < 0.35 ? pick(plain) : undefined);
    return { index, faults: believable([pick(plain), more(), more()]) };
  });
}

/**
 * Shortens a plan of three "logout" answers to two: after three refusals, minutes apart, the service rightly believes that the gym has ended the
 * session.
 */
const believable = (faults: Plan['faults']): Plan['faults'] =>
  faults.every((fault) => fault?.kind === 'answer' && fault.knob.kind === 'logout') ? faults.slice(0, 2) : faults;

/**
 * Gives a plan with one kill. Successive plans take the kills of `KILLS` in turn. Each time that all of `KILLS` are used up, the kill moves to the
 * next of an episode's three faulty passes.
 */
function killed(index: number, batch: number, kills: number, pick: (list: readonly Fault[]) => Fault): Plan['faults'] {
  const turn = batch * kills + index;
  const kill = KILLS[turn % KILLS.length];
  const pass = Math.floor(turn / KILLS.length) % 3;
  // Only a session whose renewal failed is renewed again in the second and third pass, so every pass before the kill gets a failing answer.
  return Array.from({ length: pass + 1 }, (_, at) => (at === pass ? kill : pick(FAILING)));
}

const FAILING = ANSWERS.filter(({ name }) => /^(status|lost before)/.test(name));
