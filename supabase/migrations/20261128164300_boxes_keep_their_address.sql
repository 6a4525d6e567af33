-- A box keeps its stored address when a member's login gives no address for it, a malformed one, or one that belongs to another box. A box that
-- cannot be identified at all is reported to the member and in the metrics.

-- The boxes that the gym named at the member's latest login and that could not be identified: [{ name, reason }].
alter table public.members add column unplaced_boxes jsonb not null default '[]';

-- The boxes that the gym named at the member's latest login decide membership: they are created if needed, and the member belongs to exactly those
-- boxes. Each element of p_boxes is { platformBoxId, slug, name, reason }. A box without a slug is found by its id alone; a box that is not found
-- joins `unplaced`, with the reason given in p_boxes. Returns { boxes, unplaced, isNews }: isNews is true if there are unplaced boxes and they differ
-- from those of the member's previous login.
create function public.place_boxes(p_user_id uuid, p_boxes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare x record; b public.boxes; joined uuid[] := '{}'; unplaced jsonb := '[]'; was jsonb;
begin
  -- The boxes of only one gym login are stored at a time: two logins that name the same boxes in different order would deadlock.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('boxes', 0));
  for x in
    select t."platformBoxId" as id, t.slug, t.name, t.reason
    from jsonb_to_recordset(p_boxes) as t("platformBoxId" text, slug text, name text, reason text) order by 1, 2
  loop
    select * into b from public.boxes k where k.aimharder_box_id = x.id;
    if not found then
      -- If the gym has given the box a new id, the box is found by its address. A stored box with the address `x.slug` is not the box `x` if
      -- `p_boxes` names the stored box's own id, too.
      select * into b from public.boxes k where k.subdomain = x.slug
        and not exists (select 1 from jsonb_array_elements(p_boxes) o where o ->> 'platformBoxId' = k.aimharder_box_id);
    end if;
    if b.id is not null then
      update public.boxes k set name = x.name, aimharder_box_id = coalesce(x.id, k.aimharder_box_id),
        subdomain = case when x.slug is null or exists (select 1 from public.boxes o where o.subdomain = x.slug and o.id <> k.id)
          then k.subdomain else x.slug end
      where k.id = b.id;
    elsif x.id is not null and x.slug is not null then
      insert into public.boxes (aimharder_box_id, subdomain, name, created_at) values (x.id, x.slug, x.name, p_now)
      on conflict do nothing returning * into b;
    end if;
    if b.id is null then
      unplaced := unplaced || jsonb_build_object('name', x.name, 'reason', coalesce(x.reason, 'address-taken'));
    else
      joined := joined || b.id;
    end if;
  end loop;
  delete from public.user_boxes ub where ub.user_id = p_user_id and not ub.box_id = any (joined);
  insert into public.user_boxes (user_id, box_id, joined_at) select p_user_id, j, p_now from unnest(joined) j on conflict do nothing;
  select m.unplaced_boxes into was from public.members m where m.id = p_user_id for update;
  update public.members m set unplaced_boxes = unplaced where m.id = p_user_id and m.unplaced_boxes <> unplaced;
  return jsonb_build_object('unplaced', unplaced, 'isNews', unplaced <> '[]' and unplaced is distinct from was,
    'boxes', coalesce((select jsonb_agg(public.box_card(k) order by k.name) from public.boxes k
      join public.user_boxes ub on ub.box_id = k.id where ub.user_id = p_user_id), '[]'));
end $$;

-- `join_boxes` stays for processes of an older version, and calls `place_boxes`.
create or replace function public.join_boxes(p_user_id uuid, p_boxes jsonb, p_now timestamptz) returns setof jsonb
language sql security definer set search_path = '' as $$
  select jsonb_array_elements(public.place_boxes(p_user_id, p_boxes, p_now) -> 'boxes')
$$;

-- How many boxes of members could not be identified, by reason.
create function public.count_unplaced() returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(r.reason, r.n), '{}') from (
    select u ->> 'reason' as reason, count(*) as n from public.members m, jsonb_array_elements(m.unplaced_boxes) u
    where m.unplaced_boxes <> '[]' group by 1) r
$$;

revoke all on function public.place_boxes, public.join_boxes, public.count_unplaced from public, anon, authenticated;
grant execute on function public.place_boxes, public.join_boxes, public.count_unplaced to service_role;
