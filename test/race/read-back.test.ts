// The results that prebookings get when the read of the gym's list after the race fails.
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { systemClock } from '../../services/clock.ts';
import { Failure } from '../../services/failures.ts';
import type { Gym } from '../../services/gym/gym.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import { judge, readBack } from '../../services/race/read-back.ts';
import type { BackgroundSession } from '../../services/session/session.ts';
import { MONDAY } from '../support/town.ts';

test('B16: a refusal for another booking at that hour is not believed unseen, as it may be this very class', () => {
  const end = { do: 'read-back', why: 'same-hour' } as const;
  expect(judge(end, undefined)).toMatchObject({ status: 'unknown', outcome: 'checking' });
  expect(judge(end, { mine: undefined })).toMatchObject({ status: 'refused', outcome: 'same-hour' });
});

test('a gym that refused the booking’s connection is looked at again, since a place may stand by hand', async () => {
  const mine = { id: '501', day: MONDAY, timeId: '1800_60', name: 'WOD', mine: 'booked', reservationId: '9' };
  let looks = 0;
  const gym = {
    readDay: async () => {
      looks += 1;
      if (looks < 3) throw new Failure('gym/unreachable', 'away');
      return { kind: 'day', slots: [mine] };
    },
  } as unknown as Gym;
  const services = { gym, clock: { ...systemClock, sleep: async () => {} }, logger: pino({ level: 'silent' }) };
  const wish = { id: 'p', day: MONDAY, timeId: '1800_60', className: 'WOD', alternatives: [] } as unknown as Prebooking;
  const at = { slug: 'norte', platformBoxId: '77' };
  const sight = await readBack(services, { key: {} } as BackgroundSession, at, wish, {
    end: { do: 'stop', verdict: 'not-sent' },
    trace: {},
  });
  expect(sight?.mine).toMatchObject({ reservationId: '9' });
  expect(judge({ do: 'stop', verdict: 'not-sent' }, sight)).toMatchObject({ outcome: 'already-booked' });
});
