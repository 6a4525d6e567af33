// When a day that became no prebooking is looked at again, and from when its member is told. Pure.

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A member hears of a day that differs so long before its opening, and where that is not known before the day itself. */
export const TELL_MS = 24 * HOUR_MS;
/** Before an opening: what the gym changes at last must not be missed. */
const MARKS_MS = [TELL_MS, HOUR_MS, 10 * MINUTE_MS] as const;

/** What is known of one day's time. */
export interface DayTime {
  /** Undefined while it is not known. */
  readonly opensAt: Date | undefined;
  /** The class's start, or where its hour is not known the end of its day: after that nothing is looked for. */
  readonly endsAt: Date;
}

const nearest = ({ opensAt, endsAt }: DayTime): Date => opensAt ?? endsAt;

/** Is it time to tell what was found? */
export const isTimeToTell = (time: DayTime, now: Date): boolean =>
  nearest(time).getTime() - now.getTime() <= TELL_MS && nearest(time) > now;

/**
 * The next look: after `everyMs`, or at a mark before the opening that comes sooner. Undefined when the opening, or where none is known the
 * day, is over.
 */
export function nextLook(time: DayTime, everyMs: number, now: Date): Date | undefined {
  const end = nearest(time).getTime();
  if (end <= now.getTime()) return undefined;
  const marks = MARKS_MS.map((ms) => end - ms).filter((at) => at > now.getTime());
  const next = Math.min(now.getTime() + everyMs, ...marks);
  return next < end ? new Date(next) : undefined;
}
