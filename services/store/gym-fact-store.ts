// Where the gym differs from what puntual assumes by default, as far as this deployment knows: renewals showed it, or `npm run doctor` read and saved
// it.
import { z } from 'zod';
import type { Call } from './call.ts';

/**
 * What was observed of each fact about the gym, by the fact's name. A fact without an entry is as puntual assumes by default. `docs/gym-facts.md`
 * lists the facts.
 */
export type GymFacts = Readonly<Record<string, string>>;
const settledAliveRow = z.object({ settled: z.boolean(), exists: z.boolean() });

/** The database calls for facts about the gym. */
export const gymFactStore = (call: Call) => ({
  readGymFacts: (): Promise<GymFacts> => call('read_gym_facts', {}, z.record(z.string(), z.string())),
  /**
   * Stores what the doctor found about each given fact; null: the gym is as puntual assumes by default, and a stored observation is deleted. Returns
   * how many facts were given.
   */
  keepGymFacts: (facts: Readonly<Record<string, string | null>>, now: Date) =>
    call('keep_gym_facts', { facts, now }, z.number()),
  /** Notes that the gym refused a session's token and still knows its cookies. Returns whether the gym is known to renew no tokens. */
  noteRefusal: (renewalId: string, now: Date) => call('note_refusal', { renewal: renewalId, now }, z.boolean()),
  /** Notes that the gym renewed a token. Returns 1 if the gym was known, until this call, to renew no tokens, else 0. */
  noteTokenWorks: (now: Date) => call('note_token_works', { now }, z.number()),
  /**
   * Notes whether the gym still knows the cookies of a session right after the renewal of its token. Returns whether the gym is known to end a
   * session's cookies although the session's token is renewed.
   */
  noteCookies: (sessionId: string, isAlive: boolean, now: Date) =>
    call('note_cookies', { session: sessionId, alive: isAlive, now }, z.boolean()),
  /** Ends an attempt that brought no token, but found that the gym still knows the session's cookies. The session then counts as renewed. */
  settleAlive: (renewalId: string, how: 'tried' | 'looked', now: Date) =>
    call('settle_alive', { renewal: renewalId, reason: how, now }, settledAliveRow),
});
