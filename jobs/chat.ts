// A member's conversations and counters of turns, written and read as that member under row security. No function here asks a model
// for a reply: the caller sends the member's lines and the model's.
import { Failure } from '../services/failures.ts';
import type { ChatMessage, MemberClient } from '../services/identity/member-client.ts';

/** Creates a counter of the member's turns (questions with their answers), at zero. Throws auth/refused, database/…. */
export async function createTurnSession(client: MemberClient): Promise<{ sessionId: string }> {
  const { id: sessionId } = await client.beginTurns();
  return { sessionId };
}

/** Begins a conversation for the member, with a title if the member gave one. Throws auth/refused, request/limited, database/…. */
export async function beginChat(
  client: MemberClient,
  { title }: { title?: string | undefined },
): Promise<{ sessionId: string; title: string | null }> {
  const { id: sessionId } = await client.beginChat(title);
  return { sessionId, title: title ?? null };
}

/**
 * Stores one message of a conversation, written by the member or by the model, and returns its row. Throws session/missing for a conversation of
 * another member, auth/refused, database/….
 */
export const keepChatMessage = (
  client: MemberClient,
  { sessionId, role, content }: { sessionId: string; role: ChatMessage['role']; content: string },
): Promise<ChatMessage> => client.say(sessionId, role, content);

/** A conversation's title and its last thousand messages. Throws session/missing for another member's conversation, auth/refused, database/…. */
export async function readChat(
  client: MemberClient,
  { sessionId }: { sessionId: string },
): Promise<{ title: string | null; messages: ChatMessage[] }> {
  const chat = await client.findChat(sessionId);
  if (!chat) throw new Failure('session/missing', 'Expected one of your own conversations.');
  return { title: chat.title, messages: await client.readChat(sessionId) };
}
