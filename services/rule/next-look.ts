// When a day without a prebooking is read again, and from when its member is notified. Pure.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** How long before its opening a member is notified of a day that differs; without a known opening, before the day itself. */
export const TELL_MS = 24 * HOUR_MS;
/** Marks before an opening: late changes by the gym must not be missed. */
const MARKS_MS = [TELL_MS, HOUR_MS, 10 * MINUTE_MS] as const;

/** What is known of one day's time. */
export interface DayTime {
  /** Undefined while it is not known. */
  readonly opensAt: Date | undefined;
  /** The class's start, or the end of its day if the hour is not known: after that the day is not read any more. */
  readonly endsAt: Date;
}

const nearest = ({ opensAt, endsAt }: DayTime): Date => opensAt ?? endsAt;

/** Is it time to notify the member of the finding? */
export const isTimeToTell = (time: DayTime, now: Date): boolean =>
  nearest(time).getTime() - now.getTime() <= TELL_MS && nearest(time) > now;

/**
 * The next read: after `everyMs`, or at a mark before the opening that comes sooner. Undefined once the opening is over (the day, if no opening
 * is known).
 */
export function nextLook(time: DayTime, everyMs: number, now: Date): Date | undefined {
  const end = nearest(time).getTime();
  if (end <= now.getTime()) return undefined;
  const marks = MARKS_MS.map((ms) => end - ms).filter((at) => at > now.getTime());
  const next = Math.min(now.getTime() + everyMs, ...marks);
  return next < end ? new Date(next) : undefined;
}
