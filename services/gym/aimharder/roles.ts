// Lists the boxes that the gym names at a sign-in: those with an address that can be called, and those that cannot be called, each with the reason.
// This file makes no call to the gym.
import { BOX_ROLES, type BoxRole, type DiscoveredBox, type UnplacedBox } from '../gym.ts';
import type { Hosts } from './hosts.ts';
import type { SignInWire } from './wire.ts';

type Roles = NonNullable<NonNullable<SignInWire['data']>['userData']>['roles'];
type Role = NonNullable<Roles>[number];
type WithHosts = { readonly hosts: Hosts };

const MAX_NAMED = 100;

/** The member's role, from the gym's word for it, such as `Athlete`, `client`, `Coach` or `admin`; an unknown word counts as `client`. */
function roleOf(said = ''): BoxRole {
  if (/admin|owner|manager/i.test(said)) return 'admin';
  return /coach|trainer|staff/i.test(said) ? 'coach' : 'client';
}

function placed({ hosts }: WithHosts, { boid, gym, role, centre_url: address }: Role): DiscoveredBox | undefined {
  const slug = hosts.slugOf(address ?? '');
  if (slug === undefined || boid === undefined) return undefined;
  return { slug, platformBoxId: boid, name: gym ?? slug, role: roleOf(role) };
}

function unplaced({ hosts }: WithHosts, { boid, gym, role, centre_url: address = '' }: Role): UnplacedBox {
  const slug = hosts.slugOf(address);
  const name = gym ?? slug ?? hosts.sisterSlugOf(address) ?? boid ?? '';
  if (slug !== undefined) return { slug, platformBoxId: undefined, name, role: roleOf(role), reason: 'no-id' };
  const isSister = hosts.sisterSlugOf(address) !== undefined;
  const reason = address.trim() === '' ? 'no-address' : isSister ? 'other-address' : 'unknown-address';
  return { slug: undefined, platformBoxId: boid, name, role: roleOf(role), reason };
}

type Named = Pick<UnplacedBox, 'slug' | 'platformBoxId' | 'name' | 'role'>;

/** Merges all entries of one box into one: a member with two roles in a box gets one entry, with the role that has more rights. */
function each<T extends Named>(all: T[]): T[] {
  const keyOf = ({ slug, platformBoxId, name }: T) => JSON.stringify([slug, platformBoxId ?? name]);
  const boxes = new Map<string, T>();
  for (const one of all) {
    const known = boxes.get(keyOf(one)) ?? one;
    const isMore = BOX_ROLES.indexOf(one.role) > BOX_ROLES.indexOf(known.role);
    boxes.set(keyOf(one), { ...known, ...(isMore && { role: one.role }) });
  }
  return [...boxes.values()];
}

/** The boxes in `roles` that have an id and an address that fits the configured template of box addresses. */
export const boxesOf = (line: WithHosts, roles: Roles = []): DiscoveredBox[] =>
  each(roles.flatMap((role) => placed(line, role) ?? [])).slice(0, MAX_NAMED);

const nothing = (reason: 'none-named' | 'unreadable'): UnplacedBox[] => [
  { slug: undefined, platformBoxId: undefined, name: '', role: 'client', reason },
];

/**
 * The boxes in `roles` that have no id, and those that have no address that fits the configured template of box addresses. A box is left out if
 * another of the member's roles names the same id together with an address that fits that template. When `boxesOf` gives no box, `unplacedOf` gives
 * at least one entry.
 */
export function unplacedOf(line: WithHosts, roles: Roles): UnplacedBox[] {
  if (roles === undefined) return nothing('unreadable');
  if (roles.length === 0) return nothing('none-named');
  const ids = new Set(boxesOf(line, roles).map(({ platformBoxId }) => platformBoxId));
  const others = roles.filter((role) => !placed(line, role) && !(role.boid !== undefined && ids.has(role.boid)));
  return each(others.map((role) => unplaced(line, role))).slice(0, MAX_NAMED);
}
