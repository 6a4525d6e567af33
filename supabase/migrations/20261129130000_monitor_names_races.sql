-- The monitor names the box and the class of each race, lists the latest refresh runs, and shows the news that the operator is notified of.
create or replace function public.read_monitor(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(public.session_card(s) order by s.id) from public.auth_sessions s where s.session_type = 'background'), '[]'),
    'devices', (select count(*) from public.auth_sessions where session_type = 'device'),
    'prebookings', coalesce((select jsonb_object_agg(x.status, x.n) from (select status, count(*) n from public.prebookings group by status) x), '{}'),
    'races', coalesce((select jsonb_agg(r.receipt || jsonb_build_object('outcome', r.outcome, 'boxId', r.box_id, 'day', r.day,
        'timeId', r.time_id, 'className', r.class_name))
      from (select * from public.prebookings where receipt is not null order by settled_at desc nulls last limit 200) r), '[]'),
    'upcoming', coalesce((select jsonb_agg(public.prebooking_card(p)) from (select * from public.prebookings
      where is_live order by opens_at limit 50) p), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'refreshRuns', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select * from public.runs
      where job = 'refresh-background-sessions' order by started_at desc limit 24) r), '[]'),
    'missedTicks', coalesce((select jsonb_object_agg(x.job, x.n) from (select job, sum(missed_ticks) n from public.runs group by job) x), '{}'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'news', coalesce((select jsonb_agg(jsonb_build_object('kind', w.kind, 'since', w.since, 'count', w.count) order by w.since)
      from public.operator_news w where w.over_at is null), '[]'),
    'skewedDeliveries', (select count(*) from public.skewed_deliveries d where d.seen_at > p_now - interval '7 days'),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null and given_up_at is null))
$$;
