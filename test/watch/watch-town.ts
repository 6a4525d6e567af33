// The setting of the watch tests: a box with a class at 18:00 that one member fills, a class at 20:00 with room, and members that watch the full
// class. The test moves the service's clock and the gym's clock by hand.
import { randomUUID } from 'node:crypto';
import type { Gym } from '../../services/gym/gym.ts';
import { classStartsAt } from '../../services/prebooking/opening-rule.ts';
import type { Instead, Watch } from '../../services/prebooking/watch.ts';
import type { BoxInput, ScenarioInput, SlotInput } from '../../simulator/scenario.ts';
import type { Services } from '../../worker/services.ts';
import { type HandClock, handClock } from '../support/hand-clock.ts';
import { type ServiceOptions, startService, type TestService } from '../support/service.ts';
import { MONDAY, SUNDAY_NOON } from '../support/town.ts';
import { lookOnce } from './look-once.ts';

/** The day on which the tests begin, at 13:00: too late to give up a place at 15:00 in a box that wants cancellations three hours before. */
export const SUNDAY = '20260301';

const wod: Omit<SlotInput, 'id' | 'time'> = { day: MONDAY, classId: 5, className: 'WOD', limit: 1, waitlist: true };

/** Gives a box with a class of one place at 18:00 and a class of twenty at 20:00 on Monday, and a class of twenty at 15:00 on Sunday. */
export const watchBox = (slug: string, boid: number, more: Partial<BoxInput> = {}): BoxInput => ({
  slug,
  boid,
  name: `Box ${slug}`,
  slots: [
    { ...wod, id: 501, time: '18:00 - 19:00' },
    { ...wod, id: 502, time: '20:00 - 21:00', limit: 20 },
    { ...wod, id: 503, day: SUNDAY, time: '15:00 - 16:00', limit: 20 },
  ],
  ...more,
});

export const watchMember = (id: number, boxes: readonly string[]) => ({
  id,
  name: `m${id}`,
  email: `m${id}@example.test`,
  password: 'right',
  boxes: [...boxes],
});

/** The gym's id of the member that takes the last place of the full class, in every box. */
export const STRANGER = 9;

/** The gym's id of the child of member 1. */
export const CHILD = 11;

export const watchTown: ScenarioInput = {
  boxes: [watchBox('norte', 77)],
  members: [1, 2, 3, STRANGER].map((id) => ({
    ...watchMember(id, ['norte']),
    family: id === 1 ? [{ id: CHILD, name: 'Nico' }] : [],
  })),
};

export interface WatchTown extends TestService {
  readonly clock: HandClock;
  /** The members' ids in the service, by their ids at the gym. */
  readonly ids: Map<number, string>;
  readonly boxId: string;
  /** Books the one place of the class at 18:00 for `STRANGER`; gives the function that frees that place again. */
  fill(): Promise<() => Promise<void>>;
  watch(member: number, more?: Partial<Parameters<Services['store']['createWatch']>[0]>): Promise<Watch>;
  /** Makes one pass over the watched days that are due (look-once.ts). Returns how many places the service tried to book. */
  look(services?: Services): Promise<number>;
  /** Moves the service's clock and the gym's clock on by `ms`. */
  advance(ms: number): Promise<void>;
  read(id: string): Promise<{ status: string; outcome: string | null; prebooking_id: string | null }>;
  /** Gives the member's places at the gym as texts of the class's time id and the place's state, such as `1800_60 booked`. */
  places(member: number): Promise<string[]>;
  notices(): Promise<string[]>;
  /** Puts database, gym and clock back to their state at the beginning of the tests. */
  again(scenario?: ScenarioInput): Promise<void>;
}

