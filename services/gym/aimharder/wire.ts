// Parses each answer of AimHarder once, when it comes in. The parsers accept numbers sent as text, nulls, lists sent as objects, and JSON sent as
// text/html. The files that call the parsers, such as outcomes.ts, decide what an answer means.
import { z } from 'zod';
import { cleanName, storable } from '../foreign-text.ts';

/** The JSON in an answer's body, whatever `Content-Type` says; undefined for HTML, for an empty body, or for a body that broke off. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body.trim());
  } catch {
    return undefined;
  }
}

/** True for `1`, `"1"` and `true`, which mean that the session is logged out; false for `0`, `"0"`, `false`, null, "" and absence. */
export function isLogout(value: unknown): boolean {
  return value === 1 || value === true || (typeof value === 'string' && /^(?:1|true)$/i.test(value.trim()));
}

/** An id, which may come as text or as a number; undefined for null, "" and anything else. */
const id = z
  .union([z.string(), z.number()])
  .transform((value) => storable(String(value)) || undefined)
  .optional()
  .catch(undefined);

/** A whole number: the 14 of 14, "14" or "14 (5)", and the second number of "8/15" (eight places of fifteen). */
const count = z
  .union([z.string(), z.number()])
  .transform((value) => /^\s*(?:\d+\s*\/\s*)?(-?\d+)/.exec(String(value))?.[1])
  .transform((digits) => (digits === undefined ? undefined : Number(digits)))
  .optional()
  .catch(undefined);

/** A code that is a whole number and nothing else: "1 place left" is not code 1. */
const code = z
  .union([z.number().int(), z.string().regex(/^\s*-?\d+\s*$/)])
  .transform(Number)
  .optional()
  .catch(undefined);

const text = z.string().optional().catch(undefined);
/** A short text such as the name of a class, coach or person, or an hour, cleaned by `cleanName`; undefined if nothing of the text is left. */
const name = z
  .union([z.string(), z.number()])
  .transform((value) => cleanName(String(value)) || undefined)
  .optional()
  .catch(undefined);
const anything = z.unknown().optional();
/** A list, also one that comes as an object, because PHP sends a list with gaps as an object. */
const list = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown()).transform((all) => Object.values(all))]);

export const bookingRow = z.object({
  id,
  time: name,
  timeid: id,
  classId: id,
  className: name,
  coachName: name,
  limit: count,
  limitc: count,
  ocupation: count,
  waitlist: count,
  bookState: code,
  idres: id,
  cancelledId: id,
  enabled: code,
  resadmin: code,
  included: code,
});
export type BookingRow = z.infer<typeof bookingRow>;

const optionalList = list.optional().catch(undefined);
export const dayAnswer = z.object({ logout: anything, bookings: optionalList, resmsgs: optionalList });

/** The answer with a member's coming bookings; its rows are parsed separately, one by one (`agendaRow`). */
export const agendaAnswer = z.object({ logout: anything, nextClasses: optionalList });
export const agendaRow = z.object({ date: name });

/** The staff's list of a day's classes; each class and each person in it is parsed separately (`staffClassRow`, `athleteRow`). */
export const staffDayAnswer = z.object({ logout: anything, bookings: optionalList });
export const staffClassRow = z.object({ className: name, startTime: name, coachName: name, athletes: optionalList });
export const athleteRow = z.object({ name, realName: name, bookState: code, cancelDay: anything });

/** A message that comes as a text, or as an object with the text in `message`. */
const message = z
  .union([z.string(), z.object({ message: z.string() }).transform((one) => one.message)])
  .optional()
  .catch(undefined);
/** Every field in which the gym has been seen to say something to the member. */
const spoken = { errorMssg: message, errorMsg: message, error: message, message };

export const bookAnswer = z.object({
  logout: anything,
  bookState: code,
  id,
  max: count,
  errorMssgLang: text,
  ...spoken,
});
export type BookWire = z.infer<typeof bookAnswer>;

export const cancelAnswer = z.object({ logout: anything, cancelState: code, ...spoken });
export type Spoken = Pick<BookWire, keyof typeof spoken>;

export const renewAnswer = z.object({ logout: anything, newToken: text });
export type RenewWire = z.infer<typeof renewAnswer>;

export const whoamiAnswer = z.object({ logout: anything, data: anything });

const role = z.object({ role: name, gym: name, boid: id, centre_url: text });

/** The roles that the gym lists at a sign-in; undefined if it lists some and none can be read, which is not the same as an empty list. */
const roles = list
  .transform((all) => {
    const read = all.flatMap((each) => role.safeParse(each).data ?? []);
    return all.length > 0 && read.length === 0 ? undefined : read;
  })
  .optional()
  .catch(undefined);
const userData = z.object({ id, name, roles });

export const signInAnswer = z.object({
  error: z
    .union([z.object({ message: text }), z.string().transform((message) => ({ message }))])
    .optional()
    .catch(undefined),
  info: anything,
  data: z
    .object({
      userData: userData.optional().catch(undefined),
      auth: z.object({ authOK: anything, refreshToken: text, info: anything }).optional().catch(undefined),
      info: anything,
    })
    .optional()
    .catch(undefined),
});
export type SignInWire = z.infer<typeof signInAnswer>;
