// The commands with which tests steer and read the pretend gym (`VERBS`), over HTTP as POST /__sim/<verb>, for callers on this machine only. Each
// control call must have a JSON content type, so that no web page in a browser can send one.
import type { IncomingMessage } from 'node:http';
import { type Control, VERBS } from './control.ts';
import type { Arrival } from './intake.ts';

const PREFIX = '/__sim/';
export const isControl = (request: IncomingMessage): boolean => request.url?.startsWith(PREFIX) === true;

export async function serveControl(control: Control, { request, response, body }: Arrival): Promise<void> {
  const answer = (status: number, value: object) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const verb = VERBS.find((known) => request.url === PREFIX + known);
  if (!verb || request.method !== 'POST') return answer(404, { error: `Expected POST to one of ${VERBS.join(', ')}` });
  if (!isLoopback(request.socket.remoteAddress)) return answer(403, { error: 'Expected a call from this machine' });
  if (request.headers['content-type'] !== 'application/json')
    return answer(415, { error: 'Expected application/json' });
  try {
    const act = control[verb] as (input: unknown) => Promise<unknown>;
    answer(200, { result: (await act((JSON.parse(body || 'null') as unknown) ?? undefined)) ?? null });
  } catch (error) {
    answer(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (/^(::ffff:)?127\./.test(address) || address === '::1');
