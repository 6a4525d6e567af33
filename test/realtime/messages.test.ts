// Which messages a socket gets, for which member, and until when (T26). States of prebookings and the health of gym sessions go to their own member
// alone. A socket whose puntual session is revoked gets no more messages about prebookings and gym sessions.
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createPrebooking } from '../../jobs/create-prebooking.ts';
import { withdrawPrebooking } from '../../jobs/withdraw-prebooking.ts';
import { ACCESS_LIFE_MS } from '../../services/identity/access.ts';
import { localDay } from '../../services/prebooking/opening-rule.ts';
import type { Prebooking } from '../../services/prebooking/prebooking.ts';
import type { Login } from '../routes/open-app.ts';
import { limitMs } from '../support/limits.ts';
import { type Client, type Door, openDoor, TRANSPORTS } from './open-door.ts';

let door: Door;
let ana: Login;
let bea: Login;
beforeAll(async () => {
  door = await openDoor();
});
beforeEach(async () => {
  await door.app.cloud.pool.query('delete from public.prebookings');
  ana = await door.app.login('ana@example.test');
  bea = await door.app.login('bea@example.test');
});
afterAll(() => door.stop());

/** Waits for a message: the service looks for changes every second, or less often on a busy machine. */
const soon = <T>(look: () => T) => expect.poll(look, { timeout: limitMs(15_000) });
const HOUR_MS = 3_600_000;
let wishes = 0;
/** Makes a prebooking by calling `createPrebooking` and no endpoint, because the gym's list of classes does not matter to these tests. */
function wish({ userId, fingerprint, boxes }: Login): Promise<Prebooking> {
  const opensAt = new Date(Date.now() + HOUR_MS);
  const day = localDay(new Date(opensAt.getTime() + 48 * HOUR_MS), 'Europe/Madrid');
  const asked = { boxId: boxes[0]?.id ?? '', day, timeId: '1800_60', className: `WOD ${wishes++}`, opensAt };
  return createPrebooking(door.app.services, { userId, deviceFingerprint: fingerprint, wish: asked });
}
const statesOf = ({ heard }: Client, id: string) =>
  heard
    .filter(({ event, message }) => event === 'prebooking' && message['id'] === id)
    .map(({ message }) => message['status']);
const heardOf = ({ heard }: Client, event: string) =>
  heard.filter((one) => one.event === event).map(({ message }) => message);
const enter = async (token: string, transports = TRANSPORTS): Promise<Client> => {
  const client = door.connect({ token, transports });
  expect(await client.outcome).toBe('in');
  // A socket's first messages end with the boxes: when a message about a box has come, all messages about gym sessions and prebookings have come.
  await soon(() => heardOf(client, 'box').length).toBeGreaterThan(0);
  return client;
};
const sessionOf = (bearer: string): string =>
  JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString()).session_id;

