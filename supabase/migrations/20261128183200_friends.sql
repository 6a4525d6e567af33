-- For a member of a box: the other members of this box that are booked or on the waitlist in a class. Only members with `visible_to_friends` are
-- named, and only to a member with `visible_to_friends`. A booking or waitlist place that no prebooking won is left out.

create function public.read_friends_in_class(p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text)
returns setof jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('name', f.display_name, 'state', case when bool_or(p.status = 'booked') then 'booked' else 'waitlisted' end)
  from public.prebookings p
  join public.members f on f.id = p.user_id and f.visible_to_friends
  join public.user_boxes theirs on theirs.user_id = f.id and theirs.box_id = p_box_id
  where p.box_id = p_box_id and p.day = p_day and p.status in ('booked', 'waitlisted') and p.family_id is null and f.id <> p_user_id
    and exists (select from public.members me join public.user_boxes mine on mine.user_id = me.id
      where me.id = p_user_id and me.visible_to_friends and mine.box_id = p_box_id)
    -- The class that a member booked, which may be an alternative of the prebooking, is compared with `p_class_id`. If no receipt names the
    -- booked class, the prebooking's first choice is compared instead, by id or by hour and name.
    and (coalesce(p.receipt -> 'shotAt' ->> 'classId', p.class_id) = p_class_id
      or (p.receipt -> 'shotAt' is null and left(p.time_id, 4) = left(p_time_id, 4) and lower(btrim(p.class_name)) = lower(btrim(p_class_name))))
  group by f.id, f.display_name order by f.display_name
$$;

revoke all on function public.read_friends_in_class from public, anon, authenticated, service_role;
grant execute on function public.read_friends_in_class to service_role;
