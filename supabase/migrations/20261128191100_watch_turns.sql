set check_function_bodies = off;

-- Which watched day of a box is read next, and with which login. One read of a box's day serves every watch of that day.
-- `take_watch_turns` takes, under a lock, the right to read the days that are due, so that only one process reads a due day. The limits on reads for
-- a box and for a login count the reads of watched days in the last hour.

-- The limits on reading watched days: reads an hour for a login and for a box, and the time in milliseconds between two reads of a day. The shorter
-- time between two reads of a day (near_ms) applies when a watch of that day ends within three hours.
create function public.watch_limits() returns table (a_login integer, a_box integer, far_ms integer, near_ms integer, near interval)
language sql immutable set search_path = '' as $$ select 8, 180, 60000, 20000, interval '3 hours' $$;

-- How many times an hour watches may read the days of a box: the full limit, or what the latest 429 left of it, doubled for each hour since that 429.
create function public.watch_budget(p_box_id uuid, p_now timestamptz) returns integer language sql stable set search_path = '' as $$
  select least(l.a_box, coalesce((
    select b.per_hour * power(2, least(8, greatest(0, floor(extract(epoch from p_now - b.cut_at) / 3600))))::integer
    from public.watch_budgets b where b.box_id = p_box_id), l.a_box)) from public.watch_limits() l
$$;

-- The members whose logins may read the box's days: admitted, with a usable background session and a watch there that looks for a place, and not
-- barred from reading (`watch_rests`).
create function public.watch_readers(p_box_id uuid, p_now timestamptz) returns setof uuid language sql stable set search_path = '' as $$
  select distinct w.user_id from public.watches w
    join public.auth_sessions s on s.user_id = w.user_id and s.session_type = 'background' and s.quarantined_at is null
      and s.status in ('live', 'uncertain', 'suspect')
    join public.members m on m.id = w.user_id and m.admission = 'admitted' and m.erasing_at is null
    join public.user_boxes u on u.user_id = w.user_id and u.box_id = w.box_id
  where w.is_live and w.status = 'watching' and w.box_id = p_box_id and w.ends_at > p_now
    and not exists (select from public.watch_rests r where r.user_id = w.user_id and r.until > p_now)
$$;

-- The time wanted between two reads of a day, in milliseconds: short when a watch of that day ends soon.
create function public.watch_wanted_ms(p_box_id uuid, p_day text, p_now timestamptz) returns integer language sql stable set search_path = '' as $$
  select case when bool_or(w.ends_at <= p_now + l.near) then l.near_ms else l.far_ms end
  from public.watches w, public.watch_limits() l
  where w.is_live and w.status = 'watching' and w.box_id = p_box_id and w.day = p_day and w.ends_at > p_now group by l.near_ms, l.far_ms
$$;

-- The time between two reads of a watched day, in milliseconds: `watch_wanted_ms`, or longer. If the limit of the box (`watch_budget`), or the limits
-- of all logins that may read its days (`watch_readers`), allow fewer reads than its watched days want, the time between two reads grows by the same
-- factor for all of these days.
create function public.watch_interval_ms(p_box_id uuid, p_day text, p_now timestamptz) returns integer language sql stable set search_path = '' as $$
  select ceil(public.watch_wanted_ms(p_box_id, p_day, p_now) * greatest(1, d.wanted / greatest(1, least(public.watch_budget(p_box_id, p_now),
    (select l.a_login * count(*) from public.watch_readers(p_box_id, p_now), public.watch_limits() l group by l.a_login)))))::integer
  from (select sum(3600000.0 / x.ms) as wanted from (
    select public.watch_wanted_ms(p_box_id, w.day, p_now) as ms from public.watches w
    where w.is_live and w.status = 'watching' and w.box_id = p_box_id and w.ends_at > p_now group by w.day) x) d
$$;

