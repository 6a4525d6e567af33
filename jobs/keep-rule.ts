// A member creates or changes a weekly rule. The rule's waiting prebookings are changed to fit the rule, and classes that open before the next sweep
// are prebooked.
import { type ExpandServices, expandRules } from '../services/expansion/expand-rules.ts';
import { asFailure, Failure } from '../services/failures.ts';
import type { NotifyOptions } from '../services/notify/notify.ts';
import { isAssumed } from '../services/prebooking/possible-openings.ts';
import { judgeReadiness, MIN_CONFIDENCE, type Readiness } from '../services/prebooking/readiness.ts';
import { WARNINGS, type Warning } from '../services/prebooking/warnings.ts';
import { backgroundStatusOf } from '../services/race/background-status.ts';
import { confidenceOf } from '../services/race/learn-opening.ts';
import type { RuleWish } from '../services/rule/rule.ts';
import { overlapsWithRules } from '../services/rule/rule-overlap.ts';
import type { Followed, Rule } from '../services/store/rule-store.ts';

export type KeepServices = ExpandServices & { readonly notifyOptions?: NotifyOptions | undefined };

export interface KeptRule extends Followed {
  readonly rule: Rule;
  readonly warnings: readonly Warning[];
  readonly readiness: Readiness;
}

/**
 * The request that changes a rule prebooks those of the rule's classes that open within this time. Sweeps, which prebook the rule's other classes,
 * come every minute, on Vercel every five minutes.
 */
const SOON_MS = 10 * 60_000;
/** After this many ms, a request that changes a member's rules or pauses takes up no further day of the rules. */
const EXPANDING_MS = 8_000;

/** Throws rule/missing, rule/duplicate, rule/too-many, box/missing, account/erasing, database/…. */
export async function keepRule(
  services: KeepServices,
  asked: { readonly id: string; readonly userId: string; readonly isNew: boolean; readonly wish: RuleWish },
): Promise<KeptRule> {
  const { store, clock } = services;
  const kept = await store.keepRule({ ...asked, now: clock.now() });
  if (!kept) throw new Failure('rule/missing', 'Expected one of your own rules.');
  await askForSoon(services, asked.userId);
  return { ...kept, ...(await adviseOnRule(services, kept.rule)) };
}

/**
 * Prebooks those classes of the member's rules that open within `SOON_MS`, because the next sweep might be too late for these classes. A failure of
 * `askForSoon` is only logged, and the change of the rule stands.
 */
export async function askForSoon(services: ExpandServices, userId: string): Promise<void> {
  const nowMs = services.clock.now().getTime();
  const [until, opensBefore] = [new Date(nowMs + EXPANDING_MS), new Date(nowMs + SOON_MS)];
  await expandRules(services, { userId, until, opensBefore }).catch((error: unknown) =>
    services.logger.warn({ code: asFailure(error).code }, 'rules: the sweep will ask for what opens soon'),
  );
}

async function adviseOnRule(services: KeepServices, rule: Rule): Promise<Pick<KeptRule, 'warnings' | 'readiness'>> {
  const { store, clock, notifyOptions } = services;
  const now = clock.now();
  const { userId } = rule;
  const [box, channels, rules, usage, backgroundStatus] = await Promise.all([
    store.readBox(rule.boxId),
    store.readNoticeChannels(userId),
    store.readRules(userId),
    store.readUsage(userId, now),
    backgroundStatusOf(store, { userId, neededAt: new Date(now.getTime() + SOON_MS) }, now),
  ]);
  const isZoneAssumed = box !== null && isAssumed(box);
  const openingConfidence = box && box.openingRule !== undefined ? confidenceOf(box) : 0;
  const rows = { isAlive: undefined, missing: undefined, couldReadDay: true, hasWakeUp: true, skewMs: undefined };
  const readiness = judgeReadiness({ ...rows, backgroundStatus, openingConfidence, isZoneAssumed }, now);
  const isTold = channels.some(({ state }) => state === 'live' || state === 'failing');
  const found: Partial<Record<Warning, boolean>> = {
    overlaps: overlapsWithRules(rule, rules),
    'login-needed': readiness.findings.some(({ kind }) => kind === 'no-session'),
    'zone-assumed': isZoneAssumed,
    'opening-unsure': openingConfidence < MIN_CONFIDENCE,
    quota: usage !== null && !usage.unlimited && usage.tokens <= 0,
    'no-channel': !isTold && notifyOptions?.operator === undefined,
  };
  return { readiness, warnings: WARNINGS.filter((warning) => found[warning] === true) };
}
