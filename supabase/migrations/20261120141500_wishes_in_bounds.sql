-- One member's wishes are bounded: a family's week fits, and nobody pushes everybody else's shot back behind a crowd of their own.

-- As before, and no more than so many live ones at one opening of a box, and so many in all.
create or replace function public.create_prebooking(
  p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_family_id text,
  p_waitlist boolean, p_alternatives jsonb, p_opens_at timestamptz, p_starts_at timestamptz, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; most_at_one_opening constant integer := 16; most_in_all constant integer := 80;
begin
  if not exists (select 1 from public.user_boxes where user_id = p_user_id and box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  select * into p from public.prebookings where id = p_id and user_id = p_user_id;
  if found then return public.prebooking_card(p); end if;
  -- One member's wishes are counted one after the other: a thousand at once are still sixteen.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('wishes ' || p_user_id, 0));
  insert into public.prebookings (id, user_id, box_id, day, class_id, time_id, class_name, family_id, waitlist, alternatives, opens_at,
    starts_at, created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_family_id, p_waitlist, p_alternatives, p_opens_at,
    p_starts_at, p_now, p_now) returning * into p;
  -- After the insert: the same wish once more is a duplicate first, however many there are.
  if (select count(*) > most_in_all or count(*) filter (where m.box_id = p_box_id and m.opens_at = p_opens_at) > most_at_one_opening
      from public.prebookings m where m.user_id = p_user_id and m.is_live) then
    raise exception 'prebooking/too-many' using errcode = 'PT409';
  end if;
  return public.prebooking_card(p);
exception when unique_violation then
  raise exception 'prebooking/duplicate' using errcode = 'PT409';
end $$;
