// Scenes with a faulty database: connections ended, a read that is out of date, a full disk, a migration.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { migrate } from '../../../embedded/database/migrate.ts';
import { Secret } from '../../../services/secret.ts';
import { freshen } from '../deeds.ts';
import type { Stand } from '../staging/stand.ts';
import { must, type Scene } from './scene.ts';

export const terminated: Scene = {
  ...{ id: 'D2', fault: 'connections terminated again and again', isQuick: false, members: 60 },
  stage: () => {
    let ended = 0;
    let ending: Promise<void> = Promise.resolve();
    async function cutAll({ stand }: { stand: Stand }): Promise<void> {
      for (let turn = 0; turn < 8; turn++) {
        await wait(60);
        ended += await stand.terminateConnections();
      }
    }
    return {
      begin: async (place, number) => {
        if (number === 0) ending = cutAll(place);
      },
      end: () => ending,
      judge: async () => must(ended > 0, 'no connection was there to be ended'),
      said: () => `${ended} connections were ended in the middle of a pass`,
    };
  },
};

const READ = /\/rpc\/read_background_session /;

export const staleRead: Scene = {
  ...{ id: 'D5', fault: 'a decision on a read that is out of date', isQuick: false, members: 20 },
  stage: () => {
    let letGo = () => {};
    const renewed = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let reading: Promise<unknown> = Promise.resolve();
    let held = 0;
    return {
      async begin({ stage, crew }, number, players) {
        if (number > 0) return;
        stage.gate = (call, berth) => {
          if (berth !== crew.other || !READ.test(call.line)) return undefined;
          held += 1;
          // The process `crew.other` reads background sessions, and the proxy holds each row back until the other processes' refresh pass has ended.
          // So `crew.other` decides whether to renew by a row that was true before that pass.
          return { after: () => renewed.then(() => 'go' as const) };
        };
        reading = crew.other.send(freshen(stage, players));
        while (held < players.length) await wait(10);
      },
      async end() {
        letGo();
        await reading;
      },
      async judge(_, { episodes }) {
        const early = episodes.map((one) => one.calls.filter(({ simAtMs }) => simAtMs < one.calmSinceMs + 1).length);
        return must(
          early.every((calls) => calls === 1),
          `sessions were renewed ${early.join(', ')} times, once by whoever read what was out of date`,
        );
      },
      said: () =>
        `${held} reads were held back until somebody else had renewed: the lease said "fresh", nothing was sent`,
    };
  },
};

const NO_ROOM = `
create function harness.no_room() returns trigger language plpgsql as $$
begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
create trigger no_room before insert on public.token_journal for each row execute function harness.no_room();`;
const ROOM = 'drop trigger if exists no_room on public.token_journal; drop function if exists harness.no_room()';

export const fullDatabase: Scene = {
  ...{ id: 'D7', fault: 'disk full in Postgres', isQuick: false, members: 40 },
  stage: () => {
    let kept = 0;
    return {
      begin: async ({ stand }, number) => {
        if (number === 0) await stand.pool.query(NO_ROOM);
      },
      async end({ stand, crew }, number) {
        if (number > 0) return;
        await stand.pool.query(ROOM);
        // The processes that renewed sessions while the disk was full are killed, so that the received answers are in the spool only and in no
        // process's memory.
        const before = crew.kills();
        for (const berth of crew.all) if (berth !== crew.other) berth.kill();
        while (crew.kills() < before + crew.all.length - 1) await wait(10);
      },
      async judge(_, { episodes }) {
        kept = episodes.filter(({ events }) => events.some(({ event }) => event === 'kept')).length;
        const early = episodes.filter(({ seen }) => (seen[1]?.successCount ?? 0) > 0);
        return [
          ...must(kept === episodes.length, `${kept} answers were kept, of ${episodes.length}`),
          ...must(early.length === 0, `${early.length} sessions were renewed on a full disk: the fault did not strike`),
        ];
      },
      said: () => `${kept} answers waited on the spool, their processes were killed, and all were replayed`,
      undo: async ({ stand }) => void (await stand.pool.query(ROOM)),
    };
  },
};

const FUNCTIONS = `select string_agg(pg_get_functiondef(p.oid), E';\\n') as text from pg_proc p
  where p.pronamespace = 'public'::regnamespace and p.prokind = 'f'`;
const TABLES = ['auth_sessions', 'token_journal', 'refresh_attempts'];
const EXPAND = `${TABLES.map((table) => `alter table public.${table} add column harness_note text;`).join('\n')}
create function public.harness_next() returns text language sql as 'select ''new''';`;
const CONTRACT = `${TABLES.map((table) => `alter table public.${table} drop column if exists harness_note;`).join('\n')}
drop function if exists public.harness_next();
delete from supabase_migrations.schema_migrations where version = '29990101000000';`;

/** Applies a migration as a deploy does: it waits for database calls that are running, and is tried up to five times, since a deadlock may end it. */
async function expand(stand: Stand): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'puntual-expand-'));
  const { rows } = await stand.pool.query<{ text: string }>(FUNCTIONS);
  await writeFile(join(folder, '29990101000000_expand.sql'), `${EXPAND}\n${rows[0]?.text ?? ''};`);
  try {
    for (let tries = 1; ; tries++) {
      const done = await migrate({ databaseUrl: new Secret(stand.postgresUrl), migrationsDir: folder }).catch(
        (error: unknown) => (tries < 5 ? undefined : Promise.reject(error)),
      );
      if (done) return done;
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export const migration: Scene = {
  ...{ id: 'D12', fault: 'a migration is applied while the version before it runs', isQuick: false, members: 80 },
  stage: () => {
    let applied: Promise<string[]> | undefined;
    let amid = 0;
    return {
      async begin({ stand, stage }, number) {
        if (number > 0) return;
        await stand.gym.control.setKnob({ kind: 'slow', op: 'tokenUpdate', beforeMs: 60 });
        stage.gate = (call) => {
          if (call.line.includes('/api/tokenUpdate')) {
            if (!applied) applied = expand(stand);
            else amid += 1;
          }
          return undefined;
        };
      },
      end: async () => void (await applied),
      async judge() {
        const versions = (await applied) ?? [];
        return [
          ...must(versions.length === 1, 'the migration was not applied'),
          ...must(amid > 0, 'nothing ran while it was applied'),
        ];
      },
      said: () =>
        `columns, a function, and every function replaced, in the middle of ${amid} renewals of processes that knew nothing of it`,
      undo: async ({ stand }) => void (await stand.pool.query(CONTRACT)),
    };
  },
};
