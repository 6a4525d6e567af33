// What a member should know about the wish just written down: warnings, and how ready it is as far as our own rows tell. The gym is not
// asked: the survey does that nearer to the opening.
import type { Clock } from '../services/clock.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { isWithinReach } from '../services/dispatch/wake-up.ts';
import type { NotifyOptions } from '../services/notify/notify.ts';
import { isAssumed } from '../services/prebooking/possible-openings.ts';
import type { Prebooking } from '../services/prebooking/prebooking.ts';
import { judgeReadiness, type Readiness } from '../services/prebooking/readiness.ts';
import { type Warning, warningsOf } from '../services/prebooking/warnings.ts';
import { confidenceOf, isOpeningByRule } from '../services/race/learn-opening.ts';
import type { Store } from '../services/store/store.ts';

export interface AdviceServices {
  readonly clock: Clock;
  readonly store: Store;
  readonly dispatch: Dispatch;
  readonly notifyOptions?: NotifyOptions | undefined;
}

export interface Advice {
  readonly warnings: readonly Warning[];
  readonly readiness: Readiness;
}

/** A member has at most eighty that wait, and the newest come first. */
const MAX_OTHERS = 200;

/** @param isOpeningGiven whether the member said when it opens: otherwise it was worked out in the box's zone. Throws database/…. */
export async function adviseOnWish(
  services: AdviceServices,
  { prebooking, isOpeningGiven }: { prebooking: Prebooking; isOpeningGiven: boolean },
): Promise<Advice> {
  const { store, clock, dispatch, notifyOptions } = services;
  const { userId, boxId } = prebooking;
  const now = clock.now();
  const [box, session, channels, others] = await Promise.all([
    store.readBox(boxId),
    store.readBackgroundSession(userId),
    store.readNoticeChannels(userId),
    store.readMemberPrebookings(userId, undefined, MAX_OTHERS),
  ]);
  const isZoneAssumed = !isOpeningGiven && box !== null && isAssumed(box);
  const readiness = judgeReadiness(
    {
      backgroundStatus: session?.quarantinedAt ? 'quarantined' : session?.status,
      isAlive: undefined,
      // The wish was taken: its class stood in a list, or the day is not published yet.
      missing: undefined,
      couldReadDay: true,
      // Beyond the queue's longest delay none is due yet.
      hasWakeUp: prebooking.messageId !== undefined || !isWithinReach(dispatch, prebooking.opensAt, now),
      openingConfidence: box && isOpeningByRule(box, prebooking) ? confidenceOf(box) : undefined,
      isZoneAssumed,
      skewMs: undefined,
    },
    now,
  );
  const warnings = warningsOf({
    wish: prebooking,
    others,
    hasLogin: !readiness.findings.some(({ kind }) => kind === 'no-session'),
    isZoneAssumed,
    hasChannel:
      channels.some(({ state }) => state === 'live' || state === 'failing') || notifyOptions?.operator !== undefined,
  });
  return { warnings, readiness };
}