-- Takes, under the name p_turn, the right to read the watched days that are due. Returns { turns: [{ box, day, reader, watches }], nextInMs }:
-- nextInMs is the time until the next watched day is due. Of the background sessions that `watch_readers` allows, the one that read watched days
-- least often in the last hour reads a due day. The background session of a member with a waitlist place on the day comes first if the session has
-- not read the day for seven minutes. The gym's list shows a waitlist place only to the login of the member that holds it. A call repeated with the
-- same p_turn returns the same days.
create function public.take_watch_turns(p_turn text, p_limit integer, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare d record; every_ms integer; who uuid; l record; again timestamptz;
begin
  select * into l from public.watch_limits();
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('watch turns', 0));
  for d in select x.box_id, x.day from public.watch_days x where x.next_at <= p_now and x.turn is distinct from p_turn order by x.next_at, x.box_id, x.day limit p_limit loop
    every_ms := public.watch_interval_ms(d.box_id, d.day, p_now);
    if every_ms is null then
      -- No watch of this day looks for a place any more, so the day is not read.
      delete from public.watch_days x where x.box_id = d.box_id and x.day = d.day and not exists (
        select from public.watches w where w.is_live and w.status in ('watching', 'taking') and w.box_id = d.box_id and w.day = d.day and w.ends_at > p_now);
      update public.watch_days x set next_at = p_now + l.far_ms * interval '1 millisecond' where x.box_id = d.box_id and x.day = d.day;
      continue;
    end if;
    -- `again` is null while the box's limit allows a read; otherwise `again` is the instant at which the limit allows a read again.
    select case when count(*) >= public.watch_budget(d.box_id, p_now) then min(r.read_at) + interval '1 hour' end into again
      from public.watch_reads r where r.box_id = d.box_id and r.read_at > p_now - interval '1 hour';
    again := greatest(again, (select b.not_before from public.watch_budgets b where b.box_id = d.box_id and b.not_before > p_now));
    select c.user_id into who from (
      select u.user_id, (select count(*) from public.watch_reads r where r.user_id = u.user_id and r.read_at > p_now - interval '1 hour') as n,
        (select max(r.read_at) from public.watch_reads r where r.user_id = u.user_id) as last_at,
        exists (select from public.watches w where w.is_live and w.kind = 'move-up' and w.user_id = u.user_id and w.box_id = d.box_id and w.day = d.day
          and w.status = 'watching' and coalesce(w.own_look_at, '-infinity') <= p_now - interval '7 minutes') as waits
      from public.watch_readers(d.box_id, p_now) as u(user_id)) c
    where c.n < l.a_login order by c.waits desc, c.n, c.last_at nulls first, c.user_id limit 1;
    if again is not null or who is null then
      -- If no background session may read the day at p_now, the day is due again when the box's limit on reads allows a read. If that limit allows a
      -- read already, the day is due as soon as any session may read. If `watch_readers` names no member, the day is due in a minute.
      update public.watch_days x set next_at = greatest(p_now + interval '1 second', coalesce(again, (
        select min(f.free_at) from (select (select r.read_at from public.watch_reads r where r.user_id = u.user_id and r.read_at > p_now - interval '1 hour'
          order by r.read_at desc offset l.a_login - 1 limit 1) + interval '1 hour' as free_at from public.watch_readers(d.box_id, p_now) as u(user_id)) f),
        p_now + l.far_ms * interval '1 millisecond'))
      where x.box_id = d.box_id and x.day = d.day;
      continue;
    end if;
    delete from public.watch_reads r where r.box_id = d.box_id and r.read_at <= p_now - interval '2 hours';
    insert into public.watch_reads (box_id, user_id, read_at) values (d.box_id, who, p_now);
    update public.watches w set own_look_at = p_now where w.is_live and w.kind = 'move-up' and w.user_id = who and w.box_id = d.box_id and w.day = d.day;
    update public.watch_days x set next_at = p_now + every_ms * interval '1 millisecond', read_at = p_now, turn = p_turn, reader = who
    where x.box_id = d.box_id and x.day = d.day;
  end loop;
  return json_build_object(
    'turns', coalesce((select json_agg(json_build_object('box', public.box_card(b), 'day', x.day, 'reader', x.reader,
      'watches', (select coalesce(json_agg(public.watch_card(w) || jsonb_build_object('hasLogin', exists (
          select from public.auth_sessions s where s.user_id = w.user_id and s.session_type = 'background' and s.quarantined_at is null
            and s.status in ('live', 'uncertain', 'suspect'))) order by w.created_at, w.id), '[]')
        from public.watches w
        where w.is_live and w.status = 'watching' and w.box_id = x.box_id and w.day = x.day and w.ends_at > p_now)))
      from public.watch_days x join public.boxes b on b.id = x.box_id where x.turn = p_turn), '[]'),
    'nextInMs', (select greatest(0, extract(epoch from min(x.next_at) - p_now) * 1000)::bigint from public.watch_days x));
end $$;

-- Stores that the gym answered 429 for the box. The number of times an hour that watches may read the box's days is halved, but stays at least one.
-- Before p_until, watches read no day of the box. Returns the halved number.
create function public.cut_watch_budget(p_box_id uuid, p_until timestamptz, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare half integer := greatest(1, public.watch_budget(p_box_id, p_now) / 2);
begin
  insert into public.watch_budgets as b (box_id, per_hour, cut_at, not_before) values (p_box_id, half, p_now, p_until)
  on conflict (box_id) do update set per_hour = half, cut_at = p_now, not_before = greatest(b.not_before, p_until) where b.cut_at <> p_now;
  return (select b.per_hour from public.watch_budgets b where b.box_id = p_box_id);
end $$;

-- Counts, toward the read limits of the box and of the member's background session, the p_calls calls to the gym that one read of a watched day
-- needed beyond its first.
create function public.charge_watch_reads(p_box_id uuid, p_user_id uuid, p_calls integer, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.watch_reads (box_id, user_id, read_at) select p_box_id, p_user_id, p_now from generate_series(1, p_calls)
  where exists (select from public.members m where m.id = p_user_id);
  return p_calls;
end $$;

-- Stores that the gym did not know the background session of the member p_user_id. Until p_until, that session reads no watched day of any box. The
-- day p_day of the box p_box_id is due again immediately, for another member's background session.
create function public.rest_watch_reader(p_box_id uuid, p_day text, p_user_id uuid, p_until timestamptz, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.watch_rests (user_id, until) select m.id, p_until from public.members m where m.id = p_user_id
  on conflict (user_id) do update set until = excluded.until;
  update public.watch_days d set next_at = p_now where d.box_id = p_box_id and d.day = p_day;
  return 1;
end $$;

revoke all on function public.watch_limits, public.watch_budget, public.watch_readers, public.watch_wanted_ms, public.watch_interval_ms,
  public.take_watch_turns, public.cut_watch_budget, public.charge_watch_reads, public.rest_watch_reader from public, anon, authenticated, service_role;
grant execute on function public.take_watch_turns, public.cut_watch_budget, public.charge_watch_reads, public.rest_watch_reader to service_role;
