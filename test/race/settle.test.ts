// One of several results has a text that the database refuses: all results are written, and the refused one is written without its text.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { settleLines } from '../../services/race/settle.ts';
import { raceTown, someDay, wishIn } from '../support/race-town.ts';
import { startService, type TestService } from '../support/service.ts';

const soon = someDay();
let app: TestService;
let claimed: readonly Prebooking[];
beforeAll(async () => {
  app = await startService(raceTown([{ name: 'box', members: 3 }], soon), systemClock);
  const wishes = [];
  for (const member of [0, 1, 2]) wishes.push(await wishIn(app, 'box', soon, { member }));
  const [first] = wishes;
  const claim = await app.services.store.claimPrebookings({
    id: first?.id ?? '',
    owner: 'me',
    leadMs: 24 * 60 * 60_000,
    claimMs: 12_000,
    lateMs: 600_000,
    now: new Date(),
  });
  if (claim.state !== 'claimed') throw new Error('Expected to claim them.');
  claimed = claim.prebookings;
});
afterAll(() => app.stop());

test('one verdict with half a character in its words keeps no other from being written; its own goes without them', async () => {
  const lines = claimed.map(({ id, claimEpoch }, at) => ({
    id,
    epoch: claimEpoch,
    status: 'refused' as const,
    outcome: 'refused',
    reason: at === 1 ? 'half \ud83d' : 'whole',
    receipt: { words: 'of the race' },
  }));
  const settled = await settleLines(app.services, lines);
  expect(settled.map((one) => [one.status, one.reason])).toEqual([
    ['refused', 'whole'],
    ['refused', undefined],
    ['refused', 'whole'],
  ]);
});
