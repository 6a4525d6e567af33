// A database behind a connection that died without a word: nobody waits for it for ever.
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Secret } from '../../services/secret.ts';
import { createStore } from '../../services/store/store.ts';

test('a statement that is never answered is asked again on a new connection, and given up as away', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const { port } = silent.address() as { port: number };
  const store = createStore({
    supabaseUrl: `http://127.0.0.1:${port}`,
    secretKey: new Secret('a-key'),
    timeoutMs: 50,
  });
  await expect(store.readMemberBoxes('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
    code: 'database/unavailable',
  });
  expect(sockets.length).toBeGreaterThan(1);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => silent.close(resolve));
});
