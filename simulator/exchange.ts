// One call from arrival to answer: faults before, the effect, faults after. The order is fixed:
// slow → geo-block → status → lost before → late effect → route with its altered answer → slow → lost after.
import { setTimeout as wait } from 'node:timers/promises';
import { answerOf } from './altered.ts';
import { deliver } from './delivery.ts';
import type { HistoryEntry } from './history.ts';
import type { Arrival } from './intake.ts';
import type { KnobKind, KnobOf } from './knob-shapes.ts';
import { geoBlockPage, notFoundPage, statusPage } from './pages.ts';
import { htmlReply, type Reply, type Visit } from './reply.ts';
import { systemMs } from './sim-clock.ts';
import { openEntry, visitOf } from './visit.ts';
import type { World } from './world.ts';

/** Answers, or loses, one call. Never rejects on what a client sent. */
export async function exchange(world: World, arrival: Arrival): Promise<void> {
  const visit = visitOf(world, arrival);
  const entry = openEntry(world, arrival, visit);
  const send = (reply: Reply, how?: KnobOf<'lose'>['how']) => deliver(world, arrival.response, entry, reply, how);
  if (!visit) return send(htmlReply(404, notFoundPage));
  const take = struck(visit, entry);
  const slow = take('slow');
  if (slow && (slow.beforeMs > 0 || slow.jitterMs > 0))
    await pause(visit, slow.beforeMs + world.random() * slow.jitterMs);
  const blocked = blockedReply(take);
  if (blocked) return send(blocked);
  const loss = take('lose');
  if (loss?.when === 'before') return send(noReply, loss.how);
  const late = take('late-effect');
  if (late) {
    world.clock.at(visit.atMs + late.afterMs, () => effectLate(visit, entry, visit.atMs + late.afterMs));
    return send(noReply, late.how);
  }
  const reply = answerOf(visit, take);
  remember(entry, reply);
  if (slow && slow.afterMs > 0) await wait(slow.afterMs);
  send(reply, loss?.how);
}

export type Take = <K extends KnobKind>(kind: K) => KnobOf<K> | undefined;
const noReply: Reply = { status: 200, json: {} };

/** Takes knobs for this visit and notes in the history which struck. */
function struck(visit: Visit, entry: HistoryEntry): Take {
  return (kind) => {
    const knob = visit.world.knobs.take(kind, visit.call);
    if (knob) entry.struckBy.push(kind);
    return knob;
  };
}

/** The gym gets to the call later, and judges it by its clock as it is then. */
async function pause(visit: Visit, forMs: number): Promise<void> {
  await wait(forMs);
  visit.atMs = visit.world.clock.nowMs();
}

function blockedReply(take: Take): Reply | undefined {
  if (take('geo-block')) return htmlReply(403, geoBlockPage);
  const knob = take('status');
  if (!knob) return undefined;
  const headers = knob.retryAfter === undefined ? {} : { 'retry-after': String(knob.retryAfter) };
  if (knob.page === 'json') return { status: knob.code, json: { error: knob.code }, headers };
  return { ...htmlReply(knob.code, knob.page === 'empty' ? '' : statusPage(knob.code)), headers };
}

function effectLate(visit: Visit, entry: HistoryEntry, atMs: number): void {
  remember(entry, answerOf({ ...visit, atMs }, struck(visit, entry)));
  visit.world.history.record(entry);
}

function remember(entry: HistoryEntry, reply: Reply): void {
  if (!reply.effect) return;
  entry.effect = reply.effect;
  entry.effectAtMs = systemMs();
}
