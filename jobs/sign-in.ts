// A member signs in at the gym: one login for the member's device, one for the service, and a puntual session. The password is sent to the gym twice,
// once for each login, and stored only if an admitted member asks for it. If the gym refuses the password at the device's login, no second login is
// tried. A newcomer that is not admitted costs one login at the gym, which proved the newcomer's identity; nothing of that login is stored.
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { ErasureList } from '../services/account/erasure-list.ts';
import { remove } from '../services/account/remove.ts';
import type { Clock } from '../services/clock.ts';
import { Failure } from '../services/failures.ts';
import type { Gym, GymKey, SignInAnswer } from '../services/gym/gym.ts';
import type { Access } from '../services/identity/access.ts';
import { invitationHash, notAdmitted } from '../services/identity/admission.ts';
import type { Family } from '../services/identity/family.ts';
import { withinLoginLimits } from '../services/identity/login-limit.ts';
import { openUserSession } from '../services/identity/open-user-session.ts';
import { keepLogin } from '../services/renewal/kept-login.ts';
import { sealKey } from '../services/renewal/open-session.ts';
import type { MemberSeal, Seal } from '../services/seal/seal.ts';
import { Secret } from '../services/secret.ts';
import { fingerprintFrom, newFingerprint, type SessionType } from '../services/session/session.ts';
import type { AdmissionPolicy } from '../services/store/admission-store.ts';
import type { OwnBox, PlacedBoxes } from '../services/store/box-store.ts';
import type { KeptLoginCard } from '../services/store/kept-login-store.ts';
import type { Member } from '../services/store/member-store.ts';
import type { Store } from '../services/store/store.ts';

export interface SignInServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly gym: Gym;
  readonly seal: Seal;
  readonly access: Access;
  readonly family: Family;
  readonly logger: Logger;
  readonly admission: AdmissionPolicy;
  /** False if this deployment keeps no logins (e-mail and password) of members. */
  readonly allowKeptLogin?: boolean | undefined;
  /** The list of erased members; absent where there is no disk. */
  readonly erasures?: ErasureList | undefined;
}

export interface SignInRequest {
  readonly email: string;
  readonly password: Secret;
  /** True if the member agrees to store e-mail and password, false to delete them. If `keepLogin` is absent, a kept login stays as it is. */
  readonly keepLogin?: boolean | undefined;
  /** The device's fingerprint, if an earlier sign-in gave it one. */
  readonly fingerprint?: string | undefined;
  /** The secret code from an invitation's link. */
  readonly invitation?: Secret | undefined;
  /**
   * True if a person who waits for admission withdraws the request to be admitted: their data is deleted. A member that is admitted already has no
   * request for admission to withdraw, and signs in as usual even with `withdrawRequest`.
   */
  readonly withdrawRequest?: boolean | undefined;
  readonly userAgent?: string | undefined;
  readonly ip?: string | undefined;
  /** The person who asks, if a verified token already names one: a member without a gym account is then linked to this login's gym account. */
  readonly asking?:
    | { readonly userId: string; readonly supabaseSessionId?: string | undefined; readonly issuedAt?: Date | undefined }
    | undefined;
}

export interface SignedIn {
  readonly member: Member;
  readonly boxes: readonly OwnBox[];
  /** Boxes that the gym names and that the service cannot identify, each with the reason. */
  readonly unplaced: PlacedBoxes['unplaced'];
  readonly device: { readonly fingerprint: string; readonly token: Secret };
  /** What may be shown of the member's stored e-mail and password, if there are any. */
  readonly keptLogin: KeptLoginCard | undefined;
  readonly sessionId: string;
  readonly accessToken: Secret;
  readonly refreshToken: Secret;
  /** When the access token of the puntual session expires. */
  readonly expiresAt: Date;
}

/**
 * At sign-in, one page is opened at each of at most this many of the member's boxes; at some gyms a box knows a new login only once a page of the box
 * was opened with it. At the member's boxes beyond the first `MAX_WARMED`, a page is opened when a race is prepared there.
 */
const MAX_WARMED = 3;

type Granted = Extract<SignInAnswer, { kind: 'signed-in' }>;

/**
 * Throws login/not-kept-here, request/limited, gym/wrong-credentials, auth/not-admitted, auth/account-taken, gym/unreachable, gym/blocked,
 * gym/unreadable, database/….
 */
