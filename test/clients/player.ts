// Plays a recorded sequence of a public client program against the pretend gym: each call goes over a real socket, with the Host that the program
// names. The player itself knows nothing of AimHarder: requests and expected answers are in the recorded sequence.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Simulator } from '../../simulator/simulator.ts';
import { createJar } from './cookie-jar.ts';
import type { Reading, Sequence, Step } from './sequence.ts';

interface Answer {
  readonly head: IncomingMessage;
  readonly text: string;
  readonly json: unknown;
}
type Kept = Map<string, string>;

/**
 * Plays the whole sequence of calls that one client program makes to the gym. Throws, with the names of the call and of the value, at the first
 * answer of the gym that lacks what the recorded client program reads in that answer.
 */
export async function play(
  sim: Simulator,
  { jar: kind, plays }: Sequence,
  known: Record<string, string>,
): Promise<void> {
  const jar = createJar(kind);
  const kept: Kept = new Map(Object.entries(known));
  for (const [at, one] of plays.entries()) {
    if ('meanwhile' in one) {
      await one.meanwhile(sim.control);
      continue;
    }
    const host = hostOf(one);
    const answer = await send(sim, one, kept, jar.headerFor(host));
    jar.take(host, answer.head.headers['set-cookie'] ?? []);
    for (const [path, wanted] of Object.entries(one.reads ?? {})) {
      const found = look(answer, fill(path, kept));
      if (!holds(found, wanted, kept))
        throw new Error(`Expected ${path} of call ${at + 1}, ${one.call}, to be ${shown(wanted)}, got ${shown(found)}`);
    }
    for (const [name, path] of Object.entries(one.keeps ?? {})) kept.set(name, String(look(answer, fill(path, kept))));
  }
}

const partsOf = ({ call }: Step) => /^([A-Z]+) ([^/]+)(\/.*)$/.exec(call)?.slice(1) ?? [];
const hostOf = (step: Step): string => partsOf(step)[1] ?? '';

const fill = (template: string, kept: Kept): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => kept.get(name) ?? whole);
const filled = (fields: Readonly<Record<string, string>>, kept: Kept): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fill(value, kept)]));

async function send(sim: Simulator, step: Step, kept: Kept, cookie: string | undefined): Promise<Answer> {
  const [method = '', host = '', path = ''] = partsOf(step);
  const query = new URLSearchParams(filled(step.query ?? {}, kept)).toString();
  const body = bodyOf(step, kept);
  const { hostname, port } = new URL(sim.url);
  const headers = {
    host,
    ...(step.json && { 'content-type': 'application/json' }),
    ...(step.form && { 'content-type': 'application/x-www-form-urlencoded; charset=UTF-8' }),
    ...filled(step.headers ?? {}, kept),
    ...(cookie !== undefined && { cookie }),
    'content-length': Buffer.byteLength(body),
  };
  const sent = request({ hostname, port, method, path: query ? `${path}?${query}` : path, headers });
  sent.end(body);
  const [head] = (await once(sent, 'response')) as [IncomingMessage];
  const said = await text(head);
  return { head, text: said, json: parsed(said) };
}

function bodyOf({ json, form, body = '' }: Step, kept: Kept): string {
  if (form) return new URLSearchParams(filled(form, kept)).toString();
  // The body is filled in as parsed JSON, so that values kept from earlier answers are quoted correctly.
  return json ? JSON.stringify(json, (_, value) => (typeof value === 'string' ? fill(value, kept) : value)) : body;
}

function parsed(said: string): unknown {
  try {
    return JSON.parse(said);
  } catch {
    return undefined;
  }
}

function look({ head, text, json }: Answer, path: string): unknown {
  if (path === 'status') return head.statusCode;
  if (path === 'type') return head.headers['content-type'];
  if (path === 'text') return text;
  if (path === 'location' || path === 'date') return head.headers[path];
  const cookie = /^cookie (.+)$/.exec(path)?.[1];
  if (cookie !== undefined) return head.headers['set-cookie']?.find((line) => line.startsWith(`${cookie}=`));
  return path.split('.').reduce(down, json);
}

/** Takes one step down the path to a value in the answer: `bookings[id=501]` is the row of the list `bookings` whose field `id` is 501. */
function down(from: unknown, step: string): unknown {
  const [, name = '', field, value] = /^(\w*)(?:\[(\w+)=([^\]]+)\])?$/.exec(step) ?? [];
  const found = name === '' ? from : Reflect.get(Object(from), name);
  if (field === undefined) return found;
  return Array.isArray(found) ? found.find((row) => String(Reflect.get(Object(row), field)) === value) : undefined;
}

function holds(found: unknown, wanted: Reading, kept: Kept): boolean {
  if (wanted instanceof RegExp) return typeof found === 'string' && wanted.test(found);
  if (typeof wanted === 'object' && wanted !== null)
    return wanted.is === 'absent' ? found === undefined : found !== undefined && found !== null && found !== '';
  // A value kept from an earlier answer is compared as text, even if the gym wrote a number: clients compare ids as text.
  if (typeof wanted === 'string' && wanted.includes('{')) return String(found) === fill(wanted, kept);
  return found === wanted;
}

const shown = (value: unknown): string =>
  (value instanceof RegExp ? String(value) : (JSON.stringify(value) ?? 'absent')).slice(0, 200);
