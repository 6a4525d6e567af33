set check_function_bodies = off;

-- A place that puntual won and that its member gave back here: the prebooking stays `booked`, because its race is over and won. Without a record of
-- the cancellation, the member would be reminded of a place that is gone, and friends would see the member in the class.
alter table public.prebookings add column given_back_at timestamptz;

-- Records that the member has cancelled this reservation and that the gym has accepted the cancellation. Returns how many prebookings had won that
-- place.
create function public.note_given_back(p_user_id uuid, p_box_id uuid, p_reservation_id text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings p set given_back_at = p_now
  where p.user_id = p_user_id and p.box_id = p_box_id and p.reservation_id = p_reservation_id and p.status in ('booked', 'waitlisted')
    and p.given_back_at is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- As before, but without places that the member gave back here, or that the calendar knows as gone.
create or replace function public.post_reminders(p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare p record; n integer := 0;
begin
  for p in
    select w.id, w.user_id, b.time_zone, c.until from public.prebookings w join public.boxes b on b.id = w.box_id,
      lateral (select public.free_cancel_until(w.starts_at, b.free_cancel_minutes, b.time_zone) as until) c,
      lateral (select least(((w.starts_at at time zone b.time_zone)::date - 1 + time '18:00') at time zone b.time_zone,
        case when c.until - interval '2 hours' > w.settled_at then c.until - interval '2 hours' end) as at) due
    where w.status = 'booked' and w.given_back_at is null and w.starts_at > p_now + interval '2 hours' and w.starts_at < p_now + interval '10 days'
      and due.at <= p_now and w.settled_at < due.at
      and not exists (select 1 from public.outbox o where o.dedupe_key = 'reminder:' || w.id)
      and not exists (select 1 from public.calendar_entries e where e.user_id = w.user_id and e.gym_state = 'cancelled'
        and e.uid = public.uid_of_class(w.user_id, w.box_id, w.day, w.time_id, w.class_name, w.family_id))
  loop
    if public.post_notice(p.user_id, 'class-reminder', 'reminder:' || p.id, jsonb_build_object('prebookingId', p.id)
      || case when p.until > p_now then jsonb_build_object('cancelUntil', to_char(p.until at time zone p.time_zone, 'HH24:MI'),
        'cancelDay', to_char(p.until at time zone p.time_zone, 'DD/MM')) else '{}' end, p_now) is not null
      then n := n + 1; end if;
  end loop;
  return n;
end $$;

-- As before, but without places that were given back.
create or replace function public.read_friends_in_class(p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text)
returns setof jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('name', f.display_name, 'state', case when bool_or(p.status = 'booked') then 'booked' else 'waitlisted' end)
  from public.prebookings p
  join public.members f on f.id = p.user_id and f.visible_to_friends
  join public.user_boxes theirs on theirs.user_id = f.id and theirs.box_id = p_box_id
  where p.box_id = p_box_id and p.day = p_day and p.status in ('booked', 'waitlisted') and p.family_id is null and p.given_back_at is null and f.id <> p_user_id
    and exists (select from public.members me join public.user_boxes mine on mine.user_id = me.id
      where me.id = p_user_id and me.visible_to_friends and mine.box_id = p_box_id)
    -- The class that a member booked, which may be an alternative of the prebooking, is compared with `p_class_id`. If a receipt of an older version
    -- does not name the booked class, the prebooking's first choice is compared instead, by id or by hour and name.
    and (coalesce(p.receipt -> 'shotAt' ->> 'classId', p.class_id) = p_class_id
      or (p.receipt -> 'shotAt' is null and left(p.time_id, 4) = left(p_time_id, 4) and lower(btrim(p.class_name)) = lower(btrim(p_class_name))))
  group by f.id, f.display_name order by f.display_name
$$;

revoke all on function public.note_given_back from public, anon, authenticated, service_role;
grant execute on function public.note_given_back to service_role;
