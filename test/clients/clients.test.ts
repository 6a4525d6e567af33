// The requests of public client programs of the gym, as far as they are known, sent to the pretend gym: each program must find in the answers what it
// needs. Only the requests are played; no code of the client programs is here.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { agendas } from './agenda-sequences.ts';
import { bookings } from './booking-sequences.ts';
import { book, login, MORNING, SETTINGS, town } from './calls.ts';
import { play } from './player.ts';
import type { Sequence } from './sequence.ts';
import { sessions } from './session-sequences.ts';
import { signIns } from './sign-in-sequences.ts';

let sim: Simulator;
beforeAll(async () => {
  const centreUrlTemplate = 'https://{box}.aimharder.com';
  sim = await startSimulator({ scenario: town, cookieDomain: '.aimharder.com', centreUrlTemplate });
});
beforeEach(async () => {
  await sim.control.reset();
  await sim.control.freeze(MORNING);
});
afterAll(() => sim.stop());

/** Gives every place that the gym holds, each as the text `member slot state`. */
async function placesHeld(): Promise<string[]> {
  const { reservations } = await sim.control.truth();
  const nameOf = (id: number) => town.members?.find((one) => one.id === id)?.name;
  const held = reservations.filter(({ state }) => state !== 'cancelled');
  return held.map(({ memberId, slotId, state }) => `${nameOf(memberId)} ${slotId} ${state}`).sort();
}

const groups = { 'signing in': signIns, 'a session': sessions, 'a booking': bookings, 'an agenda': agendas };

describe.each(Object.entries(groups))('%s', (_, sequences: readonly Sequence[]) => {
  test.each(sequences)('$name ($known)', async (sequence) => {
    for (const knob of sequence.knobs ?? []) await sim.control.setKnob(knob);
    await play(sim, sequence, SETTINGS);
    if (sequence.leaves) expect(await placesHeld()).toEqual(sequence.leaves);
    const calls = await sim.control.history();
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter(({ op }) => op === 'unknown').map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  });
});

describe('the player', () => {
  const plays = (...all: Sequence['plays']) => play(sim, { name: '', known: '', jar: 'by-host', plays: all }, SETTINGS);

  test('stops at an answer that does not hold what is read there', async () => {
    await expect(plays(login(), book(501, { bookState: 0 }))).rejects.toThrow(
      'Expected bookState of call 2, POST norte.aimharder.com/api/book, to be 0, got 1',
    );
  });

  test('stops at a field that is there and should not be, and at one that is not and should', async () => {
    await expect(plays(login(), book(501, { id: { is: 'absent' } }))).rejects.toThrow('Expected id of call 2');
    await expect(plays(login(), book(503, { logout: { is: 'present' } }))).rejects.toThrow('Expected logout of call 2');
  });

  test('shows no cookie of one host to another unless the client does', async () => {
    await sim.control.setKnob({ kind: 'login-cookie', domain: 'none' });
    await plays(login(), book(501, { logout: 1 }));
    const [call] = await sim.control.history({ op: 'book' });
    expect(call?.cookies.auth).toBe('absent');
  });
});
