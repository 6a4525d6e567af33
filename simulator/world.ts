// All that is true in one pretend gym, in one value: clock, knobs, boxes, members, sessions, reservations, history. This file only creates, fills and
// empties the value; other files of the simulator read and change the value.
import type { Suffix } from './address.ts';
import { createGates, type Gates } from './gates.ts';
import type { History } from './history.ts';
import { type Call, createKnobs, type Knobs } from './knobs.ts';
import { seededRandom } from './random.ts';
import { createRateLimits, type RateLimits } from './rate-limits.ts';
import { createReservations, type Reservations } from './reservations.ts';
import type { BoxPlan, MemberPlan, Scenario } from './scenario.ts';
import { createSessions, type Sessions } from './sessions.ts';
import type { SimClock } from './sim-clock.ts';
import type { Box } from './slot.ts';

export interface Member {
  plan: MemberPlan;
  logins: number;
  wrongPasswords: number;
  locked: boolean;
  /** The devices that have signed in as this member, by fingerprint. */
  devices: Map<string, Device>;
}

export interface Device {
  logins: number;
  firstAtMs: number;
  lastAtMs: number;
}

export interface WorldOptions {
  cookieDomain?: string | undefined;
  /** The template of a box's address in the pretend gym's answer about a member's roles, for each domain ending; `{box}` stands for the slug. */
  centreUrlTemplates: Record<Suffix, string>;
}

export interface World {
  options: WorldOptions;
  clock: SimClock;
  history: History;
  gates: Gates;
  seed: number;
  random: () => number;
  knobs: Knobs;
  rateLimits: RateLimits;
  boxes: Map<string, Box>;
  members: Map<number, Member>;
  byEmail: Map<string, Member>;
  sessions: Sessions;
  reservations: Reservations;
}

export function createWorld(options: WorldOptions, clock: SimClock, history: History): World {
  return { options, clock, history, gates: createGates(), ...emptyTruth(1, clock) };
}

/**
 * Forgets everything in the world but the clock, the history, the gates and the options. Calls that are under way when the world is emptied are
 * answered 503.
 */
export function emptyWorld(world: World, seed: number): void {
  Object.assign(world, emptyTruth(seed, world.clock));
  world.gates.open();
}

function emptyTruth(seed: number, clock: SimClock) {
  const random = seededRandom(seed);
  return {
    seed,
    random,
    knobs: createKnobs(random, clock.nowMs),
    rateLimits: createRateLimits(),
    boxes: new Map<string, Box>(),
    members: new Map<number, Member>(),
    byEmail: new Map<string, Member>(),
    sessions: createSessions(),
    reservations: createReservations(),
  };
}

/** Adds the scenario's boxes, members and knobs to the world. */
export function pour(world: World, scenario: Scenario): void {
  for (const box of scenario.boxes) addBox(world, box);
  for (const member of scenario.members) addMember(world, member);
  for (const knob of scenario.knobs) world.knobs.set(knob);
}

export function addBox(world: World, plan: BoxPlan): void {
  world.boxes.set(plan.slug, { plan, days: new Map() });
}

/** Adds a member; throws when the member belongs to a box that does not exist yet. */
export function addMember(world: World, plan: MemberPlan): void {
  for (const slug of plan.boxes) boxNamed(world, slug);
  const member = { plan, logins: 0, wrongPasswords: 0, locked: false, devices: new Map() };
  world.members.set(plan.id, member);
  world.byEmail.set(plan.email.toLowerCase(), member);
}

/** The box with the slug `slug`. Throws when no box has this slug, so that a test learns of a wrong name. */
export function boxNamed(world: World, slug: string): Box {
  const box = world.boxes.get(slug);
  if (!box) throw new Error(`Expected a box with the slug ${slug}`);
  return box;
}

export function memberNamed(world: World, name: string | number): Member {
  const member = typeof name === 'number' ? world.members.get(name) : world.byEmail.get(name.toLowerCase());
  if (!member) throw new Error(`Expected a member with the id or e-mail ${name}`);
  return member;
}

/** Describes a call that this member makes, so that knobs can be matched against it. */
export const callOf = (member: Member | undefined, more: Omit<Call, 'memberId' | 'email' | 'homeBoxes'>): Call => ({
  ...more,
  memberId: member?.plan.id,
  email: member?.plan.email,
  homeBoxes: member?.plan.boxes,
});
