// What a race's end and the look after it say together, where the look could not be had.
import { expect, test } from 'vitest';
import { judge } from '../../services/prebooking/verdict.ts';

test('B16: a refusal for another booking at that hour is not believed unseen, as it may be this very class', () => {
  const end = { do: 'read-back', why: 'same-hour' } as const;
  expect(judge(end, undefined)).toMatchObject({ status: 'unknown', outcome: 'checking' });
  expect(judge(end, { mine: undefined })).toMatchObject({ status: 'refused', outcome: 'same-hour' });
});
