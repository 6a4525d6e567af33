// Which side (the gym and the network, or this process) kept a request from being sent, or caused the request's refusal.
import { expect, test } from 'vitest';
import { hindranceOf } from '../../services/prebooking/hindrance.ts';

const unsent = (why?: string) => ({ answer: 'not-sent', why });
test.each([
  ['a gym that was busy', [{ answer: 'turned-away', why: 'busy' }, unsent('too-late')], 'busy'],
  ['a refused connection', [unsent('ECONNREFUSED'), unsent('too-late')], 'gym'],
  ['our own deadline', [unsent('too-late')], 'own'],
  ['a code of our own', [unsent('gym/unavailable')], 'own'],
  ['a reason that is not known', [unsent('handshake'), unsent('too-late')], 'unclear'],
])('%s', (_, tries, side) => {
  expect(hindranceOf(tries)).toBe(side);
});
