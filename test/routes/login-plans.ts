// Draws the gym's answers to logins for the property-based test generated-logins.test.ts: e-mails, names, and lists of the member's roles in boxes,
// of every shape and order.
import fc from 'fast-check';

export const SLUGS = ['uno', 'dos', 'tres', 'cuatro'] as const;

/** What the gym answers at two logins of one member, one after the other. */
export interface LoginPlan {
  readonly email: string;
  readonly name: string;
  readonly roles: readonly [unknown, unknown];
}

const oddText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom(
    '\u0000',
    '\ud83d',
    '\udc00x',
    '&#0;',
    '&ntilde;andú',
    'ñ',
    '\u202e',
    '   ',
    'n\u0303',
    'x'.repeat(5_000),
  ),
);
const anything = fc.oneof(fc.constantFrom(null, true, 0, -1, 1e300, [], {}, ''), oddText, fc.object({ maxDepth: 2 }));

/**
 * Draws a box's address: one of the gym's own, spelled unusually or not, one with the other suffix (.com or .es), one of a foreign host, or no
 * address.
 */
function addressOf(ownTemplate: string, strangeUrl: string) {
  const own = (slug: string) => ownTemplate.replace('{box}', slug);
  const { host } = new URL(strangeUrl);
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...SLUGS).map(own) },
    fc.constantFrom('junto', 'a'.repeat(63), 'a'.repeat(64), '', '-x', 'x_y', 'ñ', '..', '%2e%2e', 'UNO').map(own),
    fc
      .tuple(fc.constantFrom(...SLUGS), fc.constantFrom('/', '/schedule?x=1', '#x', ' ', '.', '\\x'))
      .map(([slug, tail]) => own(slug) + tail),
    fc.constantFrom(
      'uno.aimharder.es',
      'https://uno.aimharder.es/',
      'https://www.uno.aimharder.com.',
      'uno.aimharder.com',
    ),
    fc.constantFrom('', '/box/uno', '/login-host', '@127.0.0.1/box/uno').map((rest) => `${strangeUrl}${rest}`),
    fc.constantFrom(
      `//${host}/box/uno`,
      `http://user:pw@${host}/`,
      `javascript://${host}/uno`,
      'file:///etc/passwd',
      '//',
    ),
    anything,
  );
}

function roleOf(ownTemplate: string, strangeUrl: string) {
  const boid = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(10, 11, 12, 13, '10', '11') },
    fc.constantFrom(999, ' 12 ', 0, -5, 2 ** 53, 1.5),
    anything,
  );
  const name = fc.oneof({ weight: 2, arbitrary: fc.constantFrom('Box', 'Box Ñandú &amp; Co') }, anything);
  const fields = { role: fc.oneof(fc.constantFrom('client', 'coach', 'admin', 'Athlete'), anything), gym: name, boid };
  const whole = fc.record({ ...fields, centre_url: addressOf(ownTemplate, strangeUrl) }, { requiredKeys: [] });
  return fc.oneof({ weight: 9, arbitrary: whole }, anything);
}

export function loginPlans(ownTemplate: string, strangeUrl: string): fc.Arbitrary<LoginPlan> {
  const many = fc.array(roleOf(ownTemplate, strangeUrl), { maxLength: 6 });
  const roles = fc.oneof(
    { weight: 8, arbitrary: many },
    // PHP, which the gym uses, writes a list with gaps as a JSON object.
    many.map((all) => Object.fromEntries(all.map((one, at) => [String(at * 3), one]))),
    // The answer names each role twice: first all roles in order, then all in reverse order.
    many.map((all) => [...all, ...all.toReversed()]),
    anything,
  );
  const local = fc.constantFrom(
    'lola',
    'lola.',
    'lola&co',
    'ñandú',
    "o'neil",
    'LOLA',
    '用户',
    'a+b',
    'x'.repeat(200),
    '"q"',
  );
  return fc.record({
    email: fc.tuple(local, fc.constantFrom('', ' ')).map(([name, blank]) => `${blank}${name}{id}@x${blank}`),
    name: oddText,
    roles: fc.tuple(roles, roles),
  });
}
