// Plays the races of a wave in real time: deliveries, faults and other actions, each at its planned time before or after its opening. This file
// judges nothing and repairs nothing: recover.ts brings every prebooking to an end, and checker.ts checks the invariants.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Done } from '../staging/orders.ts';
import type { Stand } from '../staging/stand.ts';
import { type Opening, type Player, SAME_HOUR, WISHED } from './cast.ts';
import type { Berth, Duty, RaceCrew } from './crew.ts';
import type { Delivery } from './openings.ts';
import { type Crooked, crookedDeliveries, signDelivery } from './signatures.ts';

/** One delivery and its answer, `done`, which is undefined when the process that got the delivery died before it answered. */
export interface Delivered {
  readonly opening: Opening;
  readonly by: Delivery['by'] | 'afterwards';
  readonly done: Done | undefined;
}

export interface Witness {
  readonly delivered: Delivered[];
  /** The answers to withdrawals, by prebooking. */
  readonly withdrawals: Map<string, Done | undefined>;
  /** When the planned other action (a booking by hand, a withdrawal, an end of the session) was done, in epoch ms, by prebooking. */
  readonly handed: Map<string, number>;
  /** The stretches of time in which Postgres, which all openings share, was stopped by the fault of one opening. */
  readonly crashed: { fromMs: number; toMs: number }[];
  readonly sweeps: Done[];
  /** The answers to deliveries with odd signatures; a status is undefined when the process died before it answered. */
  readonly crooked: { readonly one: Crooked; readonly status: number | undefined }[];
  /** Boxes whose process dies while a request is on its way to the gym, and whether the kill comes before or after the gym acts. */
  readonly doomed: Map<string, 'before' | 'after'>;
}

/**
 * Plays kills of processes whose request is on the wire. The proxy passes the request on after its sender was killed, so the gym acts all the same.
 */
export const watchWires =
  (doomed: Witness['doomed']): Duty['watch'] =>
  ({ line }, berth) => {
    const slug = /^POST \S*\/box\/([^/]+)\/api\/book /.exec(line)?.[1] ?? '';
    const when = doomed.get(slug);
    if (!when) return undefined;
    doomed.delete(slug);
    const kill = async () => {
      berth.kill();
      return 'go' as const;
    };
    return { [when]: kill };
  };

export interface Stage {
  readonly stand: Stand;
  readonly crew: RaceCrew;
  readonly witness: Witness;
}

/**
 * Gives the berth for a delivery: deliveries of one opening go to different processes. A delivery whose process is stopped for long goes to a berth
 * of its own, so that it does not delay the other faults.
 */
const berthFor = ({ crew }: Stage, { plan }: Opening, nth: number): Berth => {
  const [apart, ...others] = crew.rough;
  if (plan.fault.blow?.do === 'stop' && nth === 0 && apart) return apart;
  const row = plan.fault.blow ? others : crew.calm;
  return row[(plan.index + nth) % row.length] as Berth;
};

export async function playRaces(stage: Stage, openings: readonly Opening[]): Promise<void> {
  await tellPoints(stage, openings);
  await Promise.all(openings.map((opening) => playOne(stage, opening)));
}

/** Tells every process the whole table of kill points: a process dies at the point of each box whose opening it gets. */
async function tellPoints({ crew }: Stage, openings: readonly Opening[]): Promise<void> {
  const points = Object.fromEntries(
    openings.flatMap(({ boxId, plan: { fault } }) => (fault.blow?.do === 'point' ? [[boxId, fault.blow.point]] : [])),
  );
  await crew.setPoints(points);
}

async function playOne(stage: Stage, opening: Opening): Promise<void> {
  const { fault } = opening.plan;
  const zeroMs = opening.opensAtMs + (fault.agoMs ?? 0);
  const at = async (ms: number, act: () => Promise<unknown>) => {
    await wait(Math.max(0, zeroMs + ms - Date.now()));
    await act();
  };
  const { slot } = fault;
  const ref = { box: opening.plan.slug, day: opening.day, timeid: WISHED.timeId, className: WISHED.className };
  await Promise.all([
    ...fault.deliveries.map((one, nth) => at(one.atMs, () => deliver(stage, opening, one, nth))),
    ...(slot ? [at(slot.atMs, () => stage.stand.gym.control.changeSlot({ slot: ref, change: slot.change }))] : []),
    ...(fault.blow ? [strike(stage, opening, at)] : []),
    ...opening.players.flatMap((player) => {
      const { hand } = player.plan.fault;
      return hand ? [at(hand.atMs, () => act(stage, opening, player))] : [];
    }),
  ]);
}

