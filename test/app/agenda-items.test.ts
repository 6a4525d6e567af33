// The rows of the agenda: which rows are shown, and where an added or changed row stands.
import { expect, test } from 'vitest';
import {
  type AgendaItem,
  type Change,
  caughtUp,
  fromPrebooking,
  fromWatch,
  givenBack,
  inView,
  placed,
  taking,
  type Watch,
} from '../../web/app/data/agenda-items.ts';

const ZONE = 'Europe/Madrid';
const wod = (more: Partial<AgendaItem> = {}): AgendaItem => ({
  ...{ kind: 'prebooking', id: 'a', boxId: 'norte', day: '20261201', timeId: '1800_60', className: 'WOD' },
  ...{ state: 'scheduled', opensAt: '2026-11-30T17:00:00.000Z', startsAt: '2026-12-01T17:00:00.000Z' },
  ...more,
});
const told = (more: Partial<Change> = {}): Change => ({
  ...{ id: 'a', boxId: 'norte', day: '20261201', timeId: '1800_60', className: 'WOD' },
  ...{ status: 'booked', opensAt: '2026-11-30T17:00:00.000Z' },
  ...more,
});
const states = (items: readonly AgendaItem[]) => items.map(({ id, state }) => `${id} ${state}`);

test('a prebooking stands at its hour as its box counts it, however far the phone is', () => {
  expect(fromPrebooking(told(), ZONE)).toEqual(wod({ state: 'booked' }));
  expect(fromPrebooking(told(), 'Atlantic/Canary').startsAt).toBe('2026-12-01T18:00:00.000Z');
});

test('one that has changed keeps its row and what the word of the socket does not say', () => {
  const light: AgendaItem['readiness'] = { level: 'green', findings: [], checkedAt: '2026-11-30T16:00:00.000Z' };
  const later = wod({ id: 'b', startsAt: '2026-12-02T17:00:00.000Z', day: '20261202' });
  const changed = placed([wod({ readiness: light }), later], fromPrebooking(told({ status: 'armed' }), ZONE));
  expect(states(changed)).toEqual(['a armed', 'b scheduled']);
  expect(changed[0]?.readiness).toEqual(light);
});

test('one that was just made takes its place by its start', () => {
  const items = [
    wod({ id: 'b', startsAt: '2026-12-01T09:00:00.000Z' }),
    wod({ id: 'c', startsAt: '2026-12-02T09:00:00.000Z' }),
  ];
  expect(states(placed(items, wod()))).toEqual(['b scheduled', 'a scheduled', 'c scheduled']);
});

test('a watch of a waitlist place has no row of its own', () => {
  const watch: Watch = {
    ...{ id: 'w', boxId: 'norte', day: '20261201', classId: '501', timeId: '1800_60', className: 'WOD' },
    ...{ notAfter: 90, status: 'watching', endsAt: '2026-12-01T15:30:00.000Z', createdAt: '2026-11-30T09:00:00.000Z' },
    then: 'tell',
  };
  expect(fromWatch(watch, ZONE)).toMatchObject({
    kind: 'watch',
    state: 'watching',
    then: 'tell',
    endsAt: watch.endsAt,
  });
  expect(fromWatch({ ...watch, then: 'move-up' }, ZONE)).toBeUndefined();
});

test('what is lost or taken back stays in view; asked for once more it stands once', () => {
  expect(states(inView([wod({ state: 'withdrawn' })]))).toEqual(['a withdrawn']);
  const again = [wod({ id: 'b' }), wod({ state: 'withdrawn' })];
  expect(states(inView(again))).toEqual(['b scheduled']);
  // The class was prebooked and withdrawn twice: the agenda shows only the row of the later prebooking, whose withdrawal the member can undo.
  expect(states(inView([wod({ id: 'b', state: 'withdrawn' }), wod({ state: 'withdrawn' })]))).toEqual(['b withdrawn']);
  const lost = [wod({ id: 'b', kind: 'watch', state: 'watching' }), wod({ state: 'refused' })];
  expect(states(inView(lost))).toEqual(['b watching', 'a refused']);
});

test('a watch whose place stands has no row any more, unless another place is being given back for it', () => {
  const won = wod({ id: 'b', state: 'booked' });
  const watch = (state: string) => wod({ id: 'w', kind: 'watch', state });
  expect(states(inView([won, watch('taking')]))).toEqual(['b booked']);
  expect(states(inView([won, watch('swapping')]))).toEqual(['b booked', 'w swapping']);
  expect(states(inView([wod({ id: 'b', state: 'armed' }), watch('taking')]))).toEqual(['b armed', 'w taking']);
});

test('a watch and a prebooking of one class, both taken back, are undone each by itself', () => {
  const items = [wod({ state: 'withdrawn' }), wod({ id: 'w', kind: 'watch', state: 'withdrawn' })];
  expect(states(inView(items))).toEqual(['a withdrawn', 'w withdrawn']);
});

test('days that a rule will ask for are no rows here', () => {
  expect(inView([wod({ kind: 'rule', state: 'planned' })])).toEqual([]);
});

test('after a break what waited is as it is by now, what is new stands, and what the gym says of a place stays', () => {
  const items = [wod(), wod({ id: 'b', kind: 'prebooking', state: 'given-back', day: '20261202' })];
  const now = [
    fromPrebooking(told(), ZONE),
    fromPrebooking(told({ id: 'b', day: '20261202' }), ZONE),
    fromPrebooking(told({ id: 'c', day: '20261203', status: 'scheduled' }), ZONE),
  ];
  expect(states(caughtUp(items, now)).sort()).toEqual(['a booked', 'b given-back', 'c scheduled']);
  expect(caughtUp(items.slice(1), [])).toEqual(items.slice(1));
});

test('a watch takes the place while a race for its class runs, and no other watch does', () => {
  const watch = wod({ id: 'w', kind: 'watch', state: 'watching' });
  const other = { ...watch, id: 'v', timeId: '1900_60' };
  expect(states(taking([watch, other], told({ status: 'claimed' })))).toEqual(['w taking', 'v watching']);
  expect(states(taking([watch], told({ status: 'refused' })))).toEqual(['w watching']);
});

test('a place that is given back says so and keeps its row', () => {
  const items = [wod({ state: 'booked', reservationId: '7' }), wod({ id: 'b', state: 'booked', reservationId: '8' })];
  expect(states(givenBack(items, '7'))).toEqual(['a given-back', 'b booked']);
});
