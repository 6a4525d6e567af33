// Says when the gym's list is read again for a rule's day without a prebooking, and whether it is time to notify the member of the day's finding. The
// functions of this file are pure.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long before the opening (or, if the opening is not known, before the class) a member is notified of why a rule's day has no prebooking. */
export const TELL_MS = 24 * HOUR_MS;
/** A rule's day is also read at each of these times before the opening (or, if the opening is not known, before the class), to see late changes. */
const MARKS_MS = [TELL_MS, HOUR_MS, 10 * MINUTE_MS] as const;

/** When the class of one day of a rule opens, and until when the service reads the gym's list of that day. */
export interface DayTime {
  /** When the class opens; undefined while the opening is not known. */
  readonly opensAt: Date | undefined;
  /** The class's start, or the end of its day if the hour is not known. After `endsAt` the gym's list of the day is not read. */
  readonly endsAt: Date;
}

const nearest = ({ opensAt, endsAt }: DayTime): Date => opensAt ?? endsAt;

/** Says whether it is time to notify the member of the day's finding (why the day became no prebooking). */
export const isTimeToTell = (time: DayTime, now: Date): boolean =>
  nearest(time).getTime() - now.getTime() <= TELL_MS && nearest(time) > now;

/**
 * When to read the rule's day at the gym next: after `everyMs`, or sooner, at 24 h, 1 h or 10 min (`MARKS_MS`) before the opening. While the opening
 * is not known, `DayTime.endsAt` is used in place of the opening. Undefined if the next read would not come before the opening (or before
 * `DayTime.endsAt`, if the opening is not known).
 */
export function nextLook(time: DayTime, everyMs: number, now: Date): Date | undefined {
  const end = nearest(time).getTime();
  if (end <= now.getTime()) return undefined;
  const marks = MARKS_MS.map((ms) => end - ms).filter((at) => at > now.getTime());
  const next = Math.min(now.getTime() + everyMs, ...marks);
  return next < end ? new Date(next) : undefined;
}
