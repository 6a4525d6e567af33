// Many members at once, each with a background session that the pretend gym opened without a sign-in, for tests of refresh runs.
import { randomUUID } from 'node:crypto';
import { emptyJar, mergeCookies } from '../../services/gym/aimharder/cookies.ts';
import { sealKey } from '../../services/renewal/open-session.ts';
import { Secret } from '../../services/secret.ts';
import { newFingerprint } from '../../services/session/session.ts';
import type { MemberInput, ScenarioInput } from '../../simulator/scenario.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import type { Services } from '../../worker/services.ts';
import { enrol } from '../support/enrol.ts';

export interface FleetMember {
  readonly userId: string;
  readonly sessionId: string;
  readonly fingerprint: string;
  /** The member's id at the pretend gym. */
  readonly memberId: number;
}

/** Gives a scenario of the pretend gym with members 1 to `count`, spread over the boxes in turn. */
export function crowd(count: number, boxes: readonly string[] = ['norte', 'sur']): ScenarioInput {
  const member = (id: number): MemberInput => ({
    id,
    name: `Member ${id}`,
    email: `member${id}@example.test`,
    password: 'right',
    boxes: [boxes[id % boxes.length] ?? 'norte'],
  });
  return {
    seed: 7,
    boxes: boxes.map((slug, at) => ({ slug, boid: 77 + 11 * at, name: slug })),
    members: Array.from({ length: count }, (_, at) => member(at + 1)),
  };
}

const CONCURRENCY = 16;

/**
 * Stores members 1 to `count` of a scenario made by `crowd`, each with a background session that was renewed just now. `boxes` must be the list with
 * which `crowd` was called.
 */
export async function enlist(
  services: Pick<Services, 'store' | 'seal' | 'clock'>,
  gym: Simulator,
  count: number,
  boxes: readonly string[] = ['norte', 'sur'],
): Promise<FleetMember[]> {
  const logins = Array.from({ length: count }, (_, at) => ({ member: at + 1, fingerprint: newFingerprint() }));
  const opened = await gym.control.openSessions(logins);
  const fleet: FleetMember[] = [];
  // The first members of the boxes are written one after the other, because each creates the row of one box in the database.
  for (const one of opened.splice(0, boxes.length)) fleet.push(await enlistOne(services, gym, one, boxes));
  for (let at = 0; at < opened.length; at += CONCURRENCY) {
    const some = opened.slice(at, at + CONCURRENCY);
    fleet.push(...(await Promise.all(some.map((one) => enlistOne(services, gym, one, boxes)))));
  }
  return fleet;
}

type Opened = Awaited<ReturnType<Simulator['control']['openSessions']>>[number];

async function enlistOne(
  { store, seal, clock }: Pick<Services, 'store' | 'seal' | 'clock'>,
  gym: Simulator,
  { memberId, fingerprint, token, setCookies }: Opened,
  boxes: readonly string[],
): Promise<FleetMember> {
  const now = clock.now();
  const member = await enrol(store, {
    platformUserId: String(memberId),
    email: `member${memberId}@example.test`,
    name: `Member ${memberId}`,
    now,
  });
  const wrapped = await store.keepMemberKey(member.id, seal.newMemberKey(member.id));
  const slug = boxes[memberId % boxes.length] ?? '';
  const platformBoxId = String(77 + 11 * (memberId % boxes.length));
  await store.placeBoxes(member.id, [{ slug, platformBoxId, name: slug, role: 'client' }], now);
  const { jar } = mergeCookies(emptyJar(), setCookies, new URL(gym.mainUrl), now);
  const at = {
    userId: member.id,
    chain: randomUUID(),
    sessionType: 'background',
    attemptId: randomUUID(),
    generation: 0,
  } as const;
  const sealed = sealKey(seal.openMember(member.id, wrapped), at, { token: new Secret(token), cookies: jar });
  const session = await store.openGymSession({ ...at, ...sealed, fingerprint, now });
  return { userId: member.id, sessionId: session.id, fingerprint, memberId };
}
