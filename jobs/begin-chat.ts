// A new conversation of the member's own.
import type { MemberClient } from '../services/identity/member-client.ts';

/** Throws auth/refused, database/…. */
export async function beginChat(client: MemberClient): Promise<{ sessionId: string }> {
  const { id: sessionId } = await client.beginChat();
  return { sessionId };
}
