set check_function_bodies = off;

-- A race may win another choice than the first. When the prebooking is settled, its row gets the name, time and start of the class that was won, so
-- that notices, reminders, the calendar, watches and the agenda name the class in which the member has the place.

-- Stores how prebookings ended, or that their end is not known yet, as in 20261128162000_races_by_the_database_clock.sql. A line of p_lines names in
-- `taken` ({ classId, timeId, className }) the class that the member got, if that class is not the first choice.
create or replace function public.settle_prebookings(p_lines jsonb, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare l record; p public.prebookings; cards json[] := '{}';
begin
  for l in select * from jsonb_to_recordset(p_lines) as x(id uuid, epoch bigint, status text, outcome text, reason text, "reservationId" text, receipt jsonb, "lastSentAt" timestamptz, taken jsonb) order by id loop
    update public.prebookings set status = l.status, outcome = l.outcome, reason = l.reason,
      reservation_id = coalesce(l."reservationId", reservation_id), receipt = coalesce(l.receipt, receipt),
      class_id = coalesce(l.taken ->> 'classId', class_id), time_id = coalesce(l.taken ->> 'timeId', time_id),
      class_name = coalesce(nullif(l.taken ->> 'className', ''), class_name),
      starts_at = case when l.taken is null then starts_at
        else public.start_of_class(day, l.taken ->> 'timeId', (select b.time_zone from public.boxes b where b.id = box_id)) end,
      send_deadline = least(send_deadline, l."lastSentAt"),
      settled_at = case when l.status in ('unknown', 'claimed') then null else p_now end, updated_at = p_now
    where id = l.id and claim_epoch = l.epoch and status in ('claimed', 'armed', 'unknown')
      and exists (select 1 from public.prebooking_transitions t where t.from_status = status and t.to_status = l.status) returning * into p;
    if not found then
      select * into p from public.prebookings where id = l.id and status = l.status and claim_epoch = l.epoch;
      if not found then continue; end if;
    elsif p.settled_at is not null then
      perform public.post_notice(p.user_id, 'prebooking-' || p.status, 'prebooking:' || p.id, jsonb_build_object('prebookingId', p.id), p_now);
    end if;
    cards := cards || to_json(public.shape_prebooking(p));
  end loop;
  return coalesce(array_to_json(cards), '[]');
end $$;

-- Updates the calendar entries of one member, or of all if p_user_id is null, from their prebookings. A tentative entry without a prebooking gets the
-- state `cancelled`. Returns the number of calendar entries that are new or changed.
create or replace function public.refresh_calendars(p_now timestamptz, p_user_id uuid default null) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer; gone integer;
begin
  insert into public.calendar_entries as e (user_id, uid, box_id, day, time_id, class_name, own_state, readiness, starts_at, ends_at, changed_at)
  select distinct on (p.user_id, u.uid) p.user_id, u.uid, p.box_id, p.day, p.time_id, p.class_name,
    case when p.is_live then 'tentative' when p.given_back_at is not null then 'cancelled' when p.status = 'booked' then 'confirmed' when p.status = 'waitlisted' then 'waitlisted' else 'cancelled' end,
    case when p.is_live then p.readiness ->> 'level' end, p.starts_at,
    p.starts_at + coalesce(nullif(substring(p.time_id from '_(\d{1,4})$'), '')::integer, 60) * interval '1 minute', p_now
  from public.calendars c join public.prebookings p on p.user_id = c.user_id,
    lateral (select public.uid_of_class(p.user_id, p.box_id, p.day, p.time_id, p.class_name, p.family_id) as uid) u
  where p.starts_at between p_now - interval '30 days' and p_now + interval '60 days'
    and (p_user_id is null or c.user_id = p_user_id)
  -- Of several wishes for one class, the calendar entry follows one whose place was won and not given back, else a live one, else the latest.
  order by p.user_id, u.uid, (p.status in ('booked', 'waitlisted') and p.given_back_at is null) desc, p.is_live desc, p.created_at desc
  on conflict (user_id, uid) do update set own_state = excluded.own_state, readiness = excluded.readiness, class_name = excluded.class_name,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, sequence = e.sequence + 1, changed_at = p_now,
    -- When `own_state` (the entry's state by puntual's own records) changes, the last read of the gym's list is out of date: `gym_state` is null
    -- until the next read.
    gym_state = case when excluded.own_state is distinct from e.own_state then null else e.gym_state end
  where (e.own_state, e.readiness, e.class_name, e.starts_at, e.ends_at)
    is distinct from (excluded.own_state, excluded.readiness, excluded.class_name, excluded.starts_at, excluded.ends_at);
  get diagnostics n = row_count;
  -- When a race wins an alternative, the prebooking gets the calendar entry of the class that was won. A tentative entry without a prebooking, such as
  -- that of the first choice, is cancelled here. Only entries of the last 30 days and of later days are compared with the prebookings, because a
  -- comparison of the whole history of all members would take too long.
  update public.calendar_entries e set own_state = 'cancelled', readiness = null, sequence = e.sequence + 1, changed_at = p_now
  where e.own_state = 'tentative' and e.starts_at > p_now - interval '30 days' and (p_user_id is null or e.user_id = p_user_id)
    and not exists (select 1 from public.prebookings p where p.user_id = e.user_id and p.box_id = e.box_id and p.day = e.day
      and p.starts_at > p_now - interval '31 days'
      and public.uid_of_class(p.user_id, p.box_id, p.day, p.time_id, p.class_name, p.family_id) = e.uid);
  get diagnostics gone = row_count;
  return n + gone;
end $$;
