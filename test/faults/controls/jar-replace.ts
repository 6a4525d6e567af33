// Wrong on purpose: the answer's cookies replace the session's cookie jar instead of being merged into it, as in the earlier app, so that the login
// cookie `amhrdrauth` is lost.
import { emptyJar, mergeCookies } from '../../../services/gym/aimharder/cookies.ts';
import type { GymKey, RawAnswer } from '../../../services/gym/gym.ts';
import type { Twin } from './twins.ts';

export const jarReplace: Twin = (real, setting) => {
  const url = new URL(setting.gymUrls.mainUrl);
  async function renew(key: GymKey, received: (raw: RawAnswer) => Promise<void>) {
    let lines: readonly string[] = [];
    const answer = await real.gym.renew(key, async (raw) => {
      lines = raw.setCookie;
      await received(raw);
    });
    if (answer.kind !== 'renewed') return answer;
    const { jar } = mergeCookies(emptyJar(), lines, url, real.clock.now());
    return { ...answer, key: { ...answer.key, cookies: jar } };
  }
  return { services: { ...real, gym: { ...real.gym, renew } } };
};
