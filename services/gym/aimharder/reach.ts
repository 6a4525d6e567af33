// Tells whether calls from this machine reach the gym. Reads and changes are tested separately, because the gym blocks some callers' IP addresses
// altogether and others for changes (POST) alone. No session is used: without a session, a change gets a logout answer and has no effect. The bodies
// of the gym's answers are not parsed.
import type { Http, HttpRequest } from '../../http.ts';
import type { GymBox, Passage, Reach } from '../gym.ts';
import { callHeaders, FORM_TYPE, form, type Line, whyOf } from './calls.ts';

const LIMIT_MS = 8_000;

/**
 * Sends a read (GET) and a change without effect (POST) to the main host and, if a box is given, to the box's host. Returns two results: the worst
 * of the reads and the worst of the changes. Never throws.
 */
export async function reach(line: Line, box: GymBox | undefined): Promise<Reach> {
  const { hosts, http, clock } = line;
  const read = (url: URL) => pass(http, { method: 'GET', url, headers: callHeaders(undefined, url, clock.now()) });
  const write = (url: URL, fields: Record<string, string>) => {
    const headers = { ...callHeaders(undefined, url, clock.now()), 'content-type': FORM_TYPE };
    return pass(http, { method: 'POST', url, headers, body: form(fields) });
  };
  const [reads, writes] = await Promise.all([
    Promise.all([read(hosts.main('/api/whoami')), ...(box ? [read(hosts.box(box.slug, '/'))] : [])]),
    Promise.all([
      write(hosts.main('/api/tokenUpdate'), { token: '', ciclo: '1', fingerprint: '' }),
      ...(box ? [write(hosts.box(box.slug, '/api/book'), { id: '', day: '', insist: '0', familyId: '' })] : []),
    ]),
  ]);
  return { reads: worstOf(reads), writes: worstOf(writes) };
}

async function pass(http: Http, request: Omit<HttpRequest, 'totalMs'>): Promise<Passage> {
  try {
    const { status } = await http.send({ ...request, firstByteMs: LIMIT_MS, totalMs: LIMIT_MS });
    if (status === 403) return { kind: 'blocked' };
    // Status 401 and redirects to a login page mean that the call reached the gym but was not signed in.
    return status === 401 || (status >= 200 && status < 400) ? { kind: 'passes' } : { kind: 'odd', status };
  } catch (error) {
    return { kind: 'unreachable', why: whyOf(error) };
  }
}

/** Sends a box one booking request without a class and without a session, to see whether the gym blocks changes from this machine. Never throws. */
export async function passWithoutSession(line: Line, box: GymBox): Promise<'pass' | 'blocked' | 'unknown'> {
  const url = line.hosts.box(box.slug, '/api/book');
  const headers = { ...callHeaders(undefined, url, line.clock.now()), 'content-type': FORM_TYPE };
  const body = form({ id: '', day: '', insist: '0', familyId: '' });
  const { kind } = await pass(line.http, { method: 'POST', url, headers, body });
  return kind === 'passes' ? 'pass' : kind === 'blocked' ? 'blocked' : 'unknown';
}

const WORST_FIRST: readonly Passage['kind'][] = ['blocked', 'unreachable', 'odd', 'passes'];

const worstOf = (passages: readonly Passage[]): Passage =>
  WORST_FIRST.flatMap((kind) => passages.filter((one) => one.kind === kind))[0] ?? { kind: 'passes' };
