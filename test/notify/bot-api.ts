// A stand-in for Telegram's Bot API over a real socket: it answers as Telegram's documentation says, and keeps the requests.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

export interface BotCall {
  readonly method: string;
  readonly body: Readonly<Record<string, unknown>>;
}
export interface BotApi {
  readonly root: string;
  readonly calls: BotCall[];
  /** What the next `sendMessage` calls get instead of "ok"; with `hang` the connection is closed without an answer; undefined: the calls get "ok". */
  refuse: { error_code: number; description: string; parameters?: object } | 'hang' | undefined;
  /** The updates that a long poll (a call that waits until there are updates) gets. */
  readonly updates: object[];
  stop(): Promise<void>;
}

export async function startBotApi(): Promise<BotApi> {
  const calls: BotCall[] = [];
  const updates: object[] = [];
  let nextId = 1;
  const api = { refuse: undefined as BotApi['refuse'] };
  const server = createServer(async (request, response) => {
    const method = request.url?.split('/').at(-1) ?? '';
    const body =
      request.headers['content-length'] === '0' ? {} : ((await json(request).catch(() => ({}))) as BotCall['body']);
    calls.push({ method, body });
    const say = (status: number, answer: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    const { refuse } = api;
    if (method === 'sendMessage' && refuse !== undefined) {
      if (refuse === 'hang') return request.socket.destroy();
      return say(refuse.error_code, { ok: false, ...refuse });
    }
    if (method === 'getMe')
      return say(200, { ok: true, result: { id: 1, is_bot: true, first_name: 'p', username: 'puntual_bot' } });
    if (method === 'sendMessage')
      return say(200, {
        ok: true,
        result: { message_id: nextId++, date: 1, chat: { id: body['chat_id'], type: 'private' } },
      });
    if (method === 'getUpdates') return say(200, { ok: true, result: updates.splice(0) });
    return say(200, { ok: true, result: true });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(api, {
    root: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    updates,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}
