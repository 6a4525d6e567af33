// Tests the client of QStash when QStash answers with an error: each error becomes the failure queue/unavailable, and the client sends each call
// once. The library msw plays QStash, because the embedded queue never answers with the errors that these tests need.
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createQstashDispatch } from '../../services/dispatch/qstash.ts';
import { Secret } from '../../services/secret.ts';

// A loopback address where no process listens: a call that msw did not catch would reach no server.
const QUEUE = 'http://127.0.0.1:4999';
const qstash = setupServer();
beforeAll(() => qstash.listen({ onUnhandledFrame: 'error' }));
afterEach(() => qstash.resetHandlers());
afterAll(() => qstash.close());

const dispatch = createQstashDispatch({
  url: QUEUE,
  token: new Secret('canary-token'),
  publicUrl: 'http://127.0.0.1:9',
});
const wake = () => dispatch.wake({ prebookingId: 'p1', at: new Date('2026-11-20T10:00:00Z'), deduplicationId: 'd1' });
const share = () => dispatch.shareRefresh({ runId: 'r1', parts: 2 });

const ANSWERS: [string, () => Response][] = [
  ['a wrong token', () => HttpResponse.json({ error: 'unauthorized' }, { status: 401 })],
  ['the end of the day’s messages', () => HttpResponse.json({ error: 'quota exceeded' }, { status: 429 })],
  ['a delay it does not allow', () => HttpResponse.json({ error: 'maxDelay exceeded' }, { status: 400 })],
  ['a page of something in between', () => HttpResponse.html('<html>Bad gateway</html>', { status: 502 })],
  ['nothing but a status', () => new HttpResponse(null, { status: 500 })],
];

test.each(
  ANSWERS,
)('%s is a queue that is not available, asked once, and the token is not quoted', async (_, answer) => {
  for (const ask of [wake, share]) {
    const asked: string[] = [];
    qstash.resetHandlers(
      http.all(`${QUEUE}/*`, ({ request }) => {
        asked.push(request.headers.get('authorization') ?? '');
        return answer();
      }),
    );
    const error = await ask().catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ code: 'queue/unavailable' });
    expect(asked).toEqual(['Bearer canary-token']);
    expect(`${error} ${JSON.stringify((error as Error).cause)}`).not.toContain('canary');
  }
});
