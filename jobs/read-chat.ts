// A conversation as far as it has got.
import { Failure } from '../services/failures.ts';
import type { ChatMessage, MemberClient } from '../services/identity/member-client.ts';

/** Throws session/missing for a conversation that is not theirs, auth/refused, database/…. */
export async function readChat(
  client: MemberClient,
  { sessionId }: { sessionId: string },
): Promise<{ title: string | null; messages: ChatMessage[] }> {
  const chat = await client.findChat(sessionId);
  if (!chat) throw new Failure('session/missing', 'Expected one of your own conversations.');
  return { title: chat.title, messages: await client.readChat(sessionId) };
}
