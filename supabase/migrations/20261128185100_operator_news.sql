set check_function_bodies = off;

-- What the operator is notified of (news): once when a fault begins, and once when it is over. `raise_alerts` finds the faults of background
-- sessions, such as a session that was not renewed for too long. A process passes to `raise_news` the faults that only that process can see, such as
-- a full disk. `raise_news` returns news of the faults that `raise_alerts` finds, of those passed to it, and of others that it finds in the database.

create table public.operator_news (
  kind text primary key,
  since timestamptz not null,
  count bigint not null,
  told_at timestamptz,
  -- When the fault was first found to be over; null while the fault lasts. A fault's row is deleted once the operator was notified that the fault is
  -- over.
  over_at timestamptz
);
alter table public.operator_news enable row level security;
alter table public.operator_news force row level security;
revoke all on public.operator_news from public, anon, authenticated, service_role;

-- `operator_news` records what the operator was notified of; alerts sent before this migration are copied into that table.
insert into public.operator_news select a.kind, a.since, 1, a.told_at from public.operator_alerts a where a.told_at is not null;
update public.operator_alerts set told_at = null;

-- Returns the news that the operator must still be sent: that a fault has begun, or that a fault of which the operator was notified is over. p_seen
-- is { kind: count } of the faults that the caller itself sees.
create function public.raise_news(p_aged_at timestamptz, p_seen jsonb, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
declare own integer; unkept integer; asks integer;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('operator news', 0));
  -- The session of a member with a kept login does not count as needing a login, neither here nor in `raise_alerts`: the kept login restores the
  -- session without the member.
  select count(*), count(*) filter (where not k.is_kept), count(*) filter (where not k.is_kept and s.status = 'needs-login') into own, unkept, asks
    from public.auth_sessions s, lateral (select exists (select from public.kept_logins l where l.user_id = s.user_id) as is_kept) k where s.session_type = 'background' and s.status <> 'revoked';
  return query with counted (kind, n) as (
    select a ->> 'kind', (a ->> 'count')::bigint from public.raise_alerts(p_aged_at, p_now) a
    union all select s.key, s.value::bigint from jsonb_each_text(p_seen) s
    union all select 'some-need-login', case when asks >= 3 and asks * 5 >= unkept and asks < unkept then asks else 0 end
    union all select 'nothing-updated', coalesce((select (case when r.failure_code = 'refresh/nothing-updated' then greatest(1, coalesce((r.report ->> 'due')::bigint, 1)) end)
      from public.runs r where r.job = 'refresh-background-sessions' and r.finished_at is not null order by r.started_at desc limit 1), 0)
    union all select 'no-good-run', case when own > 0
      and exists (select 1 from public.runs r where r.job = 'refresh-background-sessions' and r.started_at <= p_now - interval '40 minutes')
      and not exists (select 1 from public.runs r where r.job = 'refresh-background-sessions' and r.failure_code is null
        and r.finished_at > p_now - interval '40 minutes') then 1 else 0 end
    union all select 'gym-changed', (select case when count(*) filter (where odd) >= 3 and count(*) filter (where odd) * 5 >= count(*) then count(*) filter (where odd) else 0 end
      from (select exists (select 1 from jsonb_array_elements(coalesce(p.receipt -> 'tries', '[]')) t where t ->> 'answer' = 'unknown') as odd
        from public.prebookings p where p.settled_at > p_now - interval '1 day' and p.receipt is not null) x)
    union all select 'gym-blocked', (select count(*) from public.runs r where r.failure_code = 'gym/blocked' and r.finished_at > p_now - interval '1 hour')
      + (select count(*) from public.prebookings p where p.settled_at > p_now - interval '1 hour'
        and exists (select 1 from jsonb_array_elements(coalesce(p.receipt -> 'tries', '[]')) t where t ->> 'answer' = 'turned-away' and t ->> 'why' = 'blocked'))
    union all select 'dead-letters', (select count(*) from public.outbox o where o.given_up_at > p_now - interval '1 day'
      and o.last_error is distinct from 'muted' and o.last_error not like 'channel/unreachable%')
    union all select 'clock-skew', (select count(*) from public.skewed_deliveries d where d.seen_at > p_now - interval '1 hour')),
  found as (select c.kind, sum(c.n)::bigint as n from counted c group by c.kind having sum(c.n) > 0),
  untold as (delete from public.operator_news w where w.told_at is null and not exists (select 1 from found f where f.kind = w.kind)),
  ended as (update public.operator_news w set over_at = coalesce(w.over_at, p_now)
    where w.told_at is not null and not exists (select 1 from found f where f.kind = w.kind) returning w.*),
  begun as (
    insert into public.operator_news as w (kind, since, count) select f.kind, p_now, f.n from found f
    on conflict (kind) do update set count = excluded.count, over_at = null returning w.*)
  select jsonb_build_object('kind', x.kind, 'since', x.since, 'count', x.count, 'isOver', x.over_at is not null) from (
    select b.* from begun b where b.told_at is null union all select e.* from ended e) x order by x.kind;
end $$;

-- Records which news were sent to the operator. p_lines is [{ kind, isOver }]: isOver is true if the notice said that the fault is over.
create function public.note_news_told(p_lines jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer; gone integer;
begin
  update public.operator_news w set told_at = p_now from jsonb_to_recordset(p_lines) as l(kind text, "isOver" boolean)
  where w.kind = l.kind and not l."isOver" and w.told_at is null;
  get diagnostics n = row_count;
  delete from public.operator_news w using jsonb_to_recordset(p_lines) as l(kind text, "isOver" boolean)
  where w.kind = l.kind and l."isOver" and w.over_at is not null;
  get diagnostics gone = row_count;
  return n + gone;
end $$;

revoke all on function public.raise_news, public.note_news_told from public, anon, authenticated, service_role;
grant execute on function public.raise_news, public.note_news_told to service_role;
