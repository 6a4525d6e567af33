-- When a member creates an address for a calendar, only that member's calendar is updated, not every member's, because a member may create addresses
-- as often as they like.

-- Updates the calendar entries of one member, or of all if p_user_id is null, from their prebookings. Returns the number of calendar entries that are
-- new or changed.
drop function public.refresh_calendars(timestamptz);
create function public.refresh_calendars(p_now timestamptz, p_user_id uuid default null) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.calendar_entries as e (user_id, uid, box_id, day, time_id, class_name, own_state, readiness, starts_at, ends_at, changed_at)
  select distinct on (p.user_id, u.uid) p.user_id, u.uid, p.box_id, p.day, p.time_id, p.class_name,
    case when p.is_live then 'tentative' when p.status = 'booked' then 'confirmed' when p.status = 'waitlisted' then 'waitlisted' else 'cancelled' end,
    case when p.is_live then p.readiness ->> 'level' end, p.starts_at,
    p.starts_at + coalesce(nullif(substring(p.time_id from '_(\d{1,4})$'), '')::integer, 60) * interval '1 minute', p_now
  from public.calendars c join public.prebookings p on p.user_id = c.user_id,
    lateral (select public.uid_of_class(p.user_id, p.box_id, p.day, p.time_id, p.class_name, p.family_id) as uid) u
  where p.starts_at between p_now - interval '30 days' and p_now + interval '60 days'
    and (p_user_id is null or c.user_id = p_user_id)
  -- Of several wishes for one class, the calendar entry follows a booked or waitlisted one, else a live one, else the latest.
  order by p.user_id, u.uid, (p.status in ('booked', 'waitlisted')) desc, p.is_live desc, p.created_at desc
  on conflict (user_id, uid) do update set own_state = excluded.own_state, readiness = excluded.readiness, class_name = excluded.class_name,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, sequence = e.sequence + 1, changed_at = p_now,
    -- When `own_state` (the entry's state by puntual's own records) changes, the last read of the gym's list is out of date: `gym_state` is null
    -- until the next read.
    gym_state = case when excluded.own_state is distinct from e.own_state then null else e.gym_state end
  where (e.own_state, e.readiness, e.class_name, e.starts_at, e.ends_at)
    is distinct from (excluded.own_state, excluded.readiness, excluded.class_name, excluded.starts_at, excluded.ends_at);
  get diagnostics n = row_count;
  return n;
end $$;

create or replace function public.keep_calendar(p_user_id uuid, p_secret_hash text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.calendars as c (user_id, secret_hash, created_at) values (p_user_id, p_secret_hash, p_now)
  on conflict (user_id) do update set secret_hash = excluded.secret_hash, created_at = p_now;
  perform public.refresh_calendars(p_now, p_user_id);
  return 1;
end $$;

revoke all on function public.refresh_calendars, public.keep_calendar from public, anon, authenticated, service_role;
grant execute on function public.refresh_calendars, public.keep_calendar to service_role;