export async function openWatchTown(
  scenario: ScenarioInput = watchTown,
  options: ServiceOptions = {},
): Promise<WatchTown> {
  const clock = handClock(SUNDAY_NOON);
  const service = await startService(scenario, clock, options);
  const { services, gym, cloud } = service;
  const ids = new Map<number, string>();
  const town = { ...service, clock, ids, boxId: '' };
  const query = async <T extends object>(text: string, values: unknown[] = []): Promise<T[]> =>
    (await cloud.pool.query<T>(text, values)).rows;
  const all: WatchTown = Object.assign(town, {
    async fill() {
      const { reservationId = 0 } = await gym.control.bookByHand({
        box: 'norte',
        day: MONDAY,
        id: 501,
        member: STRANGER,
      });
      return async () => void (await gym.control.cancelByHand({ reservationId }));
    },
    async watch(member: number, more: Partial<Parameters<Services['store']['createWatch']>[0]> = {}) {
      const startsAt = classStartsAt(MONDAY, '1800_60', 'Europe/Madrid');
      const endsAt = new Date(startsAt.getTime() - 90 * 60_000);
      const one = {
        boxId: town.boxId,
        day: MONDAY,
        classId: '501',
        timeId: '1800_60',
        className: 'WOD',
        kind: 'book' as const,
      };
      const userId = ids.get(member) ?? '';
      const times = { notAfter: 90, startsAt, endsAt, instead: undefined, now: clock.now() };
      return services.store.createWatch({ id: randomUUID(), userId, ...one, ...times, ...more });
    },
    async look(with_: Services = services) {
      return lookOnce(with_);
    },
    async advance(ms: number) {
      clock.advance(ms);
      await gym.control.advance(ms);
    },
    async read(id: string) {
      const [row] = await query<{ status: string; outcome: string | null; prebooking_id: string | null }>(
        'select status, outcome, prebooking_id from watches where id = $1',
        [id],
      );
      if (!row) throw new Error('Expected the watch to be there.');
      return row;
    },
    async places(member: number) {
      const { reservations } = await gym.control.truth({ member: `m${member}@example.test` });
      return reservations
        .filter((one) => one.state !== 'cancelled')
        .map((one) => `${one.timeid} ${one.state}`)
        .sort();
    },
    async notices() {
      return (await query<{ kind: string }>('select kind from outbox order by id')).map(({ kind }) => kind);
    },
    async again(next: ScenarioInput = scenario) {
      clock.set(SUNDAY_NOON);
      await gym.control.reset(next);
      await gym.control.freeze(SUNDAY_NOON.getTime());
      await query('delete from watch_days');
      await query('delete from watch_budgets');
      await query('delete from members');
      ids.clear();
      for (const { id = 0, email, boxes = [] } of next.members ?? []) {
        if (id === STRANGER || boxes.length === 0) continue;
        const { member, boxes: own } = await service.signIn(email);
        ids.set(id, member.id);
        town.boxId = own.find(({ at }) => at.slug === 'norte')?.id ?? town.boxId;
      }
      await gym.control.clearHistory();
    },
  });
  await all.again();
  return all;
}

/** Books a place by hand for the member, and gives it in the form in which a watch names a place that is to be given up. */
export async function placeOf(
  { services, gym, ids }: Pick<WatchTown, 'services' | 'gym' | 'ids'>,
  member: number,
  { box: slug, boxId, day, id }: { box: string; boxId: string; day: string; id: number },
): Promise<Instead> {
  await gym.control.bookByHand({ box: slug, day, id, member });
  const { session } = await services.freshener.background(ids.get(member) ?? '', { staleAt: new Date(0) });
  const box = await services.store.readBox(boxId);
  const list: Awaited<ReturnType<Gym['readDay']>> | undefined = box
    ? await services.gym.readDay(session.key, box.at, day)
    : undefined;
  const mine = list?.kind === 'day' ? list.slots.find((slot) => slot.mine === 'booked') : undefined;
  if (mine?.reservationId === undefined) throw new Error('Expected the place to stand.');
  const { reservationId, timeId, name: className } = mine;
  return { boxId, day, reservationId, timeId, className };
}

/** Books a place by hand for the member in the class at 20:00, on the day of the watched class, and returns that place. */
export async function placeAtEight(town: WatchTown, member: number): Promise<Instead> {
  const instead = await placeOf(town, member, { box: 'norte', boxId: town.boxId, day: MONDAY, id: 502 });
  await town.gym.control.clearHistory();
  return instead;
}