export async function deliver(stage: Stage, opening: Opening, delivery: Delivery, nth: number): Promise<void> {
  // A message of the queue carries any one of the opening's prebookings, which stands for all of them.
  const player = opening.players[nth % opening.players.length];
  if (!player) return;
  const { prebookingId } = player;
  const berth = berthFor(stage, opening, nth);
  const zeroMs = opening.opensAtMs + (opening.plan.fault.agoMs ?? 0);
  const until = delivery.endsMs === undefined ? undefined : zeroMs + delivery.endsMs;
  if (delivery.by === 'crooked') return tryCrooked(stage, berth, prebookingId);
  const order = {
    job: async () => ({ do: 'execute' as const, prebookingId, jti: randomUUID(), until }),
    door: async () => {
      const body = JSON.stringify({ prebookingId });
      return {
        do: 'request' as const,
        body,
        headers: { 'Upstash-Signature': await signDelivery(stage.stand.secrets, body) },
      };
    },
    forged: async () => ({ do: 'request' as const, body: forgedBody(opening, player), headers: {} }),
  };
  const done = await berth.send(await order[delivery.by]());
  stage.witness.delivered.push({ opening, by: delivery.by, done });
}

async function tryCrooked({ stand, witness }: Stage, berth: Berth, prebookingId: string): Promise<void> {
  for (const one of crookedDeliveries(stand.secrets, prebookingId)) {
    const done = await berth.send({ do: 'request', body: one.body, headers: await one.headers() });
    const { status } = (done?.report ?? {}) as { status?: number };
    witness.crooked.push({ one, status });
  }
}

/** Gives a delivery's body with every field that a careless handler might believe. */
const forgedBody = ({ plan }: Opening, { prebookingId, userId }: Player): string =>
  JSON.stringify({
    prebookingId,
    userId,
    classId: String(10 * (1_000 + plan.index) + 3),
    opensAt: new Date(0),
    waitlist: true,
  });

type At = (ms: number, act: () => Promise<unknown>) => Promise<void>;

async function strike(stage: Stage, opening: Opening, at: At): Promise<void> {
  const { blow } = opening.plan.fault;
  const { stand, witness } = stage;
  const berth = berthFor(stage, opening, 0);
  switch (blow?.do) {
    case 'kill':
      // The kill is played later, when the process's request passes the proxy (`watchWires`).
      return void witness.doomed.set(opening.plan.slug, blow.when);
    case 'stop':
      await at(blow.atMs, async () => berth.signal('SIGSTOP'));
      return at(blow.atMs + blow.forMs, async () => berth.signal('SIGCONT'));
    case 'refuse':
      await at(blow.atMs, async () => berth.proxy?.refuse());
      return at(blow.atMs + blow.forMs, async () => berth.proxy?.open());
    case 'terminate':
      // A database that another fault has just stopped has no connections to end: the error is ignored.
      return at(blow.atMs, () => stand.terminateConnections().catch(() => 0));
    case 'crash':
      return at(blow.atMs, async () => {
        const fromMs = Date.now();
        await stand.crashPostgres();
        witness.crashed.push({ fromMs, toMs: Date.now() });
      });
  }
}

async function act(
  { stand, crew, witness }: Stage,
  { plan, day }: Opening,
  { plan: { id, fault }, ...player }: Player,
): Promise<void> {
  const { hand } = fault;
  const { control } = stand.gym;
  if (hand?.do === 'kill-session') await control.killSession({ fingerprint: player.fingerprint });
  if (hand?.do === 'book') {
    const { timeId: timeid, className } = hand.what === 'wished' ? WISHED : SAME_HOUR;
    await control.bookByHand({ member: id, box: plan.slug, day, timeid, className });
  }
  if (hand?.do === 'withdraw') {
    const berth = crew.calm[id % crew.calm.length] as Berth;
    witness.withdrawals.set(player.prebookingId, await berth.send({ do: 'withdraw', ...player }));
  }
  witness.handed.set(player.prebookingId, Date.now());
}
