// Handles one call of the gym from its arrival to its answer. A call may meet, in this order: delays (knobs `slow`, `gate`, `think`), a refusal
// without any work (`geo-block`, `status`, `rate-limit`), the loss of its answer (`lose`, `late-effect`), and its route. After the call's route has
// run, the remaining delays of `slow`, `gate` and `think` follow; then the answer is sent or lost.
import { setTimeout as wait } from 'node:timers/promises';
import { answerOf } from './altered.ts';
import { deliver } from './delivery.ts';
import type { HistoryEntry } from './history.ts';
import type { Arrival } from './intake.ts';
import type { KnobOf, Loss } from './knob-shapes.ts';
import { geoBlockPage, statusPage } from './pages.ts';
import { pause } from './pause.ts';
import { htmlReply, type Reply, type Take, type Visit } from './reply.ts';
import { systemMs } from './sim-clock.ts';
import { openEntry, visitOf } from './visit.ts';
import type { World } from './world.ts';

const noReply: Reply = { status: 200, json: {} };

/**
 * Answers one call, or loses the answer as a knob says. A call without a delay runs to its end without a pause, so such calls are decided in the
 * order of their arrival.
 */
export async function exchange(world: World, arrival: Arrival): Promise<void> {
  const visit = visitOf(world, arrival);
  const entry = openEntry(world, arrival, visit);
  const take = struck(visit, entry);
  const delays = { slow: take('slow'), gate: take('gate'), thought: thoughtOf(visit, entry, take('think')) };
  const wire = { world, call: visit.call, response: arrival.response, entry, stampAtMs: delays.thought.stampAtMs };
  const send = (reply: Reply, how?: Loss) => deliver(wire, reply, how);
  if (waitsBefore(delays)) await standBefore(visit, delays);
  const blocked = doorReply(take) ?? limited(visit, entry);
  if (blocked) return send(blocked);
  const loss = take('lose');
  if (loss?.when === 'before') return send(noReply, loss.how);
  const late = take('late-effect');
  if (late) return send(noReply, effectLater(visit, entry, take, late));
  entry.judgedAtMs = visit.atMs;
  const reply = answerOf(visit, take);
  remember(entry, reply);
  if (delays.thought.afterMs > 0) await pause(delays.thought.afterMs);
  if (delays.gate?.when === 'after') await world.gates.pass(delays.gate.name);
  if (delays.slow && delays.slow.afterMs > 0) await wait(delays.slow.afterMs);
  send(reply, loss?.how);
}

/** What the gym's thinking does to a call: how long the gym thinks before and after it decides the call, and which instant the Date header tells. */
interface Thought {
  beforeMs: number;
  afterMs: number;
  /** Undefined means that the Date header tells the instant at which the answer is made. */
  stampAtMs: number | undefined;
}

function thoughtOf(visit: Visit, entry: HistoryEntry, knob: KnobOf<'think'> | undefined): Thought {
  if (!knob) return { beforeMs: 0, afterMs: 0, stampAtMs: undefined };
  const thoughtMs = knob.meanMs * (1 + knob.jitterShare * (visit.world.random() * 2 - 1));
  entry.thoughtMs = thoughtMs;
  const judgedLast = knob.judge === 'end';
  return {
    beforeMs: judgedLast ? thoughtMs : 0,
    afterMs: judgedLast ? 0 : thoughtMs,
    stampAtMs: knob.stamp === 'start' ? visit.atMs : undefined,
  };
}

/** Makes the function that takes the knobs for one call to the gym and notes in the call's history entry the kind of each knob that it took. */
function struck(visit: Visit, entry: HistoryEntry): Take {
  return (kind) => {
    const knob = visit.world.knobs.take(kind, visit.call);
    if (knob) entry.struckBy.push(kind);
    return knob;
  };
}

interface Delays {
  slow: KnobOf<'slow'> | undefined;
  gate: KnobOf<'gate'> | undefined;
  thought: Thought;
}

const waitsBefore = ({ slow, gate, thought }: Delays): boolean =>
  gate?.when === 'before' || thought.beforeMs > 0 || (slow !== undefined && slow.beforeMs + slow.jitterMs > 0);

/** Waits for the delays that come before the gym decides a call, and then sets the instant at which the gym decides the call (`atMs`). */
async function standBefore(visit: Visit, { slow, gate, thought }: Delays): Promise<void> {
  if (gate?.when === 'before') await visit.world.gates.pass(gate.name);
  if (slow) await wait(slow.beforeMs + visit.world.random() * slow.jitterMs);
  if (thought.beforeMs > 0) await pause(thought.beforeMs);
  visit.atMs = visit.world.clock.nowMs();
}

/** The answer to a call that the gym turns away before it looks at what the call asks for; undefined for any other call. */
function doorReply(take: Take): Reply | undefined {
  if (take('geo-block')) return htmlReply(403, geoBlockPage);
  const knob = take('status');
  return knob && statusReply(knob.code, knob.page, knob.retryAfter);
}

function statusReply(code: number, page: KnobOf<'status'>['page'], retryAfter: string | number | undefined): Reply {
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
  if (page === 'json') return { status: code, json: { error: code }, headers };
  return { ...htmlReply(code, page === 'empty' ? '' : statusPage(code)), headers };
}

function limited({ world, call, atMs }: Visit, entry: HistoryEntry): Reply | undefined {
  const knob = world.knobs.take('rate-limit', call);
  const waitMs = knob && world.rateLimits.refuses(knob, call, atMs);
  if (knob === undefined || waitMs === undefined) return undefined;
  entry.struckBy.push('rate-limit');
  const said = knob.retryAfter ?? Math.ceil(waitMs / 1000);
  return statusReply(429, 'html', said === false ? undefined : said);
}

function effectLater(visit: Visit, entry: HistoryEntry, take: Take, late: KnobOf<'late-effect'>): Loss {
  const atMs = visit.atMs + late.afterMs;
  visit.world.clock.at(atMs, () => {
    entry.judgedAtMs = atMs;
    remember(entry, answerOf({ ...visit, atMs }, take));
    visit.world.history.record(entry);
  });
  return late.how;
}

function remember(entry: HistoryEntry, reply: Reply): void {
  if (!reply.effect) return;
  entry.effect = reply.effect;
  entry.effectAtMs = systemMs();
}
