// Makes the requests of a member's app, of cron and of an operator in the demo, over the real HTTP endpoints; also prepares the database.
import { createClient } from '@supabase/supabase-js';
import { Client } from 'pg';
import { z } from 'zod';
import type { Stack } from './stage.ts';
import { type Character, clockTimeOf, type Opening, PASSWORD } from './story.ts';

const prebookingShape = z.object({
  id: z.string(),
  status: z.string(),
  opensAt: z.string(),
  className: z.string().nullable(),
  reservationId: z.string().nullish(),
  receipt: z.record(z.string(), z.unknown()).nullish(),
});
export type ShownPrebooking = z.infer<typeof prebookingShape>;

const signedInShape = z.object({
  accessToken: z.string(),
  boxes: z.array(z.object({ id: z.string(), subdomain: z.string(), name: z.string() })),
});

export interface SignedInMember {
  readonly character: Character;
  readonly accessToken: string;
  readonly boxId: string;
  readonly boxName: string;
}

async function ask<T>(
  stack: Stack,
  method: string,
  path: string,
  bearer: string | undefined,
  body: unknown,
  shape: z.ZodType<T>,
): Promise<T> {
  const response = await fetch(`${stack.url}${path}`, {
    method,
    headers: {
      ...(bearer && { authorization: `Bearer ${bearer}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
  return shape.parse(JSON.parse(text));
}

export async function signIn(stack: Stack, character: Character): Promise<SignedInMember> {
  const body = { email: character.email, password: PASSWORD };
  const answer = await ask(stack, 'POST', '/api/auth/login', undefined, body, signedInShape);
  const box = answer.boxes.find((one) => one.subdomain === character.box);
  if (!box) throw new Error(`Expected ${character.name} to belong to ${character.box}.`);
  return { character, accessToken: answer.accessToken, boxId: box.id, boxName: box.name };
}

/** Signs a member in at the service, and returns the values of the Set-Cookie headers that the answer gives a browser. */
export async function cookiesOf(stack: Stack, { email }: Character): Promise<readonly string[]> {
  const response = await fetch(`${stack.url}/api/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: PASSWORD }),
  });
  if (!response.ok) throw new Error(`Expected ${email} to be signed in, got ${response.status}.`);
  return response.headers.getSetCookie();
}

/** Declares, as an operator does, when a box opens its classes: one call with Supabase's secret key. */
export async function declareOpening(stack: Stack, boxId: string, opening: Opening): Promise<void> {
  const operator = createClient(stack.supabaseUrl, stack.secretKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  });
  const { error } = await operator.rpc('declare_opening_rule', {
    p_box_id: boxId,
    p_rule: { kind: 'clock', daysBefore: opening.daysBefore, at: clockTimeOf(opening) },
    p_time_zone: opening.zone,
    p_source: 'declared',
  });
  if (error) throw error;
}

export const prebook = (stack: Stack, member: SignedInMember, opening: Opening): Promise<ShownPrebooking> =>
  ask(
    stack,
    'POST',
    '/api/prebookings',
    member.accessToken,
    { boxId: member.boxId, day: opening.day, timeId: opening.timeId, className: opening.className },
    z.object({ prebooking: prebookingShape }).transform((answer) => answer.prebooking),
  );

export const readPrebooking = (stack: Stack, member: SignedInMember, id: string): Promise<ShownPrebooking> =>
  ask(
    stack,
    'GET',
    `/api/prebookings/${id}`,
    member.accessToken,
    undefined,
    z.object({ prebooking: prebookingShape }).transform((answer) => answer.prebooking),
  );

/** Deletes all members, prebookings and boxes, which earlier demos left in the data folder's database. */
export const forgetEarlierDemos = (stack: Stack): Promise<void> =>
  inDatabase(stack, async (database) => {
    await database.query('delete from members');
    await database.query('delete from boxes');
  });

async function inDatabase(stack: Stack, work: (database: Client) => Promise<void>): Promise<void> {
  const database = new Client({ connectionString: stack.postgresUrl });
  await database.connect();
  await work(database).finally(() => database.end());
}

/** Makes every background session look as if its last successful renewal were `minutes` ago. */
export const ageSessions = (stack: Stack, minutes: number): Promise<void> =>
  inDatabase(stack, async (database) => {
    await database.query(
      `update auth_sessions set last_token_update_date = last_token_update_date - $1 * interval '1 minute' where session_type = 'background'`,
      [minutes],
    );
  });

const runShape = z.object({
  due: z.number(),
  updated: z.number(),
  failed: z.number(),
  skipped: z.number(),
  durationMs: z.number(),
});

export const runRefresh = (stack: Stack): Promise<z.infer<typeof runShape>> =>
  ask(stack, 'POST', '/cron/refresh-tokens', stack.cronSecret, undefined, runShape);

/** Returns the `token_update_count` of every background session, as /metrics shows it. */
export async function readCounters(stack: Stack): Promise<number[]> {
  const response = await fetch(`${stack.url}/metrics`, { headers: { authorization: `Bearer ${stack.operatorToken}` } });
  const text = await response.text();
  return [...text.matchAll(/^puntual_token_update_count\{[^}]*\} (\d+)/gm)].map((match) => Number(match[1]));
}
