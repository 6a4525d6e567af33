-- What /metrics reads, in one statement. The results of ended prebookings are counted in an index, without reading the prebookings' rows. When
-- background sessions or ended prebookings are deleted, `kept_counts` takes over their counts, so that no counter of /metrics goes back when a member
-- is erased.

-- The indexes below use `ended_as` and not `status`: a claim changes `status`, and `ended_as` stays null until the prebooking has ended.
alter table public.prebookings add column ended_as text generated always as (
  case when status in ('booked', 'waitlisted', 'refused', 'unconfirmed', 'missed', 'withdrawn')
    then status || ' ' || coalesce(receipt ->> 'decidedBy', 'unknown') end) stored;
create index prebookings_by_end on public.prebookings (ended_as) where ended_as is not null;
create index prebookings_by_settling on public.prebookings (settled_at desc nulls last) where ended_as is not null;

create table public.kept_counts (
  name text primary key,
  n bigint not null
);
alter table public.kept_counts enable row level security;
alter table public.kept_counts force row level security;
revoke all on public.kept_counts from public, anon, authenticated, service_role;

create function public.keep_session_counts() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.kept_counts as k (name, n)
  select x.name, sum(x.n) from gone g
    cross join lateral (values ('updates', g.token_update_count), ('successes', g.token_success_count)) x (name, n)
  where g.session_type = 'background' group by x.name order by x.name
  on conflict (name) do update set n = k.n + excluded.n;
  return null;
end $$;
create trigger keep_session_counts after delete on public.auth_sessions
referencing old table as gone for each statement execute function public.keep_session_counts();

create function public.keep_race_counts() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.kept_counts as k (name, n)
  select 'ended ' || g.ended_as, count(*) from gone g where g.ended_as is not null group by 1 order by 1
  on conflict (name) do update set n = k.n + excluded.n;
  return null;
end $$;
create trigger keep_race_counts after delete on public.prebookings
referencing old table as gone for each statement execute function public.keep_race_counts();

-- All values that /metrics shows, as one object. With more background sessions than p_most, the sessions' rows are left out and only the sums are
-- returned. `aged` counts the live background sessions whose last success is at or before p_aged_at. `due` counts the live background sessions that
-- are not quarantined and whose last success is at or before p_due_at.
create function public.read_metrics(p_now timestamptz, p_aged_at timestamptz, p_due_at timestamptz, p_most integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  with own as materialized (
    select s.id, case when s.quarantined_at is null then s.status else 'quarantined' end as status, s.token_update_count as updates,
      s.token_success_count as successes, s.failure_streak as streak, s.last_token_update_date as success_at
    from public.auth_sessions s where s.session_type = 'background'),
  ended as materialized (select p.ended_as, count(*) as n from public.prebookings p where p.ended_as is not null group by p.ended_as),
  kept as (select k.name, k.n from public.kept_counts k)
  select jsonb_build_object(
    'sessions', case when (select count(*) from own) <= p_most then coalesce((select jsonb_agg(jsonb_build_object('id', o.id, 'status', o.status,
      'updates', o.updates, 'successes', o.successes, 'streak', o.streak, 'successAt', o.success_at) order by o.success_at) from own o), '[]') end,
    'statuses', coalesce((select jsonb_object_agg(x.status, x.n) from (select o.status, count(*) as n from own o group by o.status) x), '{}'),
    'aged', (select count(*) from own o where o.status not in ('needs-login', 'revoked') and o.success_at <= p_aged_at),
    'due', (select count(*) from own o where o.status in ('live', 'uncertain', 'suspect') and o.success_at <= p_due_at),
    'oldestSuccessAt', (select min(o.success_at) from own o where o.status not in ('needs-login', 'revoked')),
    'updates', (select coalesce(sum(o.updates), 0) from own o) + coalesce((select k.n from kept k where k.name = 'updates'), 0),
    'successes', (select coalesce(sum(o.successes), 0) from own o) + coalesce((select k.n from kept k where k.name = 'successes'), 0),
    'devices', (select count(*) from public.auth_sessions s where s.session_type = 'device'),
    'members', coalesce((select jsonb_object_agg(x.admission, x.n) from (select m.admission, count(*) as n from public.members m group by m.admission) x), '{}'),
    'live', coalesce((select jsonb_object_agg(x.status, x.n) from (select p.status, count(*) as n from public.prebookings p
      where p.is_live group by p.status) x), '{}'),
    'ended', coalesce((select jsonb_object_agg(e.ended_as, e.n) from ended e), '{}'),
    'endedEver', coalesce((select jsonb_object_agg(x.name, x.n) from (select u.name, sum(u.n) as n from (select e.ended_as as name, e.n from ended e
      union all select substr(k.name, 7), k.n from kept k where k.name like 'ended %') u group by u.name) x), '{}'),
    'overdue', (select count(*) from public.prebookings p where p.is_live and p.status in ('scheduling', 'scheduled') and p.opens_at < p_now - interval '1 minute'),
    'latenessMs', coalesce((select jsonb_agg(r.ms) from (select (p.receipt ->> 'latenessMs')::double precision as ms from public.prebookings p
      where p.ended_as is not null and p.receipt is not null order by p.settled_at desc nulls last limit 200) r where r.ms is not null), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) - 'report' order by r.job) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'missedTicks', coalesce((select jsonb_object_agg(x.job, x.n) from (select job, sum(missed_ticks) as n from public.runs group by job) x), '{}'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'skewedDeliveries', (select count(*) from public.skewed_deliveries d where d.seen_at > p_now - interval '7 days'),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null and given_up_at is null))
$$;

revoke all on function public.keep_session_counts, public.keep_race_counts, public.read_metrics from public, anon, authenticated, service_role;
grant execute on function public.read_metrics to service_role;
