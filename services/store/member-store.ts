// Members, their boxes, and their gym sessions' beginnings.
import { z } from 'zod';
import type { DiscoveredBox, UnplacedBox } from '../gym/gym.ts';
import type { SessionType } from '../session/session.ts';
import type { Call } from './call.ts';
import { boxRow, memberRow, sealedSessionRow, sessionCardRow } from './rows.ts';

const placedBoxesRow = z.object({
  boxes: z.array(boxRow),
  unplaced: z.array(z.object({ name: z.string(), reason: z.string() })),
  /** Others are left out than at the login before. */
  isNews: z.boolean(),
});
/** Where a login has placed a member. */
export type PlacedBoxes = z.infer<typeof placedBoxesRow>;

export const memberStore = (call: Call) => ({
  /**
   * The member of this gym account, made when new. `linkTo` is a member who asks for it and has none yet: it becomes theirs.
   * Throws auth/account-taken when it is another's.
   */
  enrolMember: (a: { platformUserId: string; email: string; name: string; linkTo?: string | undefined; now: Date }) =>
    call(
      'enrol_member',
      { platform_user_id: a.platformUserId, email: a.email, name: a.name, link_to: a.linkTo, now: a.now },
      memberRow,
    ),
  /** Offers a wrapped data key; answers the one that is kept, which is the first ever offered. */
  keepMemberKey: (userId: string, key: { kid: string; wrapped: string }) =>
    call('keep_member_key', { user_id: userId, kid: key.kid, wrapped: key.wrapped }, z.string()),
  /** Makes the member belong to these boxes and no others; one that the login did not place is known by its id, or left out. */
  placeBoxes: (userId: string, boxes: readonly (DiscoveredBox | UnplacedBox)[], now: Date) =>
    call('place_boxes', { user_id: userId, boxes, now }, placedBoxesRow),
  /** How many boxes of members have no place, by reason. */
  countUnplaced: () => call('count_unplaced', {}, z.record(z.string(), z.number())),
  readMemberBoxes: (userId: string) => call('read_member_boxes', { user_id: userId }, z.array(boxRow)),
  readBox: (id: string) => call('read_box', { id }, boxRow.nullable()),
  /** The rule, the zone or both; without a rule the one that stands is left alone. Answers the number of boxes changed. */
  declareOpeningRule: (a: {
    boxId: string;
    rule?: unknown;
    timeZone?: string;
    source: 'announced' | 'observed' | 'declared';
  }) =>
    call(
      'declare_opening_rule',
      { box_id: a.boxId, rule: a.rule, time_zone: a.timeZone, source: a.source },
      z.number(),
    ),
  openGymSession: (a: {
    userId: string;
    sessionType: SessionType;
    fingerprint: string;
    chain: string;
    attemptId: string;
    tokenDigest: string;
    tokenSealed: string;
    cookiesSealed: string;
    now: Date;
  }) =>
    call(
      'open_gym_session',
      {
        user_id: a.userId,
        type: a.sessionType,
        fingerprint: a.fingerprint,
        chain: a.chain,
        attempt: a.attemptId,
        token_digest: a.tokenDigest,
        token_sealed: a.tokenSealed,
        cookies_sealed: a.cookiesSealed,
        now: a.now,
      },
      sessionCardRow,
    ),
  readBackgroundSession: (userId: string) =>
    call('read_background_session', { user_id: userId }, sealedSessionRow.nullable()),
  readDeviceSession: (userId: string, fingerprint: string) =>
    call('read_device_session', { user_id: userId, fingerprint }, sealedSessionRow.nullable()),
  /** Answers how many devices left. */
  purgeDeviceSessions: (before: Date) => call('purge_device_sessions', { before }, z.number()),
});
