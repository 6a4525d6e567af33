// Wrong on purpose: the twin puts p-retry (a library that repeats failed calls) around the renewal's POST. The twin sends again a renewal request
// that may have reached the gym, with a token that the first request may have used up.
import type { GymKey, RawAnswer } from '../../../services/gym/gym.ts';
import type { Twin } from './twins.ts';

const TRIES = 3;

export const retriedPost: Twin = (real) => {
  async function renew(key: GymKey, received: (raw: RawAnswer) => Promise<void>) {
    let answer = await real.gym.renew(key, received);
    for (let tries = 1; tries < TRIES && answer.kind === 'unknown'; tries++)
      answer = await real.gym.renew(key, received);
    return answer;
  }
  return { services: { ...real, gym: { ...real.gym, renew } } };
};
