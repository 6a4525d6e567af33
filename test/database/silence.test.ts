// If a connection to the database dies without being closed, no call waits for that connection for ever.
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { openMemberClient } from '../../services/identity/member-client.ts';
import { Secret } from '../../services/secret.ts';
import { CALL_BUDGET_MS, callBy } from '../../services/store/call.ts';
import { createStore } from '../../services/store/store.ts';

/** Opens a server that accepts connections, reads everything and answers nothing, as a frozen Postgres does. */
async function openSilence() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${(server.address() as { port: number }).port}`, sockets, close };
}
const NOBODY = '00000000-0000-4000-8000-000000000000';

test('P13: all tries of one call share a budget, and the caller hears that the database is away', async () => {
  const silence = await openSilence();
  const store = createStore({
    supabaseUrl: silence.url,
    secretKey: new Secret('a-key'),
    timeoutMs: 200,
    budgetMs: 300,
  });
  await expect(store.readMemberBoxes(NOBODY)).rejects.toMatchObject({ code: 'database/unavailable' });
  // Without a time limit for all tries of one call together there would be five tries of 200 ms.
  expect(silence.sockets.length).toBeLessThan(5);
  await silence.close();
});

test('P13: the pause before another try ends with the budget, too', async () => {
  let tries = 0;
  const call = callBy(async () => {
    tries += 1;
    throw Object.assign(new Error('starting up'), { code: '57P03' });
  }, 1);
  await expect(call('read_box', {}, z.unknown())).rejects.toMatchObject({ code: 'database/unavailable' });
  expect(tries).toBe(1);
});

test('P13: a person’s calls are given up within ten seconds', () => {
  expect(CALL_BUDGET_MS).toBeLessThanOrEqual(10_000);
});

test('P13: so is what a member writes under row security', async () => {
  const silence = await openSilence();
  const client = openMemberClient({ url: silence.url, publishableKey: 'a-key' }, new Secret('a-token'), 50);
  await expect(client.beginTurns()).rejects.toMatchObject({ code: 'database/unavailable' });
  await silence.close();
});

test.each([
  ['53100', 'a full disk'],
  ['53200', 'no memory'],
  ['53300', 'too many connections'],
  ['58030', 'a disk that fails'],
  ['25006', 'a database that takes no writes: its disk is nearly full, or another server takes over'],
  ['57P05', 'a connection closed for idleness'],
  ['40003', 'a commit whose answer was lost'],
  ['57014', 'a statement that took too long'],
  ['55P03', 'a row that stayed locked'],
])('P9: %s (%s) means away for now, and is tried again', async (code) => {
  let tries = 0;
  const call = callBy(async () => {
    tries += 1;
    if (tries === 1) throw Object.assign(new Error('no'), { code });
    return [];
  });
  expect(await call('read_box', {}, z.array(z.unknown()))).toEqual([]);
  const never = callBy(() => Promise.reject(Object.assign(new Error('no'), { code })));
  await expect(never('read_box', {}, z.unknown())).rejects.toMatchObject({ code: 'database/unavailable' });
});

test.each(['23505', '42501', '22P02'])('P9: %s is refused, and not tried again', async (code) => {
  let tries = 0;
  const call = callBy(() => {
    tries += 1;
    return Promise.reject(Object.assign(new Error('no'), { code }));
  });
  await expect(call('read_box', {}, z.unknown())).rejects.toMatchObject({ code: 'database/refused' });
  expect(tries).toBe(1);
});

test('a statement that is never answered is asked again on a new connection, and given up as away', async () => {
  const silence = await openSilence();
  const store = createStore({ supabaseUrl: silence.url, secretKey: new Secret('a-key'), timeoutMs: 50 });
  await expect(store.readMemberBoxes(NOBODY)).rejects.toMatchObject({ code: 'database/unavailable' });
  expect(silence.sockets.length).toBeGreaterThan(1);
  await silence.close();
});
