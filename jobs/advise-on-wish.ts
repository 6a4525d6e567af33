// What a member should know about a wish: warnings when it is stored, and its readiness. Warnings and readiness come from puntual's own rows and from
// what the last readiness check read at the gym. This job does not ask the gym: the readiness check of the sweep does, nearer to the opening.
import type { Clock } from '../services/clock.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { isWithinReach } from '../services/dispatch/wake-up.ts';
import type { NotifyOptions } from '../services/notify/notify.ts';
import { isAssumed } from '../services/prebooking/possible-openings.ts';
import { isWaiting, type Prebooking } from '../services/prebooking/prebooking.ts';
import { judgeReadiness, MIN_CONFIDENCE, type Readiness, withLastLook } from '../services/prebooking/readiness.ts';
import { type Warning, type WarningFacts, warningsOf } from '../services/prebooking/warnings.ts';
import { backgroundStatusOf } from '../services/race/background-status.ts';
import { confidenceIn, isOpeningByRule } from '../services/race/learn-opening.ts';
import type { Box } from '../services/store/box-store.ts';
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

export interface AdviceRequest {
  readonly prebooking: Prebooking;
  /** Whether the member said when the class opens; if not, the opening was computed from the box's opening rule and time zone. */
  readonly isOpeningGiven: boolean;
  /** What the gym's list for the day of the class said of the class, if that list was read. */
  readonly listed?: { readonly isInPlan: boolean | undefined; readonly isCancelled: boolean } | undefined;
}

/** At most this many of the member's prebookings are read, newest first; at most eighty of a member's prebookings can be waiting. */
const MAX_OTHERS = 200;

/** Throws database/…. */
export async function adviseOnWish(services: AdviceServices, request: AdviceRequest): Promise<Advice> {
  const { store, clock, notifyOptions } = services;
  const { prebooking, isOpeningGiven, listed } = request;
  const { userId, boxId } = prebooking;
  const [box, channels, others, usage] = await Promise.all([
    store.readBox(boxId),
    store.readNoticeChannels(userId),
    store.readMemberPrebookings(userId, undefined, MAX_OTHERS),
    store.readUsage(userId, clock.now()),
  ]);
  const isZoneAssumed = !isOpeningGiven && box !== null && isAssumed(box);
  const readiness = await judge(services, prebooking, { box, isZoneAssumed });
  const warnings = warningsOf({
    wish: prebooking,
    others,
    hasLogin: !readiness.findings.some(({ kind }) => kind === 'no-session'),
    isZoneAssumed,
    hasChannel:
      channels.some(({ state }) => state === 'live' || state === 'failing') || notifyOptions?.operator !== undefined,
    isOpeningUnsure: !isOpeningGiven && (confidence(box, prebooking) ?? 1) < MIN_CONFIDENCE,
    isInPlan: listed?.isInPlan,
    isCancelled: listed?.isCancelled ?? false,
    quota: quotaOf(prebooking, others, usage),
  });
  return { warnings, readiness };
}

/** How ready a waiting wish is now; undefined once the wish is armed or has ended. Throws database/…. */
export async function readinessNow(services: AdviceServices, prebooking: Prebooking): Promise<Readiness | undefined> {
  if (!isWaiting(prebooking.status)) return undefined;
  const box = await services.store.readBox(prebooking.boxId);
  const isZoneAssumed = box !== null && isAssumed(box) && isOpeningByRule(box, prebooking);
  const byRows = await judge(services, prebooking, { box, isZoneAssumed });
  return withLastLook(byRows, prebooking.readiness, services.clock.now());
}

/** How reliable the box's opening rule is, from 0 to 1; undefined if this opening was not computed from the opening rule. */
const confidence = (box: Box | null, prebooking: Prebooking): number | undefined =>
  box ? confidenceIn(box, prebooking) : undefined;

async function judge(
  { store, clock, dispatch }: AdviceServices,
  prebooking: Prebooking,
  { box, isZoneAssumed }: { readonly box: Box | null; readonly isZoneAssumed: boolean },
): Promise<Readiness> {
  const now = clock.now();
  const { userId, opensAt: neededAt } = prebooking;
  const facts = {
    backgroundStatus: await backgroundStatusOf(store, { userId, neededAt }, now),
    isAlive: undefined,
    // `missing` is undefined, since no class can be missing here: a wish is accepted only if the gym listed its class or had not published the day
    // yet.
    missing: undefined,
    couldReadDay: true,
    hasWakeUp: hasWakeUp(prebooking, dispatch, now),
    openingConfidence: confidence(box, prebooking),
    isZoneAssumed,
    skewMs: undefined,
  };
  return judgeReadiness(facts, now);
}

/** True if the prebooking has a wake-up, or needs none: because it is claimed, or because its opening is beyond the queue's longest delay. */
const hasWakeUp = ({ status, messageId, opensAt }: Prebooking, dispatch: Dispatch, now: Date): boolean =>
  status === 'claimed' || messageId !== undefined || !isWithinReach(dispatch, opensAt, now);

/**
 * How many of the member's waiting wishes open in the plan's current period, and how many plan tokens are left; undefined if the plan does not limit
 * this wish.
 */
function quotaOf(
  prebooking: Prebooking,
  others: readonly Prebooking[],
  usage: Awaited<ReturnType<Store['readUsage']>>,
): WarningFacts['quota'] {
  if (!usage || usage.unlimited || prebooking.opensAt >= usage.periodEndsAt) return undefined;
  const isOfPeriod = ({ status, opensAt }: Prebooking) => isWaiting(status) && opensAt < usage.periodEndsAt;
  return { waiting: others.filter(isOfPeriod).length, tokens: usage.tokens };
}
