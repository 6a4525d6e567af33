// Ten thousand rules on three hundred boxes: what a pass over these rules costs this process, once when no rule is due and once when all rules are
// new. The bench also counts how often the list of a box's classes for one day is read. The bench moves the service's clock itself; the database and
// the pretend gym are processes of their own.
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Clock } from '../services/clock.ts';
import { systemClock } from '../services/clock.ts';
import type { Dispatch } from '../services/dispatch/dispatch.ts';
import { type Expanded, expandRules } from '../services/expansion/expand-rules.ts';
import type { BoxInput } from '../simulator/scenario.ts';
import { spawnSimulator } from '../simulator/spawn.ts';
import { type Bench, type Outcome, round, type Setting, target } from './bench.ts';
import { fillMembers } from './members.ts';
import { nowMs } from './moment.ts';
import { openRoom } from './room.ts';
import { openService } from './service.ts';
import { median, quantile } from './stats.ts';

const SIZE = { rules: 10_000, boxes: 300, members: 2_000 };
const QUICK = { rules: 500, boxes: 30, members: 100 };
const MINUTE_MS = 60_000;
/**
 * The pass over the rules is run at most this many times, and makes at most a hundred prebookings each time: more passes would only repeat the work.
 */
const MAX_PASSES = 25;
const IDLE_PASSES = 20;

export const rules: Bench = {
  name: 'rules',
  what: '10,000 rules on 300 boxes: CPU of a pass with nothing due and with all of them new, and reads of the gym',
  run,
};

interface Pass extends Expanded {
  readonly cpuMs: number;
  readonly tookMs: number;
}

async function run({ quick, say }: Setting): Promise<Outcome> {
  const size = quick ? QUICK : SIZE;
  const room = await openRoom();
  const gym = await spawnSimulator({ scenario: { boxes: Array.from({ length: size.boxes }, (_, n) => boxOf(n)) } });
  let offsetMs = 0;
  const clock: Clock = { ...systemClock, now: () => new Date(systemClock.now().getTime() + offsetMs) };
  const { stack, pool } = room;
  const address = {
    ...{
      supabaseUrl: stack.supabaseUrl,
      secretKey: stack.secretKey.reveal(),
      sealKeys: stack.secrets.sealKeys.reveal(),
    },
    ...{ loginUrl: gym.loginUrl, mainUrl: gym.mainUrl, boxUrlTemplate: gym.boxUrlTemplate },
    folder: join(room.folder, 'bench'),
  };
  const { services, close } = await openService(address, clock);
  const pass = async (): Promise<Pass> => {
    const [before, startedAtMs] = [process.cpuUsage(), nowMs()];
    const until = new Date(clock.now().getTime() + MINUTE_MS);
    const expanded = await expandRules({ ...services, dispatch: aQueue() }, { until });
    const { user, system } = process.cpuUsage(before);
    return { ...expanded, cpuMs: (user + system) / 1_000, tookMs: nowMs() - startedAtMs };
  };
  try {
    say(`rules: ${size.rules} rules of ${size.members} members`);
    await fill(pool, stack.secrets.sealKeys, gym.mainUrl, size);
    const busy: Pass[] = [];
    // Runs the pass over the rules until two passes in a row have found nothing to do.
    for (let quiet = 0; quiet < 2 && busy.length < MAX_PASSES; offsetMs += MINUTE_MS) {
      const one = await pass();
      busy.push(one);
      quiet = one.asked === 0 && one.read === 0 ? quiet + 1 : 0;
      if (busy.length % 10 === 0) say(`rules: pass ${busy.length}, ${sum(busy, 'asked')} asked for`);
    }
    // Moves the next look at each rule's days to the next day, so that the following passes find nothing due.
    await pool.query(`update rule_days set look_at = now() + interval '1 day' where look_at is not null`);
    await pool.query(`update rules set plan_at = now() + interval '1 day'`);
    const idle: Pass[] = [];
    for (let at = 0; at < IDLE_PASSES; at += 1) idle.push(await pass());
    return conclude(size, busy, idle, await doubles(pool));
  } finally {
    await close();
    await gym.stop();
    await room.close();
  }
}

