// A simple bot: it has the cookies of a gym session, waits for a given instant and then sends one fetch on a connection that it opens at that
// instant.
import { Agent } from 'undici';
import { nowMs, spinUntil } from './moment.ts';
import type { Town, TownClass } from './town.ts';

let bots = 1_000_000;

/**
 * Adds a bot: a member of the box `slug` with a gym session that puntual does not know. Returns a function that sends the bot's booking at an instant
 * and resolves with whether the bot won a place.
 */
export async function makeBot(town: Town, slug: string): Promise<(wanted: TownClass, at: Date) => Promise<boolean>> {
  bots += 1;
  const id = bots;
  const email = `bot${id}@example.test`;
  await town.gym.control.addMember({ id, email, password: 'right', name: `Bot ${id}`, boxes: [slug] });
  const [session] = await town.gym.control.openSessions([{ member: id, fingerprint: `bot-${id}` }]);
  const cookie = (session?.setCookies ?? []).map((line) => line.split(';')[0]).join('; ');
  const url = `${town.farUrl}/box/${slug}/api/book`;
  return async (wanted, at) => {
    const agent = new Agent({ connect: { ca: town.gym.ca ?? '' } });
    const body = new URLSearchParams({ id: String(wanted.id), day: town.day, insist: '0', familyId: '' });
    const init: object = { method: 'POST', headers: { cookie }, body, dispatcher: agent };
    await spinUntil(nowMs() + at.getTime() - (performance.timeOrigin + performance.now()));
    try {
      const answer = JSON.parse(await (await fetch(url, init)).text()) as { bookState?: number };
      return answer.bookState === 1;
    } finally {
      await agent.destroy();
    }
  };
}
