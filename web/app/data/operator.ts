// What an operator's page reads and does: the doctor's examination, the numbers of /metrics, members, boxes and invitations. The token stays in
// this page alone.
import { createCall } from '../../client/caller.ts';
import { ClientError } from '../../client/client-error.ts';
import type { Answer, Ask, Body, Method, Path } from '../../client/contract.ts';

export type Check = Answer<'/api/operator/doctor', 'get'>['checks'][number];
export type ListedMember = Answer<'/api/operator/members', 'get'>['members'][number];
export type ListedBox = Answer<'/api/operator/boxes', 'get'>['boxes'][number];
export type Declaration = Body<'/api/operator/boxes/{id}', 'put'>;
export type OpeningRule = NonNullable<Declaration['openingRule']>;
export type Invitation = Answer<'/api/operator/invitations', 'get'>['invitations'][number];

/** One line of Prometheus text. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
export interface Seen {
  readonly checks: readonly Check[];
  readonly samples: readonly Sample[];
  readonly members: readonly ListedMember[];
  readonly boxes: readonly ListedBox[];
  readonly invitations: readonly Invitation[];
}

/** Calls the operator's endpoints with their token. */
export interface Operator {
  /** Everything that the page shows. Throws ClientError. */
  read(): Promise<Seen>;
  /** One call, sent once. Throws ClientError. */
  ask<P extends Path, M extends Method<P>>(method: M, path: P, ask: Ask<P, M>): Promise<Answer<P, M>>;
}

const LINE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const MAX_MEMBERS = 500;

export function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === '' || !Number.isFinite(Number(value))) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', said = '']) => [key, said]);
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }];
  });
}

export function createOperator(token: string): Operator {
  const call = createCall('', { fetch: (address, request) => fetch(address, request) });
  const ask: Operator['ask'] = (method, path, what) => call(method, path, what, { bearer: token });
  const metrics = async () => {
    const request = { headers: { Authorization: `Bearer ${token}` }, credentials: 'omit', cache: 'no-store' } as const;
    const response = await fetch('/metrics', request).catch(() => undefined);
    if (response?.ok) return samplesIn(await response.text());
    throw new ClientError('client/unreachable', 'No answer from the service.', { status: response?.status ?? 0 });
  };
  const read = async (): Promise<Seen> => {
    // First and alone: a wrong token then costs one wrong try, not five.
    const { checks } = await ask('get', '/api/operator/doctor', {});
    const [samples, { members }, { boxes }, { invitations }] = await Promise.all([
      metrics(),
      ask('get', '/api/operator/members', { query: { limit: MAX_MEMBERS } }),
      ask('get', '/api/operator/boxes', {}),
      ask('get', '/api/operator/invitations', {}),
    ]);
    return { checks, samples, members, boxes, invitations };
  };
  return { read, ask };
}
