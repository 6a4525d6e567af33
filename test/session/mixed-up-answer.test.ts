// A cache or a proxy in front of the gym that gives one member the answer of another: a whole answer, with the other's token and login cookie. No
// part of the other member's answer may be used: a class booked with its cookie would be booked for the other member.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getBackgroundSession } from '../../services/renewal/open-session.ts';
import { handClock, MINUTE_MS } from '../support/hand-clock.ts';
import { startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON, town } from '../support/town.ts';

const clock = handClock(SUNDAY_NOON);
const NORTE = { slug: 'norte', platformBoxId: '77' };
let app: TestService;
let ana: string;
let bea: string;
beforeAll(async () => {
  app = await startService(town, clock);
  await app.gym.control.freeze(SUNDAY_NOON.getTime());
  ana = (await app.signIn('ana@example.test')).member.id;
  bea = (await app.signIn('bea@example.test')).member.id;
});
afterAll(() => app.stop());

test('is not adopted, and nothing is booked for the other member', async () => {
  const { key: others } = await getBackgroundSession(app.services, bea);
  const login = JSON.parse(others.cookies.reveal()).cookies.find((one: { key: string }) => one.key === 'amhrdrauth');
  const mixedUp = { op: 'tokenUpdate', member: 'ana@example.test', times: 1 } as const;
  await app.gym.control.setKnob({ ...mixedUp, kind: 'answer', body: { newToken: others.token.reveal() } });
  const lines = [`amhrdrauth=${login.value}; Path=/; HttpOnly`];
  await app.gym.control.setKnob({ ...mixedUp, kind: 'set-cookie', variant: 'lines', lines });
  clock.advance(MINUTE_MS);
  const { session, trouble } = await app.services.freshener.background(ana, { staleAt: clock.now() });
  expect(trouble?.code).toBe('session/uncertain');
  expect(session.key.token.reveal()).not.toBe(others.token.reveal());
  const answer = await app.services.gym.book(session.key, NORTE, {
    ...{ slotId: '501', day: MONDAY, familyId: undefined, waitlist: false },
  });
  expect(answer.kind).toBe('booked');
  const names = (await app.gym.control.truth()).reservations.map(({ memberId }) => memberId);
  expect(names).toEqual([town.members?.find(({ email }) => email === 'ana@example.test')?.id]);
});

test('is forgotten at the next renewal', async () => {
  clock.advance(5 * MINUTE_MS);
  const { session, trouble } = await app.services.freshener.background(ana, { staleAt: clock.now() });
  expect(trouble).toBeUndefined();
  expect(session.status).toBe('live');
});
