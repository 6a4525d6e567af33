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
