// The wrong twins of the race by name. Each twin is what a hurried engineer would write instead of the real race; the harness must fail on each.
import type { Services } from '../../../../worker/services.ts';
import type { RaceSetting } from '../orders.ts';
import type { Engine } from '../worker-process.ts';
import { checkThenBook } from './check-then-book.ts';
import { claimsHeld } from './claims-held.ts';
import { freesByDeadline } from './frees-by-deadline.ts';
import { readThenWritten } from './read-then-written.ts';
import { repeats503 } from './repeats-503.ts';
import { retriedBooking } from './retried-booking.ts';
import { timeoutFailed } from './timeout-failed.ts';
import { trustsWords } from './trusts-words.ts';
import { unverifiedBody } from './unverified-body.ts';

/** Gives the functions with which the twin replaces functions of the real `Engine` (worker-process.ts). */
export type RaceTwin = (services: Services, setting: RaceSetting) => Partial<Engine>;

export const raceTwins: Readonly<Record<string, RaceTwin>> = {
  'check-then-book': checkThenBook,
  'p-retry around the POST': retriedBooking,
  'timeout = failed': timeoutFailed,
  'trusts words': trustsWords,
  'unverified webhook body': unverifiedBody,
  'status read then written': readThenWritten,
  'frees by the deadline': freesByDeadline,
  'repeats a 503': repeats503,
  'claims what is held': claimsHeld,
};
