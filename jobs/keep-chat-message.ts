// One more line of a conversation, by its member or by the model they talk to. It is kept and answered as it stands in the row;
// nothing here writes a reply.
import type { ChatMessage, MemberClient } from '../services/identity/member-client.ts';

/** Throws session/missing for a conversation that is not theirs, auth/refused, database/…. */
export const keepChatMessage = (
  client: MemberClient,
  { sessionId, role, content }: { sessionId: string; role: ChatMessage['role']; content: string },
): Promise<ChatMessage> => client.say(sessionId, role, content);
