// A conversation as far as it has got.
import { Failure } from '../services/failures.ts';
import type { ChatMessage, MemberClient } from '../services/identity/member-client.ts';

/** Throws session/missing for a conversation that is not theirs, auth/refused, database/…. */
export async function readChat(client: MemberClient, { sessionId }: { sessionId: string }): Promise<ChatMessage[]> {
  if (!(await client.ownsChat(sessionId)))
    throw new Failure('session/missing', 'Expected one of your own conversations.');
  return client.readChat(sessionId);
}
