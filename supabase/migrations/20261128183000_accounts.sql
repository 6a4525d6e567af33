-- What a member sees of their own account: preferences for language, quiet hours and notices, and their role in each of their boxes.

alter table public.members
  -- Null if the member has not chosen a language yet.
  add column language text check (language in ('en', 'es')),
  -- The hours in which most notices to the member wait: { from, to } as HH:MM; null if notices may come at any hour. For a notice about a prebooking
  -- the hours are in the zone of the prebooking's box. For any other notice the hours are in the zone of the box that the member joined first.
  add column quiet_hours jsonb check (jsonb_typeof(quiet_hours) = 'object'),
  -- Whether the member wants notices of a category, as { category: boolean }; a category that the object does not name counts as wanted.
  add column tell jsonb not null default '{}' check (jsonb_typeof(tell) = 'object'),
  add column visible_to_friends boolean not null default false;

-- The member's role in the box, as the gym's answer to the member's latest login named it. In a row written before this column existed, the member
-- counts as a client until the next login.
alter table public.user_boxes add column role text not null default 'client' check (role in ('client', 'coach', 'admin'));

-- A box as one member sees it, with the member's role.
create function public.own_box_card(b public.boxes, p_role text) returns jsonb language sql stable set search_path = '' as $$
  select public.box_card(b) || jsonb_build_object('role', p_role)
$$;

create or replace function public.read_member_boxes(p_user_id uuid) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.own_box_card(b, ub.role) from public.boxes b join public.user_boxes ub on ub.box_id = b.id
  where ub.user_id = p_user_id order by b.name
$$;

-- Makes the member belong to exactly the boxes that the member's latest login at the gym named, except the boxes that stay unplaced. Each of p_boxes
-- is { platformBoxId, slug, name, role, reason }; `reason` says why the box is unplaced if it is neither found nor created. A box without a slug is
-- looked up by its id alone. A box that is not stored is created if p_boxes gives its id and a slug that no other box has; else the box is listed in
-- `unplaced`, with the reason given in p_boxes or `address-taken`. Returns { boxes, unplaced, isNews }: isNews says whether there are unplaced boxes
-- that differ from those of the member's previous login.
create or replace function public.place_boxes(p_user_id uuid, p_boxes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare x record; b public.boxes; joined jsonb := '{}'; unplaced jsonb := '[]'; was jsonb;
begin
  -- Boxes are written for one login at a time: two logins that write the same boxes at one time in different order could deadlock.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('boxes', 0));
  for x in
    select t."platformBoxId" as id, t.slug, t.name, t.role, t.reason
    from jsonb_to_recordset(p_boxes) as t("platformBoxId" text, slug text, name text, role text, reason text) order by 1, 2
  loop
    select * into b from public.boxes k where k.aimharder_box_id = x.id;
    if not found then
      -- If the gym has given the box a new id, the box is found by its slug. A stored box with the same slug is not the box sought if the gym also
      -- named the stored box's id at this login.
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
      joined := joined || jsonb_build_object(b.id::text, case when x.role in ('coach', 'admin') then x.role else 'client' end);
    end if;
  end loop;
  delete from public.user_boxes ub where ub.user_id = p_user_id and not joined ? ub.box_id::text;
  insert into public.user_boxes (user_id, box_id, role, joined_at) select p_user_id, j.key::uuid, j.value, p_now from jsonb_each_text(joined) j
  on conflict (user_id, box_id) do update set role = excluded.role;
  select m.unplaced_boxes into was from public.members m where m.id = p_user_id for update;
  update public.members m set unplaced_boxes = unplaced where m.id = p_user_id and m.unplaced_boxes <> unplaced;
  return jsonb_build_object('unplaced', unplaced, 'isNews', unplaced <> '[]' and unplaced is distinct from was,
    'boxes', coalesce((select jsonb_agg(own order by own ->> 'name') from public.read_member_boxes(p_user_id) own), '[]'));
end $$;

-- A channel's card; its `state` is the result of the last delivery since the channel was stored: unconfirmed (there was none), live (delivered) or
-- failing (refused).
create function public.channel_card(c public.notice_channels) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'kind', c.kind, 'state', coalesce((
    select case when o.sent_at is not null then 'live' else 'failing' end from public.outbox o
    where o.user_id = c.user_id and o.created_at >= c.created_at and o.attempts > 0 and (o.sent_at is not null or o.last_error is not null)
    order by o.id desc limit 1), 'unconfirmed'))
$$;

-- Everything about a member that the app needs when a page is reloaded, without any secret; null for a person without a row in `members`.
create function public.read_account(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('email', m.email, 'name', m.display_name, 'language', m.language, 'quietHours', m.quiet_hours, 'tell', m.tell,
    'visibleToFriends', m.visible_to_friends,
    'hasUnplacedBoxes', m.unplaced_boxes <> '[]',
    'background', coalesce((select jsonb_agg(jsonb_build_object('status', case when s.quarantined_at is null then s.status else 'quarantined' end,
        'lastSuccessAt', s.last_token_update_date,
        'keptLogin', exists (select from public.kept_logins k where k.user_id = m.id)))
      from public.auth_sessions s where s.user_id = m.id and s.session_type = 'background'), '[]'),
    'devices', coalesce((select jsonb_agg(jsonb_build_object('fingerprint', s.fingerprint, 'lastSeenAt', s.last_seen_at) order by s.last_seen_at desc)
      from public.auth_sessions s where s.user_id = m.id and s.session_type = 'device' and s.status <> 'revoked'), '[]'),
    'channels', coalesce((select jsonb_agg(public.channel_card(c) order by c.created_at) from public.notice_channels c where c.user_id = m.id), '[]'))
  from public.members m where m.id = p_user_id
$$;

-- Changes the fields that p_changes names ({ language, quietHours, tell, visibleToFriends }) and leaves the others as they are; `tell` is merged with
-- the stored `tell`. Creates the member's row if there is none. Returns the changed account, as `read_account` does.
create function public.write_account(p_user_id uuid, p_email text, p_changes jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.members (id, email, created_at) values (p_user_id, p_email, p_now) on conflict (id) do nothing;
  update public.members m set
    language = case when p_changes ? 'language' then p_changes ->> 'language' else m.language end,
    quiet_hours = case when p_changes ? 'quietHours' then nullif(p_changes -> 'quietHours', 'null') else m.quiet_hours end,
    tell = m.tell || coalesce(p_changes -> 'tell', '{}'),
    visible_to_friends = coalesce((p_changes ->> 'visibleToFriends')::boolean, m.visible_to_friends)
  where m.id = p_user_id;
  return public.read_account(p_user_id);
end $$;

revoke all on function public.own_box_card, public.read_member_boxes, public.place_boxes, public.channel_card, public.read_account,
  public.write_account from public, anon, authenticated, service_role;
grant execute on function public.read_member_boxes, public.place_boxes, public.read_account, public.write_account to service_role;
