// Writes a member into the database without calling an endpoint, for tests in which signing in is not tested.
import type { Member } from '../../services/store/member-store.ts';
import type { Store } from '../../services/store/store.ts';

/** Creates a member and admits it, as the admission mode `open` does. */
export async function enrol(
  store: Pick<Store, 'admitAtGym'>,
  who: { platformUserId: string; email: string; name: string; now: Date },
): Promise<Member> {
  const entry = await store.admitAtGym({ ...who, slugs: [], boxIds: [], policy: { mode: 'open', boxes: [] } });
  if (entry.verdict !== 'admitted') throw new Error(`Expected to be let in, got ${entry.verdict}.`);
  return entry.member;
}
