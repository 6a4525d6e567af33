// A member's turns and conversations, written and read as that member under row security. Nothing here writes a reply.
import { Failure } from '../services/failures.ts';
import type { ChatMessage, MemberClient } from '../services/identity/member-client.ts';

/** Begins a turn counter of the member's own. Throws auth/refused, database/…. */
export async function createTurnSession(client: MemberClient): Promise<{ sessionId: string }> {
  const { id: sessionId } = await client.beginTurns();
  return { sessionId };
}

/** Begins a conversation of the member's own, with a title if they like. Throws auth/refused, request/limited, database/…. */
export async function beginChat(
  client: MemberClient,
  { title }: { title?: string | undefined },
): Promise<{ sessionId: string; title: string | null }> {
  const { id: sessionId } = await client.beginChat(title);
  return { sessionId, title: title ?? null };
}

/**
 * Stores one line of a conversation, by its member or by the model they talk to, and returns its row. Throws session/missing for a conversation
 * that is not theirs, auth/refused, database/….
 */
export const keepChatMessage = (
  client: MemberClient,
  { sessionId, role, content }: { sessionId: string; role: ChatMessage['role']; content: string },
): Promise<ChatMessage> => client.say(sessionId, role, content);

/** A conversation so far. Throws session/missing for one that is not theirs, auth/refused, database/…. */
export async function readChat(
  client: MemberClient,
  { sessionId }: { sessionId: string },
): Promise<{ title: string | null; messages: ChatMessage[] }> {
  const chat = await client.findChat(sessionId);
  if (!chat) throw new Failure('session/missing', 'Expected one of your own conversations.');
  return { title: chat.title, messages: await client.readChat(sessionId) };
}
