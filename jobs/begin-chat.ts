// A new conversation of the member's own, with a title if they like.
import type { MemberClient } from '../services/identity/member-client.ts';

/** Throws auth/refused, request/limited, database/…. */
export async function beginChat(
  client: MemberClient,
  { title }: { title?: string | undefined },
): Promise<{ sessionId: string; title: string | null }> {
  const { id: sessionId } = await client.beginChat(title);
  return { sessionId, title: title ?? null };
}
