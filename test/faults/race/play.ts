// Plays the races of one wave in real time: the queue's deliveries, the faults and the members' own actions, each at its planned time before or after
// the race's opening. This file judges nothing and repairs nothing: recover.ts brings every prebooking to an end, and checker.ts checks the
// invariants.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Done } from '../staging/orders.ts';
import type { Stand } from '../staging/stand.ts';
import { type Opening, type Player, SAME_HOUR, WISHED } from './cast.ts';
import type { Berth, Duty, RaceCrew } from './crew.ts';
import type { Delivery } from './openings.ts';
import { type Crooked, crookedDeliveries, signDelivery } from './signatures.ts';

/**
 * One wake-up, real or forged, that was delivered to a service process. `done` is the process's answer; undefined when the process died before it
 * answered.
 */
export interface Delivered {
  readonly opening: Opening;
  readonly by: Delivery['by'] | 'afterwards';
  readonly done: Done | undefined;
}

export interface Witness {
  readonly delivered: Delivered[];
  /** By the prebooking's id: how a service process answered the order to withdraw it; undefined when the process died before it answered. */
  readonly withdrawals: Map<string, Done | undefined>;
  /**
   * By the prebooking's id: the instant, epoch ms, at which the planned act was done: the member booked by hand or withdrew, or the gym ended the
   * background session.
   */
  readonly handed: Map<string, number>;
  /** When Postgres was down, in epoch ms, after the planned fault of one opening crashed it. One Postgres serves all openings of the campaign. */
  readonly crashed: { fromMs: number; toMs: number }[];
  readonly sweeps: Done[];
  /** Each delivery that is wrong or odd on purpose, with its answer's HTTP status; `status` is undefined when the process died before it answered. */
  readonly crooked: { readonly one: Crooked; readonly status: number | undefined }[];
  /** By the box's slug: whether the process that sends a booking request to this box is killed before or after the gym acts on the request. */
  readonly doomed: Map<string, 'before' | 'after'>;
}

/**
 * Gives the function that watches the calls at the proxy between the processes and the gym, and kills the process whose booking request goes to a box
 * of `doomed` (boxes whose race a kill is to strike). The campaign's proxy passes a killed process's request on to the gym all the same, so the gym
 * acts on that request.
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
 * Gives the berth (a service process's fixed place) whose process gets a delivery; the deliveries of one opening go to different processes. If an
 * opening's fault suspends the process that races, the opening's first delivery goes to a berth kept for such openings, so that the suspended process
 * delays no other fault.
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

/** Gives every process the table of kill points by box: a process that gets the race of a box in the table kills itself at the box's point. */
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
  // A message of the queue carries the id of any one prebooking of the opening, and wakes the race of all of them.
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

/** Gives the body of a forged delivery of the queue: besides the prebooking's id it has every field that a careless handler might believe. */
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
      // The process is not killed here: `watchWires` kills it when its booking request passes the proxy between the process and the gym.
      return void witness.doomed.set(opening.plan.slug, blow.when);
    case 'stop':
      await at(blow.atMs, async () => berth.signal('SIGSTOP'));
      return at(blow.atMs + blow.forMs, async () => berth.signal('SIGCONT'));
    case 'refuse':
      await at(blow.atMs, async () => berth.proxy?.refuse());
      return at(blow.atMs + blow.forMs, async () => berth.proxy?.open());
    case 'terminate':
      // `terminateConnections` fails while another fault has stopped the database; the error is ignored, because no connection is left to end.
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
