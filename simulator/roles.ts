// Writes a member's role (client, coach or admin) in each of the member's boxes, and the address that the gym gives for each box.
import type { Call } from './knobs.ts';
import type { Box } from './slot.ts';
import { boxNamed, type Member, type World } from './world.ts';

/** One role of a member, as the gym's answers to login and whoami hold it. */
interface Role {
  role: string;
  gym: string;
  boid: number;
  /** The address of the box; left out when the gym gives no address. */
  centre_url?: string;
}

/**
 * One role for each box, in the order of the member's boxes, or what the `roles` knob says. `client` is the word for the role of a member that is not
 * staff; the gym's answers to login and to whoami use different words.
 */
export function rolesOf(world: World, member: Member, call: Call, client: string): unknown {
  const said = world.knobs.take('roles', call);
  if (said) return said.says;
  const role = member.plan.role === 'client' ? client : member.plan.role;
  return member.plan.boxes.map((slug): Role => {
    const box = boxNamed(world, slug);
    const address = addressOf(world, box, call);
    const { name: gym, boid } = box.plan;
    return { role, gym, boid, ...(address !== null && { centre_url: address }) };
  });
}

function addressOf(world: World, { plan }: Box, call: Call): string | null {
  const said = world.knobs.take('role-address', { ...call, box: plan.slug });
  if (said) return said.says;
  return plan.centreUrl === undefined
    ? world.options.centreUrlTemplates[plan.suffix].replaceAll('{box}', plan.slug)
    : plan.centreUrl;
}
