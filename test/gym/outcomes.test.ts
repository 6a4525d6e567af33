// What AimHarder's answers mean: one row for each known answer; no doubtful answer becomes a success or a failure.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { understandBook, understandCancel } from '../../services/gym/aimharder/outcomes.ts';
import { plainText, redactedSample } from '../../services/gym/aimharder/reason.ts';
import { isLogout } from '../../services/gym/aimharder/wire.ts';
import { NOW, raw, tokenFor } from './gym-parts.ts';

const book = (body: unknown, more = {}) => understandBook(raw(body, more), NOW);
const cancel = (body: unknown, more = {}) => understandCancel(raw(body, more), NOW);
const keyed = (errorMssgLang: string, errorMssg = '') => ({ bookState: -12, errorMssgLang, errorMssg });
const days = (amount: number) => ({ kind: 'too-early', announced: { amount, unit: 'days' } });
const hours = (amount: number) => ({ kind: 'too-early', announced: { amount, unit: 'hours' } });
const EARLY = { kind: 'too-early' };

describe('an answer to book', () => {
  test.each([
    [
      { bookState: 1, id: 987 },
      { kind: 'booked', reservationId: '987' },
    ],
    [
      { bookState: '1', id: '987' },
      { kind: 'booked', reservationId: '987' },
    ],
    [{ bookState: 1 }, { kind: 'booked', reservationId: undefined }],
    [
      { bookState: 0, id: 5 },
      { kind: 'accepted', reservationId: '5' },
    ],
    [
      { bookState: '0', id: 5 },
      { kind: 'accepted', reservationId: '5' },
    ],
    [
      { bookState: 1, id: 9, logout: 0 },
      { kind: 'booked', reservationId: '9' },
    ],
    [
      { bookState: 1, id: 9, logout: '0' },
      { kind: 'booked', reservationId: '9' },
    ],
    [{ bookState: -4 }, EARLY],
    [{ ...keyed('ERROR_ANTELACION_CLIENTE', 'más de 4 días'), bookState: -4 }, days(4)],
    [keyed('ERROR_ANTELACION_CLIENTE', 'No puedes reservar con más de <b>3</b> días de antelación'), days(3)],
    [keyed('ERROR_ANTELACION_CLIENTE', "No pots reservar amb més de 2 dies d'antelació"), days(2)],
    [keyed('ERROR_ANTELACION_CLIENTE', 'You cannot book more than 7 days in advance'), days(7)],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'No puedes reservar con más de 72 horas'), hours(72)],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', '22 h antes de las 18:00'), hours(22)],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'abre el 12 a las 9'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'No puedes reservar con más de 2 días de antelación'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'You cannot book more than 1 day and 12 hours ahead'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'con más de 2 días (48 horas)'), hours(48)],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'con más de 120 minutos'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE_HORAS', 'con más de 1 semana'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE', 'No puedes reservar con más de 36 horas'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE', 'con más de 2 semanas de antelación'), EARLY],
    [keyed('ERROR_ANTELACION_CLIENTE', 'a las 18h, con 3 días'), days(3)],
    [keyed('ERROR_ANTELACION_CLIENTE'), EARLY],
    [keyed('NOPUEDESRESERVAMISMAHORA', 'misma hora'), { kind: 'same-hour' }],
    [{ logout: 1 }, { kind: 'session-dead' }],
    [{ logout: '1', bookState: 1, id: 3 }, { kind: 'session-dead' }],
  ])('%j is %j', (body, answer) => {
    expect(book(body)).toEqual(answer);
  });

  test.each([
    [{ bookState: -1 }, 'full'],
    [{ bookState: '-1' }, 'full'],
    [{ bookState: -2 }, 'no-credit'],
    [{ bookState: -5 }, 'unpaid'],
    [{ bookState: -7 }, 'too-late'],
    [{ bookState: -8, max: 2 }, 'quota-reached'],
    [{ bookState: -9 }, 'quota-reached'],
    [keyed('HASSUPERADOLIMITCONTR'), 'quota-reached'],
    [keyed('SOMETHING_ELSE', 'No'), 'refused'],
    [keyed('constructor'), 'refused'],
  ])('%j is a final refusal: %s, with a reason', (body, kind) => {
    expect(book(body)).toMatchObject({ kind, reason: expect.stringMatching(/\w/) });
  });

  test('gives the gym’s own reason without its markup, and the daily limit where it is told', () => {
    expect(book(keyed('X', '<p>Solo&nbsp;<b>socios</b></p><script>alert(1)</script>'))).toMatchObject({
      reason: 'Solo socios',
    });
    expect(book({ bookState: -8, max: '2' })).toMatchObject({
      reason: 'The limit of bookings of this class and day is reached (at most 2).',
    });
  });

  test.each([
    ...['', '   ', '[]', 'null', '{}', '"ok"', 'true', '1', '<html>OK</html>', '{"bookState":1,"id":', 'ok'],
    ...['{"bookState":null}', '{"bookState":true}', '{"bookState":""}', '{"bookState":"1 place"}', '{"bookState":1.5}'],
    ...[
      '{"bookState":-99}',
      '{"bookState":2}',
      '{"bookState":-12}',
      '{"errorMssg":"Reserva realizada","id":5}',
      '{"id":5}',
    ],
    ...['{"errorMssg":" <br> "}', '{"error":true}', '{"bookState":-99,"errorMssg":"No"}'],
  ])('%j is unknown: no success, no refusal', (body) => {
    expect(book(body)).toMatchObject({ kind: 'unknown' });
  });

  test.each([
    [{ errorMssg: 'Solo <b>competición</b>' }, 'Solo competición'],
    [{ errorMsg: 'No &amp; no' }, 'No & no'],
    [{ error: 'Cerrado\u0000 hoy' }, 'Cerrado hoy'],
    [{ error: { message: 'Cerrado' } }, 'Cerrado'],
    [{ message: '<html><body>Acceso denegado</body></html>' }, 'Acceso denegado'],
    [{ bookState: -12, errorMssg: 'No puedes' }, 'No puedes'],
    [{ bookState: -12, errorMssg: 'No puedes', errorMssgLang: ' ' }, 'No puedes'],
    [{ bookState: null, message: 'a'.repeat(500) }, 'a'.repeat(200)],
    [{ errorMssgLang: 'ALGO_NUEVO' }, 'ALGO_NUEVO'],
    // An answer's text never decides what the answer means: this answer has no code, so it is a refusal in words, although its text says "booked".
    [{ errorMssg: 'Reserva realizada' }, 'Reserva realizada'],
  ])('F14: %j is a refusal in words alone', (body, said) => {
    expect(book(body)).toEqual({ kind: 'refused-in-words', said });
  });

  test.each([
    [{ errorMssgLang: 'NOPUEDESRESERVAMISMAHORA' }, { kind: 'same-hour' }],
    [{ errorMssgLang: 'ERROR_ANTELACION_CLIENTE', errorMsg: 'más de 3 días' }, days(3)],
    [{ errorMssgLang: 'HASSUPERADOLIMITCONTR' }, { kind: 'quota-reached', reason: expect.any(String) }],
    [
      { bookState: -2, errorMssg: 'Sin <i>bono</i>' },
      { kind: 'no-credit', reason: 'Sin bono', said: 'Sin bono' },
    ],
    [{ bookState: -1 }, { kind: 'full', reason: 'The class is full.' }],
  ])('F14: %j is %j, in the gym’s own words where it used any', (body, answer) => {
    expect(book(body)).toEqual(answer);
  });

  describe('F3: in an answer that is not what it should be', () => {
    const WON = '{"bookState":1,"id":"987","clasesContratadas":"3"}';
    test.each([
      ['behind a notice', `<b>Notice</b>: x in <b>y.php</b><br />\n${WON}`, {}],
      ['before a comment', `${WON}<!-- web-7 -->`, {}],
      ['in a frame that broke off behind it', WON, { isCut: true }],
      ['in a frame that broke off after the two fields', '{"bookState":1,"id":987,"clasesCon', { isCut: true }],
      ['of a waitlist, cut', '{"id":"987","bookState":"0","clasesCon', { isCut: true }],
    ])('a place %s is accepted, to be read back', (_, body, more) => {
      expect(book(body, more)).toEqual({ kind: 'accepted', reservationId: '987' });
    });

    test.each([
      ['{"bookState":-1', { isCut: true }],
      ['{"bookState":1,"id":98', { isCut: true }],
      ['{"bookState":1,"idres":987,"x', { isCut: true }],
      ['<script>var x = {"bookStates":1}</script>', {}],
    ])('%j is unknown', (body, more) => {
      expect(book(body, more)).toMatchObject({ kind: 'unknown' });
    });

    test.each([
      [{ errorMssgLang: 'ERROR_ANTELACION_CLIENTE', errorMssg: 'más de 3 días' }, days(3)],
      [{ errorMssgLang: 'NOPUEDESRESERVAMISMAHORA' }, { kind: 'same-hour' }],
      [{ errorMssg: 'Solo socios' }, { kind: 'refused-in-words', said: 'Solo socios' }],
      [
        { errorMsg: 'Solo socios', clasesContratadas: '3' },
        { kind: 'refused-in-words', said: 'Solo socios' },
      ],
    ])('a refusal without a state, %j, behind a notice or cut is what it says', (body, answer) => {
      const text = JSON.stringify(body);
      expect(book(`<b>Notice</b>: x in <b>y.php</b><br />\n${text}`)).toEqual(answer);
      expect(book(text, { isCut: true })).toEqual(answer);
    });

    test('a refusal and a logout behind a notice are what they say', () => {
      expect(book('notice{"bookState":-1}')).toMatchObject({ kind: 'full' });
      expect(book(`notice${JSON.stringify(keyed('ERROR_ANTELACION_CLIENTE', 'más de 4 días'))}`)).toEqual(days(4));
      expect(book('notice{"logout":1}')).toEqual({ kind: 'session-dead' });
      expect(cancel('notice{"cancelState":1}')).toEqual({ kind: 'cancelled' });
    });
  });

  test('decides by the key even where the text says something else', () => {
    expect(book(keyed('NOPUEDESRESERVAMISMAHORA', 'No puedes reservar con más de 3 días'))).toEqual({
      kind: 'same-hour',
    });
    expect(book(keyed('OTHER', 'No puedes reservar con más de 3 días'))).toMatchObject({ kind: 'refused' });
  });

  test.each([
    [{ status: 403 }, { kind: 'turned-away', why: 'blocked' }],
    [{ status: 429 }, { kind: 'turned-away', why: 'busy' }],
    [
      { status: 429, retryAfter: '7' },
      { kind: 'turned-away', why: 'busy', retryAfterMs: 7_000 },
    ],
    [
      { status: 429, retryAfter: 'Fri, 20 Nov 2026 10:01:00 GMT' },
      { kind: 'turned-away', why: 'busy', retryAfterMs: 60_000 },
    ],
    ...[
      ['1.5', 1_500],
      [' 0 ', 0],
      ['5 seconds', undefined],
      ['1,2', undefined],
      ['-5', undefined],
      ['2', 2_000],
      ['Fri, 20 Nov 2026 09:59:00 GMT', 0],
      ['Friday, 20-Nov-26 10:02:00 GMT', 120_000],
    ].map(([retryAfter, wait]): [{ status: number; retryAfter: string }, object] => [
      { status: 429, retryAfter: String(retryAfter) },
      { kind: 'turned-away', why: 'busy', ...(wait !== undefined && { retryAfterMs: wait }) },
    ]),
    [
      { status: 429, retryAfter: 'soon' },
      { kind: 'turned-away', why: 'busy' },
    ],
  ])('with %j was turned away at the door', (more, answer) => {
    expect(book({ bookState: 1, id: 1 }, more)).toEqual(answer);
  });

  test.each([301, 302, 408, 500, 502, 503, 504])('with status %i is unknown even if it says booked', (status) => {
    expect(book({ bookState: 1, id: 1 }, { status })).toMatchObject({ kind: 'unknown' });
  });

  test('is booked for no body but one with a bookState of exactly one', () => {
    const state = fc.oneof(fc.anything(), fc.integer({ min: -20, max: 20 }));
    const property = fc.property(fc.record({ bookState: state, id: fc.anything(), ok: fc.anything() }), (body) => {
      const text = JSON.stringify(body) ?? '';
      const sent: unknown = text === '' ? undefined : JSON.parse(text).bookState;
      const one = sent === 1 || (typeof sent === 'string' && sent.trim() === '1');
      expect(book(text).kind === 'booked').toBe(one);
    });
    fc.assert(property, { numRuns: 500 });
  });
});

