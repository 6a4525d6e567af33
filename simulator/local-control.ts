// The control verbs, carried out in this process on the pretend gym's world (world.ts). The input of each verb (an order that steers the pretend gym)
// is checked here, even if the input came over HTTP.
import { z } from 'zod';
import type { Control, OpenedSession, SlotRef } from './control.ts';
import { instantShape } from './instant.ts';
import { knobShape } from './knob-shapes.ts';
import type { Outages } from './outages.ts';
import { loginCookies, openFor } from './routes-login.ts';
import { acceptsToken } from './routes-main.ts';
import { book, cancel } from './rules.ts';
import { boxShape, memberShape, type Scenario, scenarioShape, slotShape } from './scenario.ts';
import type { Slot } from './slot.ts';
import { changeSlot } from './slot-change.ts';
import { slotChangeShape } from './slot-change-shape.ts';
import type { Sockets } from './sockets.ts';
import { addSlot, slotsOn } from './timetable.ts';
import { readTruth, slotTruth } from './truth.ts';
import { addBox, addMember, boxNamed, callOf, emptyWorld, memberNamed, pour, type World } from './world.ts';

/** If its input is wrong, a verb of this control rejects with an Error or a ZodError that says what the verb expected. */
export function createLocalControl(world: World, start: Scenario, sockets: Sockets, outages: Outages): Control {
  const { clock, history } = world;
  return {
    async reset(scenario) {
      const next = scenario === undefined ? start : scenarioShape.parse(scenario);
      emptyWorld(world, next.seed ?? 1);
      history.clear();
      clock.followSystem(0);
      pour(world, next);
      await outages.end();
    },
    load: async (scenario) => pour(world, scenarioShape.parse(scenario)),
    addBox: async (box) => addBox(world, boxShape.parse(box)),
    addMember: async (member) => addMember(world, memberShape.parse(member)),
    addSlot: async ({ box, ...slot }) =>
      slotTruth(world, addSlot(boxNamed(world, box), slotShape.parse(slot), world.seed)),
    changeSlot: async ({ slot, change }) =>
      slotTruth(world, changeSlot(slotAt(world, slot), slotChangeShape.parse(change))),
    setKnob: async (knob) => world.knobs.set(knobShape.parse(knob)),
    clearKnobs: async (filter) => world.knobs.clear(filter),
    clock: async () => clock.state(),
    async freeze(at) {
      clock.freeze(instantShape.parse(at));
      await outages.settled();
      return clock.state();
    },
    async advance(byMs) {
      clock.advance(z.number().parse(byMs));
      await outages.settled();
      return clock.state();
    },
    async followSystem(offsetMs) {
      clock.followSystem(z.number().parse(offsetMs));
      await outages.settled();
      return clock.state();
    },
    history: async (filter) => history.list(filter),
    clearHistory: async () => history.clear(),
    truth: async (filter) => readTruth(world, filter),
    tokenWorks: async ({ token, fingerprint }) => tokenWorks(world, token, fingerprint),
    cookieWorks: async ({ auth, page }) => world.sessions.byCookies({ auth, page }).session?.alive === true,
    bookByHand: async (wish) => {
      const member = memberNamed(world, wish.member);
      const call = callOf(member, { op: 'book', box: wish.box });
      const asked = { member, call, slot: slotAt(world, wish), insist: wish.waitlist === true, by: 'hand' as const };
      const verdict = book(world, { ...asked, familyId: wish.familyId ?? null, atMs: clock.nowMs() });
      if (verdict.outcome === 'refused') return verdict;
      return { outcome: verdict.outcome, reservationId: verdict.reservation.id };
    },
    cancelByHand: async ({ reservationId }) =>
      cancel(world, world.reservations.get(reservationId), true, clock.nowMs()).outcome === 'cancelled',
    killSession: async (ref) => {
      const memberId = ref.member === undefined ? undefined : memberNamed(world, ref.member).plan.id;
      const doomed = world.sessions
        .all()
        .filter((one) => one.alive && (memberId === undefined || one.memberId === memberId))
        .filter((one) => ref.fingerprint === undefined || one.fingerprint === ref.fingerprint)
        .filter((one) => ref.sessionId === undefined || one.id === ref.sessionId);
      for (const session of doomed) world.sessions.end(session, 'killed');
      return doomed.length;
    },
    openSessions: async (logins) => logins.map(({ member, fingerprint }) => openSession(world, member, fingerprint)),
    openGate: async (name) => world.gates.open(name),
    gates: async () => world.gates.standing(),
    dropConnections: async (how) => sockets.drop(z.enum(['fin', 'reset']).parse(how ?? 'fin')),
    refuseConnections: async ({ from, until, how }) => {
      const fromMs = from === undefined ? clock.nowMs() : instantShape.parse(from);
      outages.plan({
        fromMs,
        untilMs: instantShape.parse(until),
        how: z.enum(['refused', 'reset']).parse(how ?? 'refused'),
      });
    },
    outages: async () => outages.list(),
    unlock: async (name) => {
      const member = memberNamed(world, name);
      member.locked = false;
      member.wrongPasswords = 0;
    },
  };
}

function openSession(world: World, name: number | string, fingerprint: string): OpenedSession {
  const member = memberNamed(world, name);
  const session = openFor(world, member, fingerprint, world.clock.nowMs());
  const { id, memberId, token } = session;
  return { sessionId: id, memberId, fingerprint, token, setCookies: loginCookies(world, session) };
}

function tokenWorks(world: World, token: string, fingerprint: string | undefined): boolean {
  const session = world.sessions.byToken(token);
  if (!session) return false;
  const call = callOf(world.members.get(session.memberId), { op: 'tokenUpdate', fingerprint: session.fingerprint });
  const alive = session.alive;
  const works = acceptsToken(world, call, session, token, world.clock.nowMs(), fingerprint ?? session.fingerprint);
  // A check by the control call `tokenWorks` must not end the session: the rotation knob's `onStale: kill` applies only to calls over the network.
  if (alive && session.endedBy === 'stale-token') {
    session.alive = true;
    delete session.endedBy;
  }
  return works;
}

function slotAt(world: World, ref: SlotRef): Slot {
  const slots = slotsOn(boxNamed(world, ref.box), ref.day, world.seed);
  const found = slots.find(
    (slot) =>
      (ref.id === undefined || slot.id === ref.id) &&
      (ref.timeid === undefined || slot.timeid === ref.timeid) &&
      (ref.className === undefined || slot.className === ref.className),
  );
  if (!found) throw new Error(`Expected a slot like ${JSON.stringify(ref)}`);
  return found;
}
