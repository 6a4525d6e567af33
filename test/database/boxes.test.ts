// How the service learns of boxes: a box is found by the id that the gym gives it, else by the box's address. No box is stored twice or lost.
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

interface Said {
  platformBoxId?: string;
  slug?: string;
  name: string;
  reason?: string;
}
async function place(userId: string, ...boxes: Said[]) {
  const found = await cloud.pool.query('select place_boxes($1, $2, now()) as placed', [userId, JSON.stringify(boxes)]);
  const { boxes: cards, unplaced, isNews } = found.rows[0].placed;
  return { slugs: cards.map((card: { subdomain: string }) => card.subdomain), unplaced, isNews };
}
const FIFTY = { platformBoxId: '50', slug: 'fifty', name: 'Fifty' };
const FIFTY_ONE = { platformBoxId: '51', slug: 'fifty-one', name: 'Fifty-one' };

test.each([
  'no-address',
  'other-address',
  'unknown-address',
])('F1: a known box told with %s keeps its old address', async (reason) => {
  const ana = await member();
  await place(ana, FIFTY);
  const again = await place(ana, { platformBoxId: '50', name: 'Fifty', reason });
  expect(again).toEqual({ slugs: ['fifty'], unplaced: [], isNews: false });
});

test('F1: an unknown box is named with its reason, as news once', async () => {
  const ana = await member();
  const strange = { platformBoxId: '59', name: 'Es', reason: 'other-address' };
  const unplaced = [{ name: 'Es', reason: 'other-address' }];
  expect(await place(ana, FIFTY, strange)).toEqual({ slugs: ['fifty'], unplaced, isNews: true });
  expect(await place(ana, FIFTY, strange)).toEqual({ slugs: ['fifty'], unplaced, isNews: false });
  const { rows } = await cloud.pool.query('select count_unplaced() as counted');
  expect(rows[0].counted).toEqual({ 'other-address': 1 });
  expect(await place(ana, FIFTY)).toEqual({ slugs: ['fifty'], unplaced: [], isNews: false });
});

test('F1: two known boxes that end under one address are both kept, one of them under its old one', async () => {
  const ana = await member();
  await place(ana, FIFTY, FIFTY_ONE);
  for (const slug of ['merged', 'fifty', 'fifty-one']) {
    const both = await place(ana, { ...FIFTY, slug }, { ...FIFTY_ONE, slug });
    expect([both.slugs.length, new Set(both.slugs).size, both.unplaced]).toEqual([2, 2, []]);
    expect(both.slugs).toContain(slug);
  }
});

test('F1: two new boxes under one address are one, and the other is named', async () => {
  const [one, other] = ['60', '61'].map((platformBoxId) => ({
    platformBoxId,
    slug: 'sixty',
    name: `Sixty ${platformBoxId}`,
  }));
  if (!one || !other) throw new Error('Expected two.');
  const both = await place(await member(), one, other);
  expect(both).toMatchObject({ slugs: ['sixty'], unplaced: [{ name: 'Sixty 61', reason: 'address-taken' }] });
});

test('F1: a role without an id is known by its address', async () => {
  await place(await member(), FIFTY);
  const bea = await member();
  const known = await place(
    bea,
    { slug: 'fifty', name: 'Fifty', reason: 'no-id' },
    { slug: 'nowhere', name: 'y', reason: 'no-id' },
  );
  expect(known).toMatchObject({ slugs: ['fifty'], unplaced: [{ name: 'y', reason: 'no-id' }] });
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
  const taught = {
    evidence: 1.5,
    judgesLate: 'to-try',
    marginMs: 21,
    refusedMarginMs: 2,
    refusedAt: '2026-11-28T17:00:00+00:00',
  };
  // An observation of the gym's clock counts once, even if it is stored again because the database's answer was lost.
  await note(box?.id, taught);
  expect((await note(box?.id, taught))?.clock).toEqual({ ...looked, ...taught });
  for (const wrong of [
    { evidence: 3 },
    { judgesLate: 'perhaps' },
    { marginMs: -1 },
    { marginMs: 2_000 },
    { address: '//evil.test/' },
    { address: 'x' },
  ])
    await expect(note(box?.id, wrong)).rejects.toThrow('check constraint');
  expect(await note(randomUUID(), taught)).toBeNull();
});
