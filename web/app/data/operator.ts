// What the operator's page reads and does: the checks of `npm run doctor`, the monitor, members, boxes and invitations. The operator's token is kept
// in the page's memory alone.
import { createCall } from '../../client/caller.ts';
import type { Answer, Ask, Body, Method, Path } from '../../client/contract.ts';

export type Check = Answer<'/api/operator/doctor', 'get'>['checks'][number];
export type ListedMember = Answer<'/api/operator/members', 'get'>['members'][number];
export type ListedBox = Answer<'/api/operator/boxes', 'get'>['boxes'][number];
export type Declaration = Body<'/api/operator/boxes/{id}', 'put'>;
export type OpeningRule = NonNullable<Declaration['openingRule']>;
export type Monitor = Answer<'/api/operator/monitor', 'get'>;
export type Invitation = Answer<'/api/operator/invitations', 'get'>['invitations'][number];

export interface Seen {
  readonly monitor: Monitor;
  readonly members: readonly ListedMember[];
  readonly boxes: readonly ListedBox[];
  readonly invitations: readonly Invitation[];
}

/** Calls the operator's endpoints with the operator's token. */
export interface Operator {
  /** Reads everything that the page shows, except the checks of `npm run doctor`. Throws ClientError. */
  read(): Promise<Seen>;
  /**
   * Runs the checks of `npm run doctor`. The checks take up to half a minute, because one of them waits for a call from the queue. Throws
   * ClientError.
   */
  examine(): Promise<readonly Check[]>;
  /** Makes one call to an operator's endpoint; the call is sent once. Throws ClientError. */
  ask<P extends Path, M extends Method<P>>(method: M, path: P, ask: Ask<P, M>): Promise<Answer<P, M>>;
}

const MAX_MEMBERS = 500;

export function createOperator(token: string): Operator {
  const call = createCall('', { fetch: (address, request) => fetch(address, request) });
  const ask: Operator['ask'] = (method, path, what) => call(method, path, what, { bearer: token });
  const read = async (): Promise<Seen> => {
    // The monitor is read first and alone, so that a wrong token is refused once, and counted as one guess and not as four.
    const monitor = await ask('get', '/api/operator/monitor', {});
    const [{ members }, { boxes }, { invitations }] = await Promise.all([
      ask('get', '/api/operator/members', { query: { limit: MAX_MEMBERS } }),
      ask('get', '/api/operator/boxes', {}),
      ask('get', '/api/operator/invitations', {}),
    ]);
    return { monitor, members, boxes, invitations };
  };
  const examine = async () => (await ask('get', '/api/operator/doctor', {})).checks;
  return { read, examine, ask };
}
