// Fails any connection that a test tries to make beyond this machine, whichever library makes it. Every TCP socket and every name look-up of this
// process passes through this file's guard; loopback and Unix sockets are let through.
import dns from 'node:dns';
import net from 'node:net';

const refuse = (host: string): Error => new Error(`A test tried to reach ${host}; only loopback is allowed.`);
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host === '' || /^127\./.test(host);

// A vitest worker runs this file before each of its test files; only the worker's first run replaces `connect` and `lookup`.
const GUARDED = Symbol.for('puntual.loopback-only');
const mark = globalThis as { [GUARDED]?: true };
const isGuarded = mark[GUARDED] === true;
mark[GUARDED] = true;

const connect = net.Socket.prototype.connect;
function guarded(this: net.Socket, ...args: unknown[]): net.Socket {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const host =
    typeof first === 'object' && first !== null && !('path' in first && first.path)
      ? (first as { host?: string }).host
      : args[1];
  const name = typeof host === 'string' ? host : '';
  if (typeof first === 'string' || isLoopback(name)) return Reflect.apply(connect, this, args);
  process.nextTick(() => this.destroy(refuse(name)));
  return this;
}

const lookup = dns.lookup;
function guardedLookup(name: string, ...rest: unknown[]): void {
  const done = rest.at(-1);
  if (isLoopback(name) || net.isIP(name) !== 0) Reflect.apply(lookup, dns, [name, ...rest]);
  else if (typeof done === 'function') process.nextTick(done as (err: Error) => void, refuse(name));
}
if (!isGuarded) {
  net.Socket.prototype.connect = guarded;
  dns.lookup = guardedLookup as typeof dns.lookup;
}
