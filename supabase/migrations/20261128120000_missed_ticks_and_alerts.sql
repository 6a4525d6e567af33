-- Ticks of the schedule that a process missed while it was suspended and made up for later, and the alerts of which the operator is notified once.
-- The alerts are `aged` (background sessions last renewed more than two refresh cycles ago), `put-aside` (background sessions whose seals do not
-- open) and `all-need-login` (all background sessions need a new login).

alter table public.runs add column missed_ticks integer not null default 0;

drop function public.start_run(uuid, text, timestamptz);
-- Stores that a run of a job began. p_missed_ticks: how many ticks, missed while the process was suspended, this run makes up for.
create function public.start_run(p_id uuid, p_job text, p_now timestamptz, p_missed_ticks integer default 0) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.runs (id, job, started_at, missed_ticks) values (p_id, p_job, p_now, p_missed_ticks) on conflict (id) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;

-- The alerts to the operator that stand at present. An alert stands from when its cause was first seen until a call of `raise_alerts` no longer finds
-- the cause; if the cause comes back, it is a new alert.
create table public.operator_alerts (
  kind text primary key,
  since timestamptz not null,
  told_at timestamptz
);
alter table public.operator_alerts enable row level security;
alter table public.operator_alerts force row level security;
revoke all on public.operator_alerts from public, anon, authenticated, service_role;

-- Looks at the background sessions for reasons to alert the operator, and begins and ends alerts accordingly. Returns the standing alerts of which
-- the operator was not notified yet, each with the number of background sessions that the alert is about.
create function public.raise_alerts(p_aged_at timestamptz, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
begin
  return query with own as (
    select s.* from public.auth_sessions s where s.session_type = 'background' and s.status <> 'revoked'),
  counted (kind, n) as (
    select 'aged', count(*) from own where status <> 'needs-login' and last_token_update_date <= p_aged_at
    union all select 'put-aside', count(*) from own where quarantined_at is not null
    union all select 'all-need-login', case when bool_and(status = 'needs-login') then count(*) else 0 end from own),
  found as (select * from counted where n > 0),
  ended as (delete from public.operator_alerts a where not exists (select 1 from found f where f.kind = a.kind)),
  begun as (
    insert into public.operator_alerts (kind, since) select f.kind, p_now from found f
    on conflict (kind) do update set since = public.operator_alerts.since returning *)
  select jsonb_build_object('kind', b.kind, 'since', b.since, 'count', f.n)
  from begun b join found f on f.kind = b.kind where b.told_at is null order by b.kind;
end $$;

create function public.note_alerts_told(p_kinds text[], p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.operator_alerts set told_at = p_now where kind = any (p_kinds) and told_at is null;
  get diagnostics n = row_count;
  return n;
end $$;

create or replace function public.read_monitor(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(public.session_card(s) order by s.id) from public.auth_sessions s where s.session_type = 'background'), '[]'),
    'devices', (select count(*) from public.auth_sessions where session_type = 'device'),
    'prebookings', coalesce((select jsonb_object_agg(x.status, x.n) from (select status, count(*) n from public.prebookings group by status) x), '{}'),
    'races', coalesce((select jsonb_agg(r.receipt || jsonb_build_object('outcome', r.outcome)) from (select receipt, outcome from public.prebookings where receipt is not null order by settled_at desc nulls last limit 200) r), '[]'),
    'upcoming', coalesce((select jsonb_agg(public.prebooking_card(p)) from (select * from public.prebookings
      where is_live order by opens_at limit 50) p), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'missedTicks', coalesce((select jsonb_object_agg(x.job, x.n) from (select job, sum(missed_ticks) n from public.runs group by job) x), '{}'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'skewedDeliveries', (select count(*) from public.skewed_deliveries d where d.seen_at > p_now - interval '7 days'),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null and given_up_at is null))
$$;

revoke all on function public.start_run, public.raise_alerts, public.note_alerts_told from public, anon, authenticated;
grant execute on function public.start_run, public.raise_alerts, public.note_alerts_told to service_role;
