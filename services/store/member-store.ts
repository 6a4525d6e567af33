// Members, their boxes, and their gym sessions' beginnings.
import { z } from 'zod';
import type { DiscoveredBox } from '../gym/gym.ts';
import type { SessionType } from '../session/session.ts';
import type { Call } from './call.ts';
import { boxRow, memberRow, sealedSessionRow, sessionCardRow } from './rows.ts';

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
  joinBoxes: (userId: string, boxes: readonly DiscoveredBox[], now: Date) =>
    call('join_boxes', { user_id: userId, boxes, now }, z.array(boxRow)),
  readMemberBoxes: (userId: string) => call('read_member_boxes', { user_id: userId }, z.array(boxRow)),
  readBox: (id: string) => call('read_box', { id }, boxRow.nullable()),
  /** Answers the number of boxes changed. */
  declareOpeningRule: (a: {
    boxId: string;
    rule: unknown;
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
