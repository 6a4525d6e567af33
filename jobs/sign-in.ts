// A member signs in at the gym: one login for the device in their hand, one for the service, and a session of our own.
// The password goes to the gym twice and nowhere else; a wrong one is never tried again.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import type { Gym, SignInAnswer } from '../services/gym/gym.ts';
import type { Access } from '../services/identity/access.ts';
import type { Family } from '../services/identity/family.ts';
import { withinLoginLimits } from '../services/identity/login-limit.ts';
import { openUserSession } from '../services/identity/open-user-session.ts';
import { sealKey } from '../services/renewal/open-session.ts';
import type { MemberSeal, Seal } from '../services/seal/seal.ts';
import type { Secret } from '../services/secret.ts';
import { newFingerprint, type SessionType } from '../services/session/session.ts';
import type { Box } from '../services/store/box-store.ts';
import type { Member } from '../services/store/member-store.ts';
import type { Store } from '../services/store/store.ts';

export interface SignInServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly access: Access;
  readonly family: Family;
}

export interface SignInRequest {
  readonly email: string;
  readonly password: Secret;
  /** The device's own, where it has one from an earlier time. */
  readonly fingerprint?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly ip?: string | undefined;
  /** Who is asking already, known by a verified token: a member without a gym account so far gets this one. */
  readonly asking?: { readonly userId: string; readonly supabaseSessionId?: string | undefined } | undefined;
}

export interface SignedIn {
  readonly member: Member;
  readonly boxes: readonly Box[];
  readonly device: { readonly fingerprint: string; readonly token: Secret };
  readonly sessionId: string;
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  /** The access token's end. */
  readonly expiresAt: Date;
}

type Granted = Extract<SignInAnswer, { kind: 'signed-in' }>;

/** Throws request/limited, gym/wrong-credentials, auth/account-taken, gym/unreachable, gym/blocked, gym/unreadable, database/…. */
export async function signIn(services: SignInServices, request: SignInRequest): Promise<SignedIn> {
  const { clock, store, seal } = services;
  const deviceFingerprint = request.fingerprint ?? newFingerprint();
  const { device, member, background } = await withinLoginLimits(services, request, async (isRight) => {
    const granted = await logIn(services, request, deviceFingerprint);
    isRight();
    // Before the second login, which an account that is somebody else's need not cost.
    const enrolled = await enrol(services, request, granted);
    return { device: granted, member: enrolled, background: await logIn(services, request, newFingerprint()) };
  });
  const now = clock.now();
  const wrapped = await store.keepMemberKey(member.id, seal.newMemberKey(member.id));
  const boxes = await store.joinBoxes(member.id, device.boxes, now);
  const memberSeal = seal.openMember(member.id, wrapped);
  await open(services, member, memberSeal, 'background', background);
  await open(services, member, memberSeal, 'device', device);
  const supabaseSessionId = request.asking?.userId === member.id ? request.asking.supabaseSessionId : undefined;
  const own = await openUserSession(services, { ...request, member, deviceFingerprint, supabaseSessionId });
  return { member, boxes, device: { fingerprint: deviceFingerprint, token: device.key.token }, ...own };
}

const enrol = ({ clock, store }: SignInServices, { email, asking }: SignInRequest, { platformUserId, name }: Granted) =>
  store.enrolMember({ platformUserId, email, name, linkTo: asking?.userId, now: clock.now() });

async function logIn(
  { gym }: SignInServices,
  { email, password }: SignInRequest,
  fingerprint: string,
): Promise<Granted> {
  const answer = await gym.signIn({ email, password }, fingerprint);
  if (answer.kind === 'signed-in') return answer;
  if (answer.kind === 'locked') {
    throw new Failure('gym/account-locked', 'The gym has locked this account for a while after too many attempts.');
  }
  throw new Failure('gym/wrong-credentials', 'The gym does not accept this e-mail and password.');
}

async function open(
  { clock, store }: SignInServices,
  member: Member,
  memberSeal: MemberSeal,
  sessionType: SessionType,
  { key }: Granted,
): Promise<void> {
  const at = { userId: member.id, chain: randomUUID(), sessionType, attemptId: randomUUID(), generation: 0 };
  const sealed = sealKey(memberSeal, at, key);
  await store.openGymSession({ ...at, ...sealed, fingerprint: key.fingerprint, now: clock.now() });
}
