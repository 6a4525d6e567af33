// F1, F8: whatever boxes the gym's answer to a login names, the service's answer has boxes or an explanation and is never a 500, and no foreign host
// is called.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MemberInput, ScenarioInput } from '../../simulator/scenario.ts';
import { handClock } from '../support/hand-clock.ts';
import { openStrangeHost, type StrangeHost } from '../support/strange-host.ts';
import { SUNDAY_NOON } from '../support/town.ts';
import { OPERATOR_TOKEN, openApp, type TestApp } from './open-app.ts';

const SLUGS = ['uno', 'dos', 'tres', 'cuatro'] as const;
const ana: MemberInput = { id: 1, email: 'ana@example.test', password: 'right', name: 'Ana', boxes: [...SLUGS] };
const scenario: ScenarioInput = {
  boxes: [
    ...SLUGS.map((slug, at) => ({ slug, boid: 10 + at, name: `Box ${slug}` })),
    { slug: 'este', boid: 30, name: 'Box Este', suffix: 'es' as const },
  ],
  members: [ana],
};

let app: TestApp;
let strange: StrangeHost;
beforeAll(async () => {
  app = await openApp(handClock(SUNDAY_NOON), scenario);
  strange = await openStrangeHost();
});
afterAll(async () => {
  expect(strange.calls()).toBe(0);
  strange.close();
  await app.stop();
});
beforeEach(async () => {
  await app.gym.control.reset(scenario);
  await app.cloud.pool.query('delete from members; delete from boxes');
  app.log.length = 0;
});

let logins = 0;
/** Signs in at the service; each sign-in comes from a network address of its own, so that no rate limit is reached. */
const login = (email = 'ana@example.test') => {
  logins += 1;
  const headers = { 'X-Forwarded-For': `10.${(logins >> 16) & 255}.${(logins >> 8) & 255}.${logins & 255}` };
  return app.ask('POST', '/api/auth/login', { body: { email, password: 'right' }, headers });
};
const says = (box: string, address: string | null) =>
  app.gym.control.setKnob({ kind: 'role-address', box, says: address });
const slugsOf = (answer: { json: { boxes: { subdomain: string }[] } }) =>
  answer.json.boxes.map(({ subdomain }) => subdomain).sort();

describe('a login', () => {
  test('F1: names a box with an address that it cannot use, logs it once, and counts it', async () => {
    await app.gym.control.addMember({ ...ana, id: 2, email: 'bea@example.test', boxes: ['uno', 'este'] });
    await says('dos', strange.url);
    await says('tres', null);
    const answers = [await login(), await login(), await login('bea@example.test')];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(slugsOf(answers[1] as never)).toEqual(['cuatro', 'uno']);
    const unplaced = [
      { name: 'Box dos', reason: 'unknown-address' },
      { name: 'Box tres', reason: 'no-address' },
    ];
    expect(answers[1]?.json.unplaced).toEqual(unplaced);
    expect(answers[2]?.json).toMatchObject({ unplaced: [{ name: 'Box Este' }] });
    expect(app.log.filter((line) => line.includes('have no place'))).toHaveLength(2);
    const { text } = await app.ask('GET', '/metrics', { bearer: OPERATOR_TOKEN });
    expect(text).toContain('puntual_unplaced_boxes{reason="no-address"} 1');
  });

  test('F1: keeps the address that a box had when it names none, or a stranger’s', async () => {
    await login();
    await says('uno', null);
    await says('dos', `${strange.url}/box/dos`);
    await says('tres', app.gym.es.boxUrlTemplate.replace('{box}', 'tres'));
    const again = await login();
    expect([again.status, slugsOf(again), again.json.unplaced]).toEqual([200, [...SLUGS].sort(), []]);
  });

  test('F1: that ends two known boxes under one address keeps both', async () => {
    await login();
    const address = app.gym.boxUrlTemplate.replace('{box}', 'junto');
    await says('uno', address);
    await says('dos', address);
    for (let at = 0; at < 2; at += 1) {
      const again = await login();
      expect([again.status, again.json.boxes.length]).toEqual([200, 4]);
    }
  });

  test('F1: that names no box at all is answered with a word about it', async () => {
    await login();
    await app.gym.control.setKnob({ kind: 'roles', says: [] });
    const { status, json } = await login();
    expect([status, json.boxes, json.unplaced]).toEqual([200, [], [{ name: '', reason: 'none-named' }]]);
  });

  test.each([
    ['null', null],
    ['a text', 'uno'],
    ['a list of nothing that can be read', [null, 'uno', 7]],
  ])('F1: whose boxes cannot be read (%s) keeps those that are known, and says so', async (_, says) => {
    await login();
    await app.gym.control.setKnob({ kind: 'roles', says });
    const again = await login();
    const unplaced = [{ name: '', reason: 'unreadable' }];
    expect([again.status, slugsOf(again), again.json.unplaced]).toEqual([200, [...SLUGS].sort(), unplaced]);
    expect(app.log.filter((line) => line.includes('have no place'))).toHaveLength(1);
  });

  test('F8: with NUL and half characters in the names of member and box is stored without them', async () => {
    const odd = 'A\u0000n\ud83da\u0007';
    await app.gym.control.addMember({ ...ana, id: 3, email: 'odd@example.test', name: odd, boxes: ['raro'].slice(1) });
    await app.gym.control.addBox({ slug: 'raro', boid: 40, name: 'Bo\u0000x Ra\udc00ro &amp; Co' });
    await app.gym.control.addMember({ ...ana, id: 4, email: 'odder@example.test', name: odd, boxes: ['raro'] });
    expect(await login('odd@example.test')).toMatchObject({ status: 200, json: { member: { name: 'Ana' } } });
    const odder = await login('odder@example.test');
    expect(odder).toMatchObject({ status: 200, json: { boxes: [{ name: 'Box Raro & Co' }] } });
  });
});