describe('an answer to cancel', () => {
  test.each([
    [{ cancelState: 1 }, 'cancelled'],
    [{ cancelState: '1' }, 'cancelled'],
    [{ cancelState: 2 }, 'late-needs-consent'],
    [{ cancelState: 3 }, 'failed'],
    [{ logout: true }, 'session-dead'],
    [{ cancelState: 9 }, 'unknown'],
    [{}, 'unknown'],
    ['', 'unknown'],
    ['<html>', 'unknown'],
  ])('%j is %s', (body, kind) => {
    expect(cancel(body).kind).toBe(kind);
  });

  test('F14: state 3 is an error, in the gym’s own words', () => {
    expect(cancel({ cancelState: 3, errorMssg: '<p>Error</p>' })).toEqual({ kind: 'failed', said: 'Error' });
  });

  test('from a gateway is unknown', () => {
    expect(cancel({ cancelState: 1 }, { status: 502 }).kind).toBe('unknown');
  });
});

test.each([
  ...[1, '1', true, 'true', ' 1 '].map((value) => [value, true] as const),
  ...[0, '0', false, null, undefined, '', 'no', 2, [], {}].map((value) => [value, false] as const),
])('logout %j means logged out: %s', (value, loggedOut) => {
  expect(isLogout(value)).toBe(loggedOut);
});

test('a sample of an answer holds no token, address or long number', () => {
  const sample = redactedSample(
    `<p>Hola</p> ana@box.es ${tokenFor(1234567)} 600123456 {"newToken":"${tokenFor(9).slice(0, 20)}`,
  );
  expect(sample).toContain('Hola');
  expect(sample).not.toMatch(/ana@|\d{5}|abcdef|\|/);
  expect(redactedSample('x '.repeat(5_000)).length).toBeLessThanOrEqual(120);
});

test('a text is never cut inside a character, and half a character of the gym’s own is replaced: the database would take neither', () => {
  const cut = plainText(`${'a'.repeat(199)}😀 fin`);
  expect([cut.isWellFormed(), cut]).toEqual([true, 'a'.repeat(199)]);
  expect(plainText('no \ud83d more')).toBe('no \ufffd more');
  expect(redactedSample(`${'a '.repeat(59)}b😀 fin`).isWellFormed()).toBe(true);
});

test('markup that never ends is taken out in no time', () => {
  expect(plainText(`${'<script '.repeat(5_000)}x`)).not.toContain('<');
});
