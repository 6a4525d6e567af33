// A pretend gym whose clock can be set wrong and whose classes open soon, and members of puntual that want these classes. The gym is reached through
// a delay line, a process that passes all bytes on with a delay.
import { randomUUID } from 'node:crypto';
import type { DiscoveredBox } from '../services/gym/gym.ts';
import { localDay } from '../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { claimAndRace } from '../services/race/run-race.ts';
import { sealKey } from '../services/renewal/open-session.ts';
import { Secret } from '../services/secret.ts';
import { newFingerprint } from '../services/session/session.ts';
import type { SlotInput } from '../simulator/scenario.ts';
import { type SpawnedSimulator, spawnSimulator } from '../simulator/spawn.ts';
import { startDelayLine } from './delay-line.ts';
import type { Room } from './room.ts';
import { openService } from './service.ts';
import { trust } from './trust.ts';

const DAY_MS = 24 * 60 * 60_000;
const PASSWORD = 'right';

type Services = Awaited<ReturnType<typeof openService>>['services'];

export interface TownClass {
  readonly id: number;
  /** The instant at which the class opens, by the gym's clock. */
  readonly opensAt: Date;
  readonly limit: number;
  readonly rivals?: { count: number; afterOpeningMs: number; spreadMs: number };
}

export interface Town {
  readonly gym: SpawnedSimulator;
  /** The address of the pretend gym behind the delay line (a proxy that delays all bytes), or its own address if there is no delay line. */
  readonly farUrl: string;
  readonly day: string;
  readonly services: Services;
  /** Sets the gym's clock `ms` milliseconds ahead of this machine's clock. Do not call `setOffset` while a class of the gym is about to open. */
  setOffset(ms: number): Promise<void>;
  addBox(slug: string): Promise<void>;
  addClasses(slug: string, classes: readonly TownClass[]): Promise<void>;
  /** The gym's number of the box `slug`, which must be a box of this town. */
  boidOf(slug: string): string;
  /** Adds members of puntual, each with a background session, to the box `slug`; returns the members' ids at puntual. */
  addMembers(slug: string, count: number): Promise<string[]>;
  /** Stores the prebookings (one a member), runs their race as a wake-up from the queue does, and returns the prebookings as they ended. */
  race(slug: string, wishes: readonly { userId: string; wanted: TownClass }[]): Promise<readonly Prebooking[]>;
  /** Milliseconds from a class's opening to each booking's arrival, both on the gym's clock: one list for each class, in order of arrival. */
  arrivals(slug: string, classes: readonly TownClass[]): Promise<Map<number, number[]>>;
  close(): Promise<void>;
}

let members = 0;
let boxes = 0;

/**
 * Opens a town; a process can have only one town at a time (trust.ts). When `oneWayMs` is 0 there is no delay line (a proxy that delays all bytes),
 * so the gym itself answers TCP handshakes.
 */
export async function openTown(room: Room, oneWayMs: number): Promise<Town> {
  const gym = await spawnSimulator({ tls: true });
  const line = oneWayMs > 0 ? await startDelayLine(gym.url, oneWayMs) : { url: gym.url, stop: async () => undefined };
  trust(gym.ca ?? '');
  const { stack } = room;
  const { services, close } = await openService({
    supabaseUrl: stack.supabaseUrl,
    secretKey: stack.secretKey.reveal(),
    sealKeys: stack.secrets.sealKeys.reveal(),
    loginUrl: gym.loginUrl.replace(gym.url, line.url),
    mainUrl: gym.mainUrl.replace(gym.url, line.url),
    boxUrlTemplate: gym.boxUrlTemplate.replace(gym.url, line.url),
    folder: room.folder,
    ca: gym.ca,
  });
  const day = localDay(new Date(Date.now() + 2 * DAY_MS), 'Europe/Madrid');
  let offsetMs = 0;
  const boids = new Map<string, number>();
  const boxIds = new Map<string, string>();
  return {
    gym,
    farUrl: line.url,
    day,
    services,
    async setOffset(ms) {
      offsetMs = ms;
      await gym.control.followSystem(ms);
    },
    async addBox(slug) {
      boxes += 1;
      const boid = boxes;
      boids.set(slug, boid);
      await gym.control.addBox({ slug, boid, name: slug });
    },
    boidOf: (slug) => String(boids.get(slug)),
    async addClasses(slug, classes) {
      for (const one of classes) await gym.control.addSlot({ box: slug, ...slotOf(one, day) });
    },
    async addMembers(slug, count) {
      const ids: string[] = [];
      for (let at = 0; at < count; at += 1) {
        const box = { slug, platformBoxId: String(boids.get(slug)), name: slug, role: 'client' as const };
        const joined = await signIn(services, gym, box);
        boxIds.set(slug, joined.boxId);
        ids.push(joined.userId);
      }
      return ids;
    },
    async race(slug, wishes) {
      const made = [];
      for (const { userId, wanted } of wishes) {
        made.push(await wish(services, { userId, boxId: boxIds.get(slug) ?? '', day, wanted }));
      }
      return claimAndRun(services, made[0] ?? '');
    },
    async arrivals(slug, classes) {
      const seen = new Map<number, number[]>(classes.map((one) => [one.id, []]));
      for (const entry of await gym.control.history({ op: 'book', box: slug })) {
        const wanted = classes.find((one) => one.id === Number(entry.asked['id']));
        if (wanted) seen.get(wanted.id)?.push(entry.bodyReadAtMs + offsetMs - wanted.opensAt.getTime());
      }
      return seen;
    },
    async close() {
      await close();
      await line.stop();
      await gym.stop();
    },
  };
}

