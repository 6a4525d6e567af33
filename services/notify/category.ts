// Decides to which category a notice belongs, and whether the notice can wait until the member's quiet hours end. A member may switch off the notices
// of a category.
import type { Notice } from '../store/notice-store.ts';

/** The categories of notices, which are the keys of `tell` in a member's account. A member cannot switch off the category `security`. */
export type Category =
  | 'won'
  | 'waitlisted'
  | 'moved-up'
  | 'lost'
  | 'risk'
  | 'recovered'
  | 'freed'
  | 'reminder'
  | 'rule-changed'
  | 'security';

const CATEGORIES: Readonly<Record<string, Category>> = {
  'prebooking-booked': 'won',
  'place-taken': 'won',
  'place-swapped': 'won',
  'swap-undone': 'lost',
  'swap-kept': 'lost',
  'swap-stuck': 'risk',
  'watch-ended': 'lost',
  'watch-class-cancelled': 'lost',
  'watch-at-risk': 'risk',
  'prebooking-waitlisted': 'waitlisted',
  'place-moved-up': 'moved-up',
  'prebooking-refused': 'lost',
  'prebooking-unconfirmed': 'lost',
  'prebooking-missed': 'lost',
  'prebooking-at-risk': 'risk',
  'prebooking-rescue': 'risk',
  'session-needs-login': 'risk',
  'kept-login-dropped': 'risk',
  'session-recovered': 'recovered',
  'place-freed': 'freed',
  'class-reminder': 'reminder',
  'rule-changed': 'rule-changed',
  'session-reused': 'security',
  'device-new': 'security',
  'account-erased': 'security',
};

/** The category of a kind of notice; undefined for an unknown kind, which is delivered nevertheless. */
export const categoryOf = (kind: string): Category | undefined => CATEGORIES[kind];

/** True if the member has switched off the category of the notice. */
export function isMuted({ kind }: Pick<Notice, 'kind'>, tell: Readonly<Record<string, boolean>>): boolean {
  const category = categoryOf(kind);
  return category !== undefined && category !== 'security' && tell[category] === false;
}

const SOON_MS = 12 * 60 * 60_000;

/**
 * True for a notice that is sent even in quiet hours, because its class, or the opening that it concerns, is at most twelve hours away.
 * @param nextOpeningAt the opening of the member's next prebooking, which is at risk while the member's gym session has trouble.
 */
export function cannotWait(notice: Notice, nextOpeningAt: Date | undefined, now: Date): boolean {
  // The channels of an erased member are deleted soon, so the notice of the erasure is sent even in the member's quiet hours.
  if (notice.kind === 'account-erased') return true;
  const until = { risk: notice.prebooking?.opensAt ?? nextOpeningAt, freed: startIn(notice) }[
    categoryOf(notice.kind) as 'risk' | 'freed'
  ];
  return until !== undefined && until.getTime() - now.getTime() <= SOON_MS;
}

function startIn({ payload, prebooking }: Notice): Date | undefined {
  if (prebooking) return prebooking.startsAt;
  const startsAt = new Date(String(payload['startsAt']));
  return Number.isNaN(startsAt.getTime()) ? undefined : startsAt;
}
