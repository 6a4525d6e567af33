// Which boxes the gym's answer to a login names: boxes with a valid address and an id are kept, and each rejected box has its reason.
import { expect, test } from 'vitest';
import { createHosts } from '../../services/gym/aimharder/hosts.ts';
import { boxesOf, unplacedOf } from '../../services/gym/aimharder/roles.ts';
import { LIVE } from './gym-parts.ts';

type Role = NonNullable<Parameters<typeof boxesOf>[1]>[number];
const line = { hosts: createHosts(LIVE) };
const NORTE: Role = { role: 'Athlete', gym: 'Box Norte', boid: '101', centre_url: 'https://norte.aimharder.com' };

test('a box has the slug of its address, the gym’s id, its name and the member’s role', () => {
  expect(boxesOf(line, [NORTE])).toEqual([{ slug: 'norte', platformBoxId: '101', name: 'Box Norte', role: 'client' }]);
  expect(unplacedOf(line, [NORTE])).toEqual([]);
});

test.each([
  ['Coach', 'coach'],
  ['head trainer', 'coach'],
  ['ADMIN', 'admin'],
  ['owner', 'admin'],
  ['Atleta', 'client'],
  [undefined, 'client'],
])('the role %j is %s', (role, meant) => {
  expect(boxesOf(line, [{ ...NORTE, role }])[0]?.role).toBe(meant);
});

test('two roles in one box are one membership with the greater role, in either order', () => {
  const both: Role[] = [NORTE, { ...NORTE, role: 'coach' }];
  for (const roles of [both, both.toReversed()]) expect(boxesOf(line, roles)).toMatchObject([{ role: 'coach' }]);
});

test.each<[string, Partial<Role>, object]>([
  ['no-address', { centre_url: ' ' }, { slug: undefined, platformBoxId: '101', name: 'Box Norte' }],
  ['unknown-address', { centre_url: 'https://evil.example' }, { slug: undefined, platformBoxId: '101' }],
  ['no-id', { boid: undefined }, { slug: 'norte', platformBoxId: undefined }],
])('a box is left out as %s', (reason, change, box) => {
  const roles = [{ ...NORTE, ...change }];
  expect(boxesOf(line, roles)).toEqual([]);
  expect(unplacedOf(line, roles)).toMatchObject([{ ...box, reason }]);
});

test('a box without an address that another role places is not left out', () => {
  expect(unplacedOf(line, [NORTE, { ...NORTE, centre_url: '' }])).toEqual([]);
});

test('a login without boxes, and one with an unreadable list, say so', () => {
  expect(unplacedOf(line, [])).toMatchObject([{ reason: 'none-named' }]);
  expect(unplacedOf(line, undefined)).toMatchObject([{ reason: 'unreadable' }]);
});