describe('a prebooking', () => {
  test('is told with every state it takes, and how long until it opens', async () => {
    const client = await enter(ana.bearer);
    const { id } = await wish(ana);
    await soon(() => statesOf(client, id)).toEqual(['scheduling', 'scheduled']);
    await withdrawPrebooking(door.app.services, { userId: ana.userId, id });
    await soon(() => statesOf(client, id)).toEqual(['scheduling', 'scheduled', 'withdrawn']);
    const [told] = heardOf(client, 'prebooking');
    expect(told).toMatchObject({ boxId: ana.boxes[0]?.id, timeId: '1800_60', opensAt: expect.any(String) });
    expect(told?.['opensInMs']).toBeGreaterThan(0);
    expect(told?.['opensInMs']).toBeLessThanOrEqual(HOUR_MS);
  });

  test('that waits already is told on entering, and again when asked for; one that is over is not', async () => {
    const earlier = await enter(ana.bearer);
    const waiting = await wish(ana);
    const over = await wish(ana);
    await withdrawPrebooking(door.app.services, { userId: ana.userId, id: over.id });
    // A message that went to the connected sockets is not sent again to a socket that connects later.
    await soon(() => statesOf(earlier, over.id)).toContain('withdrawn');
    const client = await enter(ana.bearer);
    expect(statesOf(client, waiting.id)).toEqual(['scheduled']);
    expect(statesOf(client, over.id)).toEqual([]);
    await client.socket.emitWithAck('tell-all');
    expect(statesOf(client, waiting.id)).toEqual(['scheduled', 'scheduled']);
  });

  test('of another member of the same box is never told', async () => {
    const [hers, mine] = [await enter(bea.bearer), await enter(ana.bearer)];
    const { id } = await wish(ana);
    const after = await wish(bea);
    await soon(() => statesOf(mine, id)).toContain('scheduled');
    // The other member's prebooking was made later: when the message about it has arrived, any message about Ana's prebooking would have arrived,
    // too.
    await soon(() => statesOf(hers, after.id)).toContain('scheduled');
    expect(JSON.stringify(hers.heard)).not.toContain(id);
    expect(JSON.stringify(hers.heard)).not.toContain(ana.userId);
    expect(statesOf(mine, after.id)).toEqual([]);
  });

  test('whose transaction ends after a later one’s is told all the same', async () => {
    const client = await enter(ana.bearer);
    const slow = await wish(ana);
    await soon(() => statesOf(client, slow.id)).toContain('scheduled');
    const late = await door.app.cloud.pool.connect();
    onTestFinished(async () => {
      await late.query('rollback');
      late.release();
    });
    await late.query('begin');
    await late.query(`update public.prebookings set status = 'withdrawn', updated_at = now() where id = $1`, [slow.id]);
    const quick = await wish(ana);
    await soon(() => statesOf(client, quick.id)).toContain('scheduled');
    expect(statesOf(client, slow.id)).not.toContain('withdrawn');
    await late.query('commit');
    await soon(() => statesOf(client, slow.id)).toContain('withdrawn');
    expect(statesOf(client, quick.id)).toEqual(['scheduling', 'scheduled']);
  });
});

describe('health and boxes', () => {
  test('both sessions’ health is told on entering, and again when one changes; no token, fingerprint or cookie with it', async () => {
    const client = await enter(ana.bearer);
    const background = () => heardOf(client, 'session-health').filter((one) => one['sessionType'] === 'background');
    expect(background()).toHaveLength(1);
    const row = { id: background()[0]?.['id'] };
    await door.app.cloud.pool.query(`update public.auth_sessions set status = 'needs-login' where id = $1`, [row.id]);
    await soon(() => background().at(-1)?.['status']).toBe('needs-login');
    await door.app.cloud.pool.query(`update public.auth_sessions set status = 'live' where id = $1`, [row.id]);
    for (const message of heardOf(client, 'session-health'))
      expect(Object.keys(message).sort()).toEqual([
        'id',
        'lastTokenUpdateDate',
        'sessionType',
        'status',
        'tokenUpdateCount',
      ]);
    expect(JSON.stringify(client.heard)).not.toContain(ana.fingerprint);
  });

  test('a box’s news goes to its members alone, and no more to one that has left', async () => {
    const [cleo, bystander] = [await door.app.login('cleo@example.test'), await enter(ana.bearer)];
    const client = await enter(cleo.bearer);
    const hers = await enter(bea.bearer);
    const { pool } = door.app.cloud;
    const sur = cleo.boxes[0]?.id;
    const namesOf = (one: Client) =>
      heardOf(one, 'box')
        .filter((box) => box['id'] === sur)
        .map((box) => box['name']);
    await pool.query(`delete from public.user_boxes where user_id = $1`, [bea.userId]);
    await pool.query(`update public.boxes set name = 'Box Sur 2' where id = $1`, [sur]);
    await soon(() => namesOf(client)).toEqual(['Box Sur', 'Box Sur 2']);
    expect(namesOf(bystander)).toEqual([]);
    expect(namesOf(hers)).toEqual(['Box Sur']);
    await pool.query(`update public.boxes set name = 'Box Sur' where id = $1`, [sur]);
  });
});

