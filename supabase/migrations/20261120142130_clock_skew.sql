-- Deliveries that our queue did sign, for this address and body, at a time that our clock calls wrong: a clock is off, not a key. Each
-- signature counts once, so that one old message sent over and over says nothing and fills nothing.

create table public.skewed_deliveries (
  jti text primary key,
  seen_at timestamptz not null
);
create index skewed_deliveries_by_age on public.skewed_deliveries (seen_at);
alter table public.skewed_deliveries enable row level security;
alter table public.skewed_deliveries force row level security;
revoke all on public.skewed_deliveries from public, anon, authenticated, service_role;

-- Answers 1 the first time, 0 again.
create function public.note_clock_skew(p_jti text, p_now timestamptz) returns integer language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.skewed_deliveries d where d.seen_at < p_now - interval '30 days';
  insert into public.skewed_deliveries values (p_jti, p_now) on conflict (jti) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;
revoke all on function public.note_clock_skew from public, anon, authenticated;
grant execute on function public.note_clock_skew to service_role;

create or replace function public.read_monitor(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(public.session_card(s) order by s.id) from public.auth_sessions s where s.session_type = 'background'), '[]'),
    'devices', (select count(*) from public.auth_sessions where session_type = 'device'),
    'prebookings', coalesce((select jsonb_object_agg(x.status, x.n) from (select status, count(*) n from public.prebookings group by status) x), '{}'),
    'races', coalesce((select jsonb_agg(r.receipt || jsonb_build_object('outcome', r.outcome)) from (select receipt, outcome from public.prebookings where receipt is not null order by settled_at desc nulls last limit 200) r), '[]'),
    'upcoming', coalesce((select jsonb_agg(public.prebooking_card(p)) from (select * from public.prebookings
      where is_live order by opens_at limit 50) p), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'skewedDeliveries', (select count(*) from public.skewed_deliveries d where d.seen_at > p_now - interval '7 days'),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null and given_up_at is null))
$$;