export async function signIn(services: SignInServices, request: SignInRequest): Promise<SignedIn> {
  const { store, seal, logger } = services;
  if (request.keepLogin && services.allowKeptLogin === false)
    throw new Failure('login/not-kept-here', 'This service keeps no logins: sign in without keepLogin.');
  const deviceFingerprint = request.fingerprint ?? newFingerprint();
  const { device, member, memberSeal, background } = await withinLoginLimits(services, request, async (isRight) => {
    const granted = await logIn(services, request, deviceFingerprint);
    isRight();
    // Admission comes before the background session's login: a person who is turned away gets no background session.
    const enrolled = await letIn(services, request, granted);
    const wrapped = await store.keepMemberKey(enrolled.id, seal.newMemberKey(enrolled.id));
    const opened = seal.openMember(enrolled.id, wrapped);
    const fingerprint = await backgroundFingerprint(services, enrolled, opened, granted);
    const second = await logIn(services, request, fingerprint);
    return { device: granted, member: enrolled, memberSeal: opened, background: second };
  });
  const placed = await place(services, member, device);
  const { boxes, unplaced } = placed;
  if (placed.isNews) logger.warn({ userId: member.id, unplaced }, 'sign-in: boxes of the member have no place');
  const [warmBackground, warmDevice] = await Promise.all(
    [background, device].map(({ key }) => services.gym.warmUp(key, device.boxes.slice(0, MAX_WARMED))),
  );
  await open(services, member, memberSeal, 'background', warmBackground ?? background.key);
  await open(services, member, memberSeal, 'device', warmDevice ?? device.key);
  const keptLogin = await keepAsAsked(services, request, { userId: member.id, seal: memberSeal });
  const supabaseSessionId = request.asking?.userId === member.id ? request.asking.supabaseSessionId : undefined;
  const own = await openUserSession(services, { ...request, member, deviceFingerprint, supabaseSessionId });
  return {
    member,
    boxes,
    unplaced,
    device: { fingerprint: deviceFingerprint, token: device.key.token },
    keptLogin,
    ...own,
  };
}

/**
 * Makes the boxes that the gym named at the device's login the member's only boxes. If the gym's list of boxes cannot be read, the member's boxes
 * stay as they are.
 */
async function place({ clock, store }: SignInServices, { id }: Member, device: Granted): Promise<PlacedBoxes> {
  const named = [...device.boxes, ...device.unplaced];
  if (!device.unplaced.some(({ reason }) => reason === 'unreadable')) return store.placeBoxes(id, named, clock.now());
  return {
    boxes: await store.readMemberBoxes(id),
    unplaced: device.unplaced.map(({ name, reason }) => ({ name, reason })),
    isNews: true,
  };
}

/** Admits the member, or throws auth/not-admitted. The operator sees the name and boxes of a person that has to wait for admission. */
async function letIn(
  services: SignInServices,
  { email, asking, invitation, withdrawRequest }: SignInRequest,
  { platformUserId, name, boxes, unplaced }: Granted,
): Promise<Member> {
  const { clock, store, admission: policy, logger } = services;
  const entry = await store.admitAtGym({
    platformUserId,
    email,
    name,
    slugs: boxes.map(({ slug }) => slug),
    boxIds: unplaced.flatMap(({ platformBoxId }) => platformBoxId ?? []),
    policy,
    invitationHash: invitation && invitationHash(invitation),
    linkTo: asking?.userId,
    issuedAt: asking?.issuedAt,
    now: clock.now(),
  });
  if (entry.verdict === 'admitted') return entry.member;
  // A waiting person who sent no verified token (`asking`) can withdraw the request for admission only here: the gym's login has proved who they are.
  if (entry.verdict === 'waiting' && withdrawRequest && !asking) {
    await remove(services, entry.member.id);
    throw notAdmitted('withdrawn');
  }
  if (entry.verdict === 'waiting') {
    await store.placeBoxes(entry.member.id, [...boxes, ...unplaced], clock.now());
    logger.info({ userId: entry.member.id }, 'sign-in: a member waits for the operator to let them in');
  }
  throw notAdmitted(entry.verdict);
}

async function keepAsAsked(
  services: SignInServices,
  { keepLogin: isAsked, email, password }: SignInRequest,
  member: { readonly userId: string; readonly seal: MemberSeal },
): Promise<KeptLoginCard | undefined> {
  if (isAsked) await keepLogin(services, member, { email, password });
  if (isAsked === false) await services.store.dropKeptLogin(member.userId, 'asked', services.clock.now());
  return services.store.readKeptLogin(member.userId);
}

/**
 * The fingerprint of the service's login, always the same for a member and gym account: each new fingerprint counts as one more device at the gym.
 */
async function backgroundFingerprint(
  { store }: SignInServices,
  member: Member,
  memberSeal: MemberSeal,
  { platformUserId }: Granted,
): Promise<string> {
  const stored = await store.readBackgroundSession(member.id);
  return stored?.fingerprint ?? fingerprintFrom(memberSeal.digest(new Secret(`background login of ${platformUserId}`)));
}

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
  key: GymKey,
): Promise<void> {
  const at = { userId: member.id, chain: randomUUID(), sessionType, attemptId: randomUUID(), generation: 0 };
  const sealed = sealKey(memberSeal, at, key);
  await store.openGymSession({ ...at, ...sealed, fingerprint: key.fingerprint, now: clock.now() });
}