describe('the end of a session', () => {
  test.each(TRANSPORTS)('that is revoked cuts its sockets off over %s, and none comes back', async (transport) => {
    const gone = await enter(ana.bearer, [transport]);
    const stays = await enter(bea.bearer, [transport]);
    const left = await door.app.ask('POST', '/api/auth/logout', { bearer: ana.bearer });
    expect(left.json).toEqual({ ended: 1 });
    expect(await gone.cutOff).toBe('io server disconnect');
    expect(gone.heard.at(-1)).toEqual({ event: 'ended', message: { reason: 'revoked' } });
    const heardBefore = gone.heard.length;
    await wish(ana);
    const { id } = await wish(bea);
    await soon(() => statesOf(stays, id)).toContain('scheduled');
    expect(gone.heard).toHaveLength(heardBefore);
    expect(await door.connect({ token: ana.bearer, transports: [transport] }).outcome).toBe('auth/session-revoked');
  });

  test('written past our routes is found as well: a stolen family, an erased member', async () => {
    const { pool } = door.app.cloud;
    const first = await enter(ana.bearer);
    await pool.query('update public.user_sessions set revoked_at = now() where id = $1', [sessionOf(ana.bearer)]);
    expect(await first.cutOff).toBe('io server disconnect');
    const again = await door.app.login('ana@example.test');
    const second = await enter(again.bearer);
    await pool.query('delete from public.user_sessions where id = $1', [sessionOf(again.bearer)]);
    expect(await second.cutOff).toBe('io server disconnect');
  });

  test('asked for by the client: a revoked one is told nothing', async () => {
    const client = await enter(ana.bearer);
    const before = client.heard.length;
    // The socket's client asks for the member's whole state (`tell-all`) right after its puntual session is revoked, usually before the service has
    // noticed the revocation.
    const revoked = door.app.cloud.pool.query('update public.user_sessions set revoked_at = now() where id = $1', [
      sessionOf(ana.bearer),
    ]);
    await revoked;
    client.socket.emit('tell-all');
    expect(await client.cutOff).toBe('io server disconnect');
    expect(client.heard.slice(before)).toEqual([{ event: 'ended', message: { reason: 'revoked' } }]);
  });

  test('its access token’s end cuts it off, and a fresh one lets it in again', async () => {
    const who = { userId: ana.userId, sessionId: sessionOf(ana.bearer) };
    const almost = await door.app.services.access.sign(who, new Date(Date.now() - ACCESS_LIFE_MS + 2_500));
    const client = door.connect({ token: almost.token.reveal() });
    expect(await client.outcome).toBe('in');
    expect(await client.cutOff).toBe('io server disconnect');
    expect(client.heard.at(-1)).toEqual({ event: 'ended', message: { reason: 'expired' } });
    await enter(ana.bearer);
  });
});

test('after a restart each of 200 clients shows its token again, and those revoked meanwhile stay out', {
  timeout: limitMs(60_000),
}, async () => {
  const shown: string[] = [];
  const cleo = await door.app.login('cleo@example.test');
  const leaving = await door.app.login('ana@example.test');
  const clients = Array.from({ length: 200 }, (_, at) =>
    door.connect({
      again: true,
      token: () => {
        const bearer = at < 20 ? leaving.bearer : at % 2 === 0 ? cleo.bearer : bea.bearer;
        shown.push(bearer);
        return bearer;
      },
    }),
  );
  expect(new Set(await Promise.all(clients.map(({ outcome }) => outcome)))).toEqual(new Set(['in']));
  expect(shown).toHaveLength(200);
  shown.length = 0;
  const refused = clients
    .slice(0, 20)
    .map(
      ({ socket }) =>
        new Promise((resolve) =>
          socket.on(
            'connect_error',
            (error: Error & { data?: { code: string } }) => error.data && resolve(error.data.code),
          ),
        ),
    );
  const back = clients
    .slice(20)
    .map(({ socket }) => new Promise((resolve) => socket.once('connect', () => resolve('in'))));
  const revoke = 'update public.user_sessions set revoked_at = now() where id = $1';
  await door.restart(() => door.app.cloud.pool.query(revoke, [sessionOf(leaving.bearer)]));
  expect(new Set(await Promise.all(refused))).toEqual(new Set(['auth/session-revoked']));
  expect(new Set(await Promise.all(back))).toEqual(new Set(['in']));
  expect(shown.filter((bearer) => bearer === leaving.bearer).length).toBeGreaterThanOrEqual(20);
  expect(shown.filter((bearer) => bearer !== leaving.bearer).length).toBeGreaterThanOrEqual(180);
});
