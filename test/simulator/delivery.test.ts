// Answers of the pretend gym with a wrong length, without an end, or with text before or after the JSON: the gym books or renews all the same.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { at, DAY, demoScenario } from './demo-scenario.ts';
import { bareCall, formBytes, signIn } from './gym-client.ts';

let sim: Simulator;
beforeAll(async () => {
  sim = await startSimulator({ scenario: demoScenario });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(at('10:00:00'));
});
afterAll(() => sim.stop());

async function renewBare() {
  const gym = await signIn(sim);
  const form = { token: gym.token, ciclo: '1', fingerprint: 'fp-1' };
  return bareCall(sim, formBytes('/main-host/api/tokenUpdate', gym.cookie, form));
}
const tokenIn = (text: string): string => /"newToken":"([^"]+)"/.exec(text)?.[1] ?? '';

describe('a broken frame', () => {
  test('overlong: the head promises more than the body, which comes whole before the end', async () => {
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'overlong', op: 'tokenUpdate' });
    const { text, code } = await renewBare();
    expect(code).toBeUndefined();
    const body = text.split('\r\n\r\n')[1] ?? '';
    expect(Number(/content-length: (\d+)/i.exec(text)?.[1])).toBe(body.length + 64);
    expect(await sim.control.tokenWorks({ token: JSON.parse(body).newToken })).toBe(true);
  });

  test('unended: chunks without the last one', async () => {
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'unended', op: 'tokenUpdate' });
    const { text } = await renewBare();
    expect(text).toMatch(/transfer-encoding: chunked/i);
    expect(text).not.toMatch(/content-length/i);
    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(await sim.control.tokenWorks({ token: tokenIn(text) })).toBe(true);
  });

  test.each([
    'overlong',
    'unended',
  ] as const)('%s of a booking books, and history says that the gym broke it', async (how) => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'lose', when: 'after', how, op: 'book' });
    const { text } = await bareCall(sim, formBytes('/box/demo/api/book', gym.cookie, { day: DAY, id: '501' }));
    expect(text).toContain('"bookState":1');
    expect((await sim.control.truth()).reservations).toHaveLength(1);
    expect((await sim.control.history()).at(-1)).toMatchObject({ broke: 'simulator', effect: { what: 'booked' } });
  });
});

describe('a notice', () => {
  test('stands before the JSON of a renewal, which really rotated', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'notice', op: 'tokenUpdate' });
    const { text, status } = await gym.renew(gym.token);
    expect([status, text.startsWith('<br />\n<b>Notice</b>')]).toEqual([200, true]);
    expect(await sim.control.tokenWorks({ token: tokenIn(text) })).toBe(true);
  });

  test('stands after the JSON of a booking, or on both sides', async () => {
    const gym = await signIn(sim);
    await sim.control.setKnob({ kind: 'notice', after: '<!-- 0.31 s -->', op: 'book', times: 1 });
    expect((await gym.book(DAY, 501)).text).toMatch(/^\{.*\}<!-- 0\.31 s -->$/);
    await sim.control.setKnob({ kind: 'notice', before: 'Warning ', after: ' end', op: 'book' });
    expect((await gym.book(DAY, 503)).text).toMatch(/^Warning \{.*\} end$/);
    expect((await sim.control.truth()).reservations).toHaveLength(2);
  });

  test('comes in a broken frame too', async () => {
    await sim.control.setKnob({ kind: 'notice', op: 'tokenUpdate' });
    await sim.control.setKnob({ kind: 'lose', when: 'after', how: 'overlong', op: 'tokenUpdate' });
    const { text } = await renewBare();
    expect(text).toContain('<b>Notice</b>');
    expect(await sim.control.tokenWorks({ token: tokenIn(text) })).toBe(true);
  });
});

describe('a list in ISO-8859-1', () => {
  const asked = async () => {
    const change = { className: 'Halterofilia – ñ, á' };
    await sim.control.changeSlot({ slot: { box: 'demo', day: DAY, id: 501 }, change });
    const gym = await signIn(sim);
    const url = `${sim.boxUrlTemplate.replace('{box}', 'demo')}/api/bookings?day=${DAY}&box=77`;
    const answer = await fetch(url, { headers: { cookie: gym.cookie } });
    const bytes = Buffer.from(await answer.arrayBuffer());
    expect(answer.headers.get('content-length')).toBe(String(bytes.length));
    return { type: answer.headers.get('content-type'), text: bytes.toString('latin1'), bytes };
  };

  test.each([
    [true, 'text/html; charset=ISO-8859-1'],
    [false, 'text/html; charset=UTF-8'],
  ])('is sent so, and declared so: %s', async (declare, type) => {
    await sim.control.setKnob({ kind: 'charset', as: 'iso-8859-1', declare, op: 'bookings' });
    const answer = await asked();
    expect(answer.type).toBe(type);
    expect(JSON.parse(answer.text).bookings[0].className).toBe('Halterofilia ? ñ, á');
    expect(answer.bytes.includes(Buffer.from('ñ', 'utf8'))).toBe(false);
  });

  test('is UTF-8 without the knob', async () => {
    const { bytes, type } = await asked();
    expect(type).toBe('text/html; charset=UTF-8');
    expect(JSON.parse(bytes.toString('utf8')).bookings[0].className).toBe('Halterofilia – ñ, á');
  });
});

test.each([
  'Lola\u0000',
  'Lola\ud800',
  '  WOD\u00a0 ',
  'Gimna\u0301sia &amp; core',
])('a name comes as it is: %j', async (className) => {
  await sim.control.changeSlot({ slot: { box: 'demo', day: DAY, id: 501 }, change: { className } });
  expect((await (await signIn(sim)).list(DAY)).json.bookings[0].className).toBe(className);
});