/** Makes a box with a class at 18:00 and one at 19:00 on every day of the week. */
function boxOf(n: number): BoxInput {
  const at = (weekday: number, time: string) => ({ weekday, time, classId: 5, className: 'WOD', limit: 500 });
  const timetable = [1, 2, 3, 4, 5, 6, 7].flatMap((day) => [at(day, '18:00 - 19:00'), at(day, '19:00 - 20:00')]);
  return { slug: `box${n}`, boid: n, name: `Box ${n}`, timetable, opening: { kind: 'days-before', days: 3 } };
}

function aQueue(): Dispatch {
  let sent = 0;
  return {
    longestDelayMs: 7 * 24 * 60 * MINUTE_MS,
    wake: async () => {
      sent += 1;
      return `message-${sent}`;
    },
    shareRefresh: async () => undefined,
    callBack: async () => undefined,
  };
}

async function fill(
  pool: Pool,
  sealKeys: Parameters<typeof fillMembers>[1],
  gymUrl: string,
  size: typeof SIZE,
): Promise<void> {
  await pool.query(
    `insert into boxes (aimharder_box_id, subdomain, name, created_at)
     select n || '', 'box' || n, 'Box ' || n, now() from generate_series(0, $1::int - 1) n`,
    [size.boxes],
  );
  await fillMembers(pool, sealKeys, gymUrl, size.members);
  await pool.query(`update members set admission = 'admitted'`);
  await pool.query(
    `update boxes set opening_rule = '{"kind":"days-before","days":3}', opening_rule_source = 'declared', time_zone_source = 'declared'`,
  );
  await pool.query(
    `with numbered as (select id, row_number() over (order by id) - 1 as n from members),
     line as (select m.id as user_id, k, (m.n * $2 + k) as n from numbered m, generate_series(0, $2::int - 1) k),
     placed as (select l.*, b.id as box_id from line l join boxes b on b.aimharder_box_id = (l.n % $1::int) || ''),
     joined as (insert into user_boxes (user_id, box_id, joined_at) select distinct user_id, box_id, now() from placed on conflict do nothing)
     insert into rules (id, user_id, box_id, weekday, time_id, class_name, created_at, updated_at)
     select gen_random_uuid(), user_id, box_id, 1 + (n / $1::int + k)::int % 7, case when n % 2 = 0 then '1800_60' else '1900_60' end, 'WOD', now(), now()
     from placed on conflict do nothing`,
    [size.boxes, size.rules / size.members],
  );
  await pool.query('vacuum analyze');
}

const doubles = async (pool: Pool): Promise<number> =>
  (await pool.query('select 1 from prebookings group by rule_id, day having count(*) > 1')).rows.length;

const sum = (all: readonly Pass[], what: keyof Pass): number => all.reduce((total, one) => total + one[what], 0);

function conclude(size: typeof SIZE, busy: readonly Pass[], idle: readonly Pass[], twice: number): Outcome {
  const rowOf = (name: string, all: readonly Pass[]) => {
    const cpu = all.map(({ cpuMs }) => cpuMs);
    const reads = all.map(({ read }) => read);
    return [
      ...[
        name,
        all.length,
        round(median(cpu)),
        round(Math.max(...cpu)),
        round(
          quantile(
            all.map(({ tookMs }) => tookMs),
            0.9,
          ),
        ),
      ],
      ...[Math.max(...reads), sum(all, 'read'), sum(all, 'asked')],
    ];
  };
  const rows = [rowOf('all new at once', busy), rowOf('nothing due', idle)];
  const mostCpuMs = Math.max(...[...busy, ...idle].map(({ cpuMs }) => cpuMs));
  return {
    tables: [
      {
        title: `${size.rules} rules on ${size.boxes} boxes: passes a minute apart`,
        head: ['passes', 'number', 'CPU ms, median', 'CPU ms, most', 'ms, p90', 'reads, most', 'reads', 'asked'],
        rows,
      },
    ],
    targets: [
      target('CPU of a pass, the most', mostCpuMs, 2_000, ' ms'),
      target('reads of one pass for each box', Math.max(...busy.map(({ read }) => read)) / size.boxes, 2, ''),
      // The bound, 14, is one read of the box's list for each day of two weeks, however many rules ask for a class of that day.
      target('reads in all for each box', sum(busy, 'read') / size.boxes, 14, ''),
      target('rules and days asked for twice', twice, 0, ''),
    ],
    figures: { rows },
  };
}
