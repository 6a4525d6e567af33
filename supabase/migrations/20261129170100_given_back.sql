set check_function_bodies = off;

-- When puntual recorded that the prebooking's place was given back. The prebooking keeps its status, because its race is over. Without a record of
-- the cancellation, the member would be reminded of a place that is gone, and friends would see the member in the class.
alter table public.prebookings add column given_back_at timestamptz;

-- Records that the gym's list of p_day lacks the place with this reservation, of the family member p_family_id, or of the member if that is null.
-- Returns how many prebookings had won that place.
create function public.note_given_back(p_user_id uuid, p_box_id uuid, p_day text, p_family_id text, p_reservation_id text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings p set given_back_at = p_now
  where p.user_id = p_user_id and p.box_id = p_box_id and p.day = p_day and p.family_id is not distinct from p_family_id
    and p.reservation_id = p_reservation_id and p.status in ('booked', 'waitlisted') and p.given_back_at is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Stores the result of one step of a swap, as in 20261128191200_watch_takes.sql. When the swap ends, `given_back_at` is set in each prebooking whose
-- place the swap gave up or found to be gone.
create or replace function public.end_swap_step(p_id uuid, p_epoch bigint, p_step jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare w public.watches; v_end text := p_step ->> 'outcome';
begin
  select * into w from public.watches x where x.id = p_id and x.step_epoch = p_epoch and x.status = 'swapping' for update;
  if not found then return 0; end if;
  if v_end in ('swapped', 'gone') then
    perform public.note_given_back(w.user_id, (w.instead ->> 'boxId')::uuid, w.instead ->> 'day', null, w.instead ->> 'reservationId', p_now);
  end if;
  if v_end in ('kept', 'gone') then
    perform public.note_given_back(p.user_id, p.box_id, p.day, p.family_id, p.reservation_id, p_now) from public.prebookings p where p.id = w.prebooking_id;
  end if;
  if v_end is not null then return public.end_watch(w, 'done', v_end, p_step ->> 'notice', p_now); end if;
  if p_step ->> 'notice' is not null then
    perform public.post_notice(w.user_id, p_step ->> 'notice', 'watch:' || w.id || ':' || (p_step ->> 'notice'), public.watch_news(w), p_now);
  end if;
  update public.watches x set giving = coalesce(p_step ->> 'giving', x.giving), sent_at = case when (p_step ->> 'isSent')::boolean then x.sent_at end,
    cancels = case when (p_step ->> 'giving') is distinct from x.giving and p_step ->> 'giving' is not null then 0 else x.cancels end,
    absences = (p_step ->> 'absences')::integer, next_step_at = p_now + (p_step ->> 'afterMs')::integer * interval '1 millisecond', step_until = null, updated_at = p_now
  where x.id = p_id;
  return 1;
end $$;

-- The places that swaps gave up before this migration.
update public.prebookings p set given_back_at = w.settled_at from public.watches w
where w.outcome = 'swapped' and w.user_id = p.user_id and w.instead ->> 'reservationId' = p.reservation_id and (w.instead ->> 'boxId')::uuid = p.box_id
  and p.status in ('booked', 'waitlisted');

-- Decides which notices about a prebooking are posted, as in 20261128191200_watch_takes.sql, except for reminders. No reminder of a class is posted
-- for a place that was given back, or that the calendar came to show as cancelled after the place was won.
create or replace function public.judge_watch_notices() returns trigger language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  select * into p from public.prebookings b where b.id = (new.payload ->> 'prebookingId')::uuid and b.user_id = new.user_id;
  if not found then return new; end if;
  if new.kind = 'class-reminder' then
    return case when p.given_back_at is not null or exists (select from public.calendar_entries e where e.user_id = p.user_id
      and e.uid = public.uid_of_class(p.user_id, p.box_id, p.day, p.time_id, p.class_name, p.family_id)
      and e.gym_state = 'cancelled' and e.changed_at >= p.settled_at) then null else new end;
  end if;
  if new.kind = 'prebooking-waitlisted' then
    if p.starts_at <= new.created_at then return new; end if;
    insert into public.watches (id, user_id, box_id, day, class_id, time_id, class_name, family_id, kind, not_after, starts_at, ends_at, prebooking_id,
      created_at, updated_at)
    values (gen_random_uuid(), p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, 'move-up', 0, p.starts_at, p.starts_at, p.id,
      new.created_at, new.created_at)
    on conflict (prebooking_id) where kind = 'move-up' do nothing;
    return new;
  end if;
  if exists (select from public.watches w where w.prebooking_id = p.id and w.kind = 'book' and w.status = 'taking' and (
      (p.status = 'booked' and p.outcome = 'booked') or (p.status = 'unconfirmed' and w.instead is not null)
      or (p.status in ('refused', 'missed') and public.watch_goes_on(coalesce(p.outcome, p.status))))) then
    return null;
  end if;
  return new;
end $$;

-- The other members that are booked or on the waitlist in a class, as in 20261128183200_friends.sql, but without places that were given back.
create or replace function public.read_friends_in_class(p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text)
returns setof jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('name', f.display_name, 'state', case when bool_or(p.status = 'booked') then 'booked' else 'waitlisted' end)
  from public.prebookings p
  join public.members f on f.id = p.user_id and f.visible_to_friends
  join public.user_boxes theirs on theirs.user_id = f.id and theirs.box_id = p_box_id
  where p.box_id = p_box_id and p.day = p_day and p.status in ('booked', 'waitlisted') and p.family_id is null and p.given_back_at is null and f.id <> p_user_id
    and exists (select from public.members me join public.user_boxes mine on mine.user_id = me.id
      where me.id = p_user_id and me.visible_to_friends and mine.box_id = p_box_id)
    -- The class that a member booked, which may be an alternative of the prebooking, is compared with `p_class_id`. If no receipt names the
    -- booked class, the prebooking's first choice is compared instead, by id or by hour and name.
    and (coalesce(p.receipt -> 'shotAt' ->> 'classId', p.class_id) = p_class_id
      or (p.receipt -> 'shotAt' is null and left(p.time_id, 4) = left(p_time_id, 4) and lower(btrim(p.class_name)) = lower(btrim(p_class_name))))
  group by f.id, f.display_name order by f.display_name
$$;

revoke all on function public.note_given_back from public, anon, authenticated, service_role;
grant execute on function public.note_given_back to service_role;
