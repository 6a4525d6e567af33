// The Domain of a login cookie: the gym's own domain with the session's domain ending (.com or .es), or what the knob `login-cookie` says.
import type { Call } from './knobs.ts';
import type { Session } from './sessions.ts';
import type { World } from './world.ts';

/** Undefined means that the cookie gets no Domain and is therefore only for the host that set it. */
export function cookieDomain(world: World, call: Call, { suffix }: Session): string | undefined {
  const said = world.knobs.take('login-cookie', call)?.domain;
  if (said !== undefined) return said === 'none' ? undefined : said;
  const { cookieDomain: domain } = world.options;
  return suffix === 'es' ? domain?.replace(/\.com$/, '.es') : domain;
}
