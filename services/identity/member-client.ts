// A member's own access to the database: one supabase-js client for each request, with that member's access token, so that row security decides which
// rows the client may use. Nothing in this file is kept from one request to the next, and the service's database key is not used.
import { createClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { Failure } from '../failures.ts';
import type { Secret } from '../secret.ts';
import { instant } from '../store/column.ts';

/** The address of a Supabase project's API, and its publishable key, which is not secret. */
export interface SupabaseProject {
  readonly url: string;
  readonly publishableKey: string;
}

/**
 * Actions on the member's own conversations and turn counters. Each action throws auth/refused, session/missing, database/…, and request/limited if
 * the action writes.
 */
export type MemberClient = ReturnType<typeof openMemberClient>;

const made = z.object({ id: z.string() });
const chatRow = z.object({ title: z.string().nullable() });
const messageRow = z
  .object({ id: z.number(), role: z.enum(['user', 'model']), content: z.string(), created_at: instant })
  .transform(({ created_at: createdAt, ...rest }) => ({ ...rest, createdAt }));
export type ChatMessage = z.infer<typeof messageRow>;

const MESSAGE_COLUMNS = 'id, role, content, created_at';
/** The most rows that PostgREST returns in one answer. */
const MAX_MESSAGES = 1000;
const TIMEOUT_MS = 9_000;
const HOUR_MS = 60 * 60_000;

/** @param timeoutMs the limit for each request to the Supabase project, in ms; it is short because a person waits for the answer. */
export function openMemberClient(
  { url, publishableKey }: SupabaseProject,
  accessToken: Secret,
  timeoutMs = TIMEOUT_MS,
) {
  const client = createClient(url, publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    global: {
      headers: { Authorization: `Bearer ${accessToken.reveal()}` },
      fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
    },
  });
  return {
    /** Inserts a row that belongs to the member into the table `sessions`, with `turn_count` zero. */
    beginTurns: async () =>
      made.parse(answerOf(await client.from('sessions').insert({ turn_count: 0 }).select('id').single())),
    /** Begins a conversation that belongs to the member. */
    beginChat: async (title: string | undefined) => {
      const row = { title: title ?? null };
      return made.parse(answerOf(await client.from('chat_sessions').insert(row).select('id').single()));
    },
    /** The conversation, if it belongs to the member; its title is null if the conversation was begun without a title. */
    findChat: async (sessionId: string) => {
      const found = await client.from('chat_sessions').select('title').eq('id', sessionId);
      return z.array(chatRow).parse(answerOf(found))[0];
    },
    say: async (sessionId: string, role: ChatMessage['role'], content: string) => {
      const row = { session_id: sessionId, role, content };
      return messageRow.parse(
        answerOf(await client.from('chat_messages').insert(row).select(MESSAGE_COLUMNS).single()),
      );
    },
    /** The latest thousand messages of a conversation, oldest first. */
    readChat: async (sessionId: string) => {
      const asked = client.from('chat_messages').select(MESSAGE_COLUMNS).eq('session_id', sessionId);
      const latest = await asked.order('id', { ascending: false }).limit(MAX_MESSAGES);
      return z.array(messageRow).parse(answerOf(latest)).reverse();
    },
  };
}

interface Answer {
  readonly data: unknown;
  readonly error: { readonly code?: string; readonly message: string } | null;
  readonly status: number;
}

function answerOf({ data, error, status }: Answer): unknown {
  if (error === null) return data;
  if (status === 401) throw new Failure('auth/refused', 'Expected a valid access token.', { cause: error });
  // Row security does not say whether the row is missing or belongs to another member, so the error does not say it either.
  if (error.code === '42501') throw new Failure('session/missing', 'Expected one of your own conversations.');
  // The database limits how many rows of a table one member may have, and how many rows the member may add within an hour.
  if (status === 429)
    throw new Failure('request/limited', 'Too many rows within an hour, or in all.', {
      cause: error,
      retryAfterMs: HOUR_MS,
    });
  if (status === 0 || status === 503 || status === 504)
    throw new Failure('database/unavailable', 'The database cannot be reached just now.', { cause: error });
  throw new Failure('database/refused', 'The database refused a request of a member.', {
    cause: error,
    details: { sqlState: error.code },
  });
}
