set check_function_bodies = off;

-- The list that the gym shows to a member lacks the places of the member's family: each family member has a list of their own. So a list changes only
-- the calendar entries of the person for whom the list was read.

-- Whether an entry is a place of the family member p_family_id, or of the member if p_family_id is null.
create function public.is_entry_of(p_entry public.calendar_entries, p_family_id text) returns boolean
language sql stable security definer set search_path = '' as $$
  select p_entry.uid = public.uid_of_class(p_entry.user_id, p_entry.box_id, p_entry.day, p_entry.time_id, p_entry.class_name, p_family_id)
$$;

-- Whether an entry is of the class with this time and name: the same start, and all words of one name are words of the other. So a class that the gym
-- makes longer, or renames from "WOD" to "WOD Murph", stays one entry. An entry without a name matches every name.
create function public.is_entry_for(p_entry public.calendar_entries, p_time_id text, p_class_name text) returns boolean
language sql immutable security definer set search_path = '' as $$
  select left(p_entry.time_id, 4) = left(p_time_id, 4) and (p_entry.class_name is null or w.ours <@ w.theirs or w.theirs <@ w.ours)
  from (select regexp_split_to_array(lower(btrim(p_entry.class_name)), '[^[:alnum:]+&]+') as ours,
    regexp_split_to_array(lower(btrim(p_class_name)), '[^[:alnum:]+&]+') as theirs) w
$$;

-- Stores what the gym's list says about one person's places on one day: [{ timeId, className, state, startsAt, endsAt }]. The person is the family
-- member p_family_id, or the member if p_family_id is null. A confirmed or waitlisted calendar entry of this person on the day p_day that the gym's
-- list lacks gets the state `cancelled`, unless its class is over.
drop function public.note_calendar_day(uuid, uuid, text, jsonb, timestamptz);
create function public.note_calendar_day(p_user_id uuid, p_box_id uuid, p_day text, p_mine jsonb, p_now timestamptz, p_family_id text default null)
  returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.calendar_entries as e (user_id, uid, box_id, day, time_id, class_name, gym_state, starts_at, ends_at, changed_at)
  -- If several places in the list belong to the same calendar entry, a confirmed place decides the entry's state.
  select distinct on (u.uid) p_user_id, u.uid, p_box_id, p_day, m."timeId", m."className", m.state, m."startsAt", m."endsAt", p_now
  from jsonb_to_recordset(p_mine) as m("timeId" text, "className" text, state text, "startsAt" timestamptz, "endsAt" timestamptz)
  left join lateral (select x.uid from public.calendar_entries x where x.user_id = p_user_id and x.box_id = p_box_id and x.day = p_day
    and public.is_entry_for(x, m."timeId", m."className") and public.is_entry_of(x, p_family_id)
    order by (x.time_id = m."timeId" and lower(btrim(x.class_name)) = lower(btrim(m."className"))) desc nulls last, x.own_state nulls last limit 1) k on true,
  lateral (select coalesce(k.uid, public.uid_of_class(p_user_id, p_box_id, p_day, m."timeId", m."className", p_family_id)) as uid) u
  order by u.uid, m.state
  on conflict (user_id, uid) do update set gym_state = excluded.gym_state,
    sequence = e.sequence + case when coalesce(e.gym_state, e.own_state) is distinct from excluded.gym_state then 1 else 0 end,
    changed_at = case when coalesce(e.gym_state, e.own_state) is distinct from excluded.gym_state then p_now else e.changed_at end;
  update public.calendar_entries e set gym_state = 'cancelled', sequence = e.sequence + 1, changed_at = p_now
  where e.user_id = p_user_id and e.box_id = p_box_id and e.day = p_day and e.ends_at > p_now and public.is_entry_of(e, p_family_id)
    and coalesce(e.gym_state, e.own_state) in ('confirmed', 'waitlisted')
    and not exists (select 1 from jsonb_to_recordset(p_mine) as m("timeId" text, "className" text)
      where public.is_entry_for(e, m."timeId", m."className"));
  get diagnostics n = row_count;
  return n;
end $$;

-- Calls note_calendar_day if the member has a calendar; else changes nothing and returns 0.
drop function public.note_places(uuid, uuid, text, jsonb, timestamptz);
create function public.note_places(p_user_id uuid, p_box_id uuid, p_day text, p_mine jsonb, p_now timestamptz, p_family_id text default null) returns integer
language sql security definer set search_path = '' as $$
  select case when exists (select 1 from public.calendars c where c.user_id = p_user_id)
    then public.note_calendar_day(p_user_id, p_box_id, p_day, p_mine, p_now, p_family_id) else 0 end
$$;

-- Until this migration, a read of a member's own list at the gym also cancelled the calendar entries of family members. Without `gym_state`, an entry
-- has the state of puntual's prebooking.
update public.calendar_entries e set gym_state = null, sequence = e.sequence + 1, changed_at = now()
where e.gym_state is not null and not public.is_entry_of(e, null);

revoke all on function public.is_entry_of, public.is_entry_for, public.note_calendar_day, public.note_places from public, anon, authenticated, service_role;
grant execute on function public.note_calendar_day, public.note_places to service_role;
