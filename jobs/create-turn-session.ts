// A turn counter of the member's own, written as that member under row security.
import type { MemberClient } from '../services/identity/member-client.ts';

/** Throws auth/refused, database/…. */
export async function createTurnSession(client: MemberClient): Promise<{ sessionId: string }> {
  const { id: sessionId } = await client.beginTurns();
  return { sessionId };
}
