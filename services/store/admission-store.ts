// Admission: which state a new member gets, the operator's decision on a member, and invitations, stored as hashes.
import { z } from 'zod';
import type { Call } from './call.ts';
import { instant, maybeInstant, text } from './column.ts';
import { memberRow } from './member-store.ts';

/** A member's admission: a `guest` uses only what needs no admission. */
export const ADMISSIONS = ['guest', 'waiting', 'admitted', 'refused'] as const;
export type Admission = (typeof ADMISSIONS)[number];
/** Which new members are admitted: all, those with an invitation, those that the operator approves, or none. */
export const ADMISSION_MODES = ['open', 'invite', 'approve', 'closed'] as const;
export type AdmissionMode = (typeof ADMISSION_MODES)[number];
/** The operator's setting for new members. `boxes` are the slugs of the boxes from which members are admitted; an empty list means every box. */
export interface AdmissionPolicy {
  readonly mode: AdmissionMode;
  readonly boxes: readonly string[];
}

/** Why a person is not admitted; a new person gets a row in `members` only if the reason is `waiting`. */
export const TURNED_AWAY = ['waiting', 'refused', 'other-box', 'invitation-over', 'uninvited', 'closed'] as const;
export type TurnedAway = (typeof TURNED_AWAY)[number];

const admittedRow = z.discriminatedUnion('verdict', [
  z.object({ verdict: z.literal('admitted'), member: memberRow }),
  z.object({ verdict: z.literal('waiting'), member: memberRow }),
  z.object({ verdict: z.enum(['refused', 'other-box', 'invitation-over', 'uninvited', 'closed']) }),
]);

const listedMemberRow = z.object({
  id: z.string(),
  name: z.string(),
  admission: z.enum(ADMISSIONS),
  since: maybeInstant,
  boxes: z.array(z.object({ id: z.string(), subdomain: z.string(), name: z.string() })),
  /** How many of the member's prebookings have not ended. */
  wishes: z.number(),
  lastSeenAt: maybeInstant,
});
export type ListedMember = z.infer<typeof listedMemberRow>;

/** `ended` is false if a refused member still has access, because a race of the member runs and needs the login at the gym. */
const judgedRow = z.object({ admission: z.enum(ADMISSIONS), ended: z.boolean() });

const invitationRow = z.object({
  id: z.string(),
  note: text,
  createdAt: instant,
  expiresAt: instant,
  usedAt: maybeInstant,
  usedBy: text,
  state: z.enum(['open', 'used', 'revoked', 'expired']),
});
export type Invitation = z.infer<typeof invitationRow>;

/** The calls to the database that concern admission. */
export const admissionStore = (call: Call) => ({
  /**
   * Stores the member that the gym has authenticated, if the policy admits the member or lets them wait; otherwise says why not. `linkTo` is the id
   * of a signed-in member without a gym account, to whom this gym account is then linked. Throws auth/account-taken when the gym account is another
   * member's, and auth/session-revoked when the member `linkTo` was erased after the request's Supabase token was issued (`issuedAt`).
   */
  admitAtGym: (a: {
    platformUserId: string;
    email: string;
    name: string;
    /**
     * Slugs of the boxes that the gym named with an address in its answer to the login. `boxIds` are the gym's ids of the boxes that its answer to
     * the login named without an address.
     */
    slugs: readonly string[];
    boxIds: readonly string[];
    policy: AdmissionPolicy;
    invitationHash?: string | undefined;
    linkTo?: string | undefined;
    issuedAt?: Date | undefined;
    now: Date;
  }) =>
    call(
      'admit_at_gym',
      {
        platform_user_id: a.platformUserId,
        email: a.email,
        name: a.name,
        slugs: a.slugs,
        box_ids: a.boxIds,
        mode: a.policy.mode,
        admit_boxes: a.policy.boxes,
        invitation_hash: a.invitationHash,
        link_to: a.linkTo,
        now: a.now,
        issued_at: a.issuedAt,
      },
      admittedRow,
    ),
  /** Lists members in order of id, those after the id `after`: only those with the given `admission`, or all if it is undefined. */
  listMembers: (admission: Admission | undefined, after: string | undefined, limit: number) =>
    call('list_members', { admission, after, limit }, z.array(listedMemberRow)),
  judgeMember: (id: string, admission: 'admitted' | 'refused', now: Date) =>
    call('judge_member', { id, admission, now }, judgedRow.nullable()),
  /**
   * Refuses the member. Then deletes the member and all the member's rows (`ended` is true), unless a race of the member is running (`ended` is
   * false).
   */
  removeMember: (id: string, now: Date) => call('remove_member', { id, now }, judgedRow.nullable()),
  /**
   * Ends the access of members who were refused while a race of theirs ran, once that race is over. Returns for how many members access was ended.
   */
  showOutRefused: (now: Date) => call('show_out_refused', { now }, z.number()),
  createInvitation: (a: { id: string; secretHash: string; note: string | undefined; expiresAt: Date; now: Date }) =>
    call(
      'create_invitation',
      { id: a.id, secret_hash: a.secretHash, note: a.note, expires_at: a.expiresAt, now: a.now },
      z.number(),
    ),
  readInvitation: (secretHash: string, now: Date) =>
    call('read_invitation', { secret_hash: secretHash, now }, invitationRow.nullable()),
  listInvitations: (now: Date) => call('list_invitations', { now }, z.array(invitationRow)),
  /** Revokes an invitation. Returns 0 for an invitation that is used, revoked or unknown. */
  revokeInvitation: (id: string, now: Date) => call('revoke_invitation', { id, now }, z.number()),
});
