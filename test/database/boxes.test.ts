// How boxes become known: by the gym's own id, else by their address; never twice, never lost.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Cloud, startCloud } from '../support/cloud.ts';

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud({ rest: false });
});
afterAll(() => cloud.stop());

async function member(): Promise<string> {
  const made = await cloud.pool.query('insert into members (id, created_at) values ($1, now()) returning id', [
    randomUUID(),
  ]);
  return made.rows[0].id;
}
async function join(userId: string, ...boxes: { platformBoxId: string; slug: string; name: string }[]) {
  const found = await cloud.pool.query('select join_boxes($1, $2, now()) as card', [userId, JSON.stringify(boxes)]);
  return found.rows.map((row) => row.card as { id: string; aimharderBoxId: string; subdomain: string; name: string });
}

test('a box that got a new id under the same address keeps its row', async () => {
  const [before] = await join(await member(), { platformBoxId: '10', slug: 'ten', name: 'Ten' });
  const [after] = await join(await member(), { platformBoxId: '11', slug: 'ten', name: 'Ten again' });
  expect(after).toMatchObject({ id: before?.id, aimharderBoxId: '11', subdomain: 'ten', name: 'Ten again' });
});

test('a box that moved to a new address keeps its row', async () => {
  const [before] = await join(await member(), { platformBoxId: '20', slug: 'twenty', name: 'Twenty' });
  const [after] = await join(await member(), { platformBoxId: '20', slug: 'veinte', name: 'Veinte' });
  expect(after).toMatchObject({ id: before?.id, subdomain: 'veinte', name: 'Veinte' });
});

test('many first members of one box at once make one box, and all belong to it', async () => {
  const members = await Promise.all(Array.from({ length: 8 }, member));
  const joined = await Promise.all(
    members.map((id) => join(id, { platformBoxId: '30', slug: 'thirty', name: 'Thirty' })),
  );
  expect(new Set(joined.map(([box]) => box?.id)).size).toBe(1);
  expect(joined.every((boxes) => boxes.length === 1)).toBe(true);
});

test('membership follows the latest login exactly', async () => {
  const ana = await member();
  await join(
    ana,
    { platformBoxId: '40', slug: 'forty', name: 'Forty' },
    { platformBoxId: '41', slug: 'forty-one', name: 'Forty-one' },
  );
  expect(
    (await join(ana, { platformBoxId: '41', slug: 'forty-one', name: 'Forty-one' })).map((box) => box.subdomain),
  ).toEqual(['forty-one']);
});

test('what is known of a box’s clock keeps what is not said anew, and takes nothing that is out of bounds', async () => {
  const [box] = await join(await member(), { platformBoxId: '50', slug: 'fifty', name: 'Fifty' });
  const note = async (id: string | undefined, clock: object) => {
    const found = await cloud.pool.query('select note_clock($1, $2) as card', [id, JSON.stringify(clock)]);
    return found.rows[0].card as { clock: object } | null;
  };
  const looked = { address: '/robots.txt', addressThinkingMs: 0.5, addressAt: '2026-11-28T10:00:00+00:00' };
  await note(box?.id, looked);
  const taught = { evidence: 1.5, marginMs: 21, refusedMarginMs: 2, refusedAt: '2026-11-28T17:00:00+00:00' };
  // Asked again after a lost answer, it counts once.
  await note(box?.id, taught);
  expect((await note(box?.id, taught))?.clock).toEqual({ ...looked, ...taught });
  for (const wrong of [
    { evidence: 3 },
    { marginMs: -1 },
    { marginMs: 2_000 },
    { address: '//evil.test/' },
    { address: 'x' },
  ])
    await expect(note(box?.id, wrong)).rejects.toThrow('check constraint');
  expect(await note(randomUUID(), taught)).toBeNull();
});
