// Cookie jars that imitate those of programs that others published to call the gym. Some of these programs keep cookies correctly, others carelessly.
// A jar ignores expiry dates: it drops a cookie only when the gym sets the cookie's value to "deleted".
import type { Jar } from './sequence.ts';

interface Held {
  readonly name: string;
  readonly value: string;
  /** The value of the cookie's Domain attribute; without one, the host that set the cookie. */
  readonly host: string;
  readonly isForAll: boolean;
}

/**
 * Makes a cookie jar that keeps cookies in the way that `kind` names (`Jar` lists the ways). The jar takes cookies from an answer's Set-Cookie lines,
 * and gives the cookies for a host.
 */
export function createJar(kind: Jar) {
  let held: Held[] = [];
  const sees = (one: Held, host: string) =>
    kind === 'by-name' || kind === 'replaced' || one.host === host || (one.isForAll && host.endsWith(`.${one.host}`));
  return {
    take(host: string, lines: readonly string[]): void {
      if (kind === 'none') return;
      const taken = lines.map((line) => read(kind, host, line));
      if (kind === 'replaced' && taken.length > 0) held = [];
      for (const one of taken) {
        held = held.filter(({ name, host: of }) => name !== one.name || (kind !== 'by-name' && of !== one.host));
        if (one.value !== 'deleted') held.push(one);
      }
    },
    /** Gives the Cookie header for a host; undefined when there is nothing to send. */
    headerFor(host: string): string | undefined {
      const pairs = held.filter((one) => sees(one, host)).map(({ name, value }) => `${name}=${value}`);
      return pairs.length > 0 ? pairs.join('; ') : undefined;
    },
  };
}

function read(kind: Jar, host: string, line: string): Held {
  const [pair = '', ...attributes] = line.split('; ');
  const [name = '', value = ''] = pair.split(/=(.*)/s, 2);
  const domain = attributes.map((one) => /^domain=\.?(.+)$/i.exec(one)?.[1]).find(Boolean);
  const parent = host.split('.').slice(-2).join('.');
  const widened = kind === 'widened' && name === 'amhrdrauth' ? parent : undefined;
  return { name, value, host: domain ?? widened ?? host, isForAll: (domain ?? widened) !== undefined };
}
