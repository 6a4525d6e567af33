// What the gym does as far as this deployment knows: seen by renewals, or read by the doctor and saved.
import { z } from 'zod';
import type { Call } from './call.ts';

/** By fact; one that is absent is the usual case. `docs/gym-facts.md` lists them. */
export type GymFacts = Readonly<Record<string, string>>;
const settledAliveRow = z.object({ settled: z.boolean(), exists: z.boolean() });

/** The verbs of what is known of the gym. */
export const gymFactStore = (call: Call) => ({
  readGymFacts: (): Promise<GymFacts> => call('read_gym_facts', {}, z.record(z.string(), z.string())),
  /** The doctor's readings; null: the usual case. Returns how many were named. */
  keepGymFacts: (facts: Readonly<Record<string, string | null>>, now: Date) =>
    call('keep_gym_facts', { facts, now }, z.number()),
  /** The gym refused the token of a session, and still knows its cookies. Returns whether the gym renews none any more. */
  noteRefusal: (renewalId: string, now: Date) => call('note_refusal', { renewal: renewalId, now }, z.boolean()),
  /** A token was renewed. Returns 1 if the gym was known to renew none. */
  noteTokenWorks: (now: Date) => call('note_token_works', { now }, z.number()),
  /** Whether the gym knows the cookies of a session just renewed. Returns whether cookies die at this gym. */
  noteCookies: (sessionId: string, isAlive: boolean, now: Date) =>
    call('note_cookies', { session: sessionId, alive: isAlive, now }, z.boolean()),
  /** The attempt brought no token, and the gym knows the session by its cookies: as fresh as if it had. */
  settleAlive: (renewalId: string, how: 'tried' | 'looked', now: Date) =>
    call('settle_alive', { renewal: renewalId, reason: how, now }, settledAliveRow),
});