const slotOf = ({ id, opensAt, limit, rivals }: TownClass, day: string): SlotInput => ({
  day,
  id,
  time: '18:00 - 19:00',
  classId: id,
  className: `Class ${id}`,
  limit,
  opensAt: opensAt.getTime(),
  ...(rivals ? { rivals } : {}),
});

/** Adds a member and opens the member's background session by a real login call, as a sign-in does. */
async function signIn(services: Services, gym: SpawnedSimulator, box: DiscoveredBox) {
  members += 1;
  const id = members;
  const email = `bench${id}@example.test`;
  await gym.control.addMember({ id, email, password: PASSWORD, name: `Member ${id}`, boxes: [box.slug] });
  const fingerprint = newFingerprint();
  const answer = await services.gym.signIn({ email, password: new Secret(PASSWORD) }, fingerprint);
  if (answer.kind !== 'signed-in') throw new Error(`Expected to be signed in: ${answer.kind}.`);
  const { store, seal } = services;
  const now = new Date();
  const who = { platformUserId: `bench-${id}`, email, name: answer.name, slugs: [box.slug], boxIds: [], now };
  const entry = await store.admitAtGym({ ...who, policy: { mode: 'open', boxes: [] } });
  if (entry.verdict !== 'admitted') throw new Error(`Expected to be let in: ${entry.verdict}.`);
  const { member } = entry;
  const wrapped = await store.keepMemberKey(member.id, seal.newMemberKey(member.id));
  const [joined] = (await store.placeBoxes(member.id, [box], now)).boxes;
  const at = { userId: member.id, chain: randomUUID(), sessionType: 'background', attemptId: randomUUID() } as const;
  const sealed = sealKey(seal.openMember(member.id, wrapped), { ...at, generation: 0 }, answer.key);
  await store.openGymSession({ ...at, ...sealed, fingerprint, now });
  return { userId: member.id, boxId: joined?.id ?? '' };
}

async function wish(
  { store }: Services,
  { userId, boxId, day, wanted }: { userId: string; boxId: string; day: string; wanted: TownClass },
): Promise<string> {
  const id = randomUUID();
  const now = new Date();
  await store.createPrebooking({
    id,
    userId,
    boxId,
    day,
    classId: String(wanted.id),
    timeId: '1800_60',
    className: `Class ${wanted.id}`,
    familyId: undefined,
    waitlist: false,
    alternatives: [],
    opensAt: wanted.opensAt,
    startsAt: new Date(now.getTime() + 2 * DAY_MS),
    now,
  });
  await store.markScheduled({ id, version: 1, messageId: id, spareMessageId: undefined, now });
  return id;
}

async function claimAndRun(services: Services, prebookingId: string): Promise<readonly Prebooking[]> {
  const called = await claimAndRace(services, { prebookingId });
  if (called.state !== 'raced') throw new Error(`Expected to claim: ${called.state}.`);
  return called.prebookings;
}
