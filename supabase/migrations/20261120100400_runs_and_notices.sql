-- What ran and how it ended, and what members are to be told. Metrics are rows: a serverless process forgets.

create table public.runs (
  id uuid primary key,
  job text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  report jsonb,
  failure_code text
);
create index runs_by_job on public.runs (job, started_at desc);

create table public.outbox (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  kind text not null,
  dedupe_key text not null unique,
  payload jsonb not null default '{}',
  created_at timestamptz not null,
  sent_at timestamptz,
  attempts integer not null default 0,
  last_error text
);
create index outbox_unsent on public.outbox (id) where sent_at is null;

-- Told once: the same dedupe key a second time is no second notice. Answers the notice's id, or null when it stood already.
create function public.post_notice(p_user_id uuid, p_kind text, p_dedupe_key text, p_payload jsonb, p_now timestamptz) returns bigint
language sql security definer set search_path = '' as $$
  insert into public.outbox (user_id, kind, dedupe_key, payload, created_at) values (p_user_id, p_kind, p_dedupe_key, p_payload, p_now)
  on conflict (dedupe_key) do nothing returning id
$$;

create function public.start_run(p_id uuid, p_job text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.runs (id, job, started_at) values (p_id, p_job, p_now) on conflict (id) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;
create function public.finish_run(p_id uuid, p_report jsonb, p_failure_code text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.runs set finished_at = p_now, report = p_report, failure_code = p_failure_code where id = p_id and finished_at is null;
  get diagnostics n = row_count;
  delete from public.runs where started_at < p_now - interval '30 days';
  return n;
end $$;

-- What the refresh run must know beyond its own batch: is anything stale that no rule would ever pick, poisoned, or from the future?
create function public.survey_background_sessions(p_stale_at timestamptz, p_alarm_at timestamptz, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  with alive as (
    select s.*, s.last_token_update_date > p_now + interval '5 seconds' as from_the_future,
      s.lease_until is not null and s.lease_until >= pg_catalog.clock_timestamp() as leased
    from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null),
  due as (select * from alive s where s.last_token_update_date <= p_stale_at or s.from_the_future)
  select jsonb_build_object(
    'live', (select count(*) from alive),
    'due', (select count(*) from due),
    'waiting', (select count(*) from due d where d.next_attempt_at > p_now or d.held_until > p_now or d.leased),
    'overdue', coalesce((select jsonb_agg(o.id) from (select d.id from due d where (d.last_token_update_date <= p_alarm_at or d.from_the_future)
      and (d.held_until is null or d.held_until <= p_now) and not d.leased limit 20) o), '[]'),
    'fromTheFuture', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.from_the_future limit 20) o), '[]'),
    'unsure', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.status <> 'live'
      and a.last_token_update_date <= p_now - interval '58 minutes' limit 20) o), '[]'),
    'quarantined', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at is not null),
    'quarantinedNow', coalesce((select jsonb_agg(s.id) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at >= p_now), '[]'),
    'waitingWithoutSession', coalesce((select jsonb_agg(distinct p.user_id) from public.prebookings p
      where p.status in ('scheduling', 'scheduled') and not exists (select 1 from alive b where b.user_id = p.user_id)), '[]'))
$$;

-- One snapshot for /metrics, /monitor and psql to agree on.
create function public.read_monitor(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(public.session_card(s) order by s.id) from public.auth_sessions s where s.session_type = 'background'), '[]'),
    'devices', (select count(*) from public.auth_sessions where session_type = 'device'),
    'prebookings', coalesce((select jsonb_object_agg(x.status, x.n) from (select status, count(*) n from public.prebookings group by status) x), '{}'),
    'races', coalesce((select jsonb_agg(r.receipt) from (select receipt from public.prebookings where receipt is not null order by settled_at desc nulls last limit 200) r), '[]'),
    'upcoming', coalesce((select jsonb_agg(public.prebooking_card(p)) from (select * from public.prebookings
      where status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown') order by opens_at limit 50) p), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null))
$$;

-- One sealed value of each key in use, for the boot check that every one can be opened.
create function public.read_seal_canaries() returns setof jsonb language sql stable security definer set search_path = '' as $$
  select distinct on (k.kid) jsonb_build_object('kid', k.kid, 'userId', k.user_id, 'wrapped', k.wrapped) from public.user_keys k order by k.kid, k.user_id
$$;
