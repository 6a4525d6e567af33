set check_function_bodies = off;

-- Members, the data key that seals each member's secrets, and the boxes at which members book. Every `user_id` in this schema is the id of a row of
-- `members`.
-- `auth.uid()` returns the member's id, whether the caller's access token is one of puntual's own or one of Supabase's.

-- A hosted Supabase project grants the API roles (anon, authenticated, service_role) every right on new objects. This file revokes Supabase's default
-- privileges before the first table exists, so that no table is open to the API roles even between two migrations. The file 20261128001000_access.sql
-- grants the rights on the tables and functions of the migrations up to and including that file.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges revoke execute on functions from public;

-- ── members ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table public.members (
  id uuid primary key default gen_random_uuid(),
  platform text not null default 'aimharder',
  platform_user_id text,
  email text,
  display_name text not null default '',
  created_at timestamptz not null,
  unique (platform, platform_user_id)
);

-- Finds or creates the member of a gym account. p_link_to names a member that is signed in already, through Supabase for example: the gym account is
-- linked to that member, if the member has none yet. Members are never merged: linking a gym account that already belongs to another member raises
-- auth/account-taken.
create function public.enrol_member(p_platform_user_id text, p_email text, p_name text, p_now timestamptz, p_link_to uuid default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare m public.members; asking public.members;
begin
  if p_link_to is not null then
    insert into public.members (id, created_at) values (p_link_to, p_now) on conflict (id) do nothing;
    select * into strict asking from public.members where id = p_link_to for update;
  end if;
  if asking.id is not null and asking.platform_user_id is null then
    update public.members set platform_user_id = p_platform_user_id, email = p_email, display_name = p_name where id = asking.id returning * into m;
  else
    insert into public.members (platform_user_id, email, display_name, created_at)
    values (p_platform_user_id, p_email, p_name, p_now)
    on conflict (platform, platform_user_id) do update set email = excluded.email, display_name = excluded.display_name
    returning * into m;
  end if;
  return jsonb_build_object('id', m.id, 'email', m.email, 'name', m.display_name);
exception when unique_violation then
  raise exception 'auth/account-taken' using errcode = 'PT409';
end $$;

-- ── keys ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- One data key for each member, wrapped (encrypted) by a key of the service's keyring, which never enters the database. If a row of `user_keys` is
-- lost, its member's secrets cannot be read again.
create table public.user_keys (
  user_id uuid primary key references public.members (id) on delete cascade,
  kid text not null,
  wrapped text not null
);

-- Returns the member's wrapped data key. The first call for a member stores the data key that it offers; a later call returns the stored data key and
-- ignores the one that it offers.
create function public.keep_member_key(p_user_id uuid, p_kid text, p_wrapped text) returns text
language plpgsql security definer set search_path = '' as $$
declare w text;
begin
  insert into public.user_keys (user_id, kid, wrapped) values (p_user_id, p_kid, p_wrapped) on conflict (user_id) do nothing;
  select wrapped into strict w from public.user_keys where user_id = p_user_id;
  return w;
end $$;

-- The wrapped data key of one member; null when the member has none.
create function public.read_member_key(p_user_id uuid) returns text language sql stable security definer set search_path = '' as $$
  select k.wrapped from public.user_keys k where k.user_id = p_user_id
$$;

-- For rotation of the keyring (`SEAL_KEYS`): a page of members, after p_after in order of id, whose data key is not wrapped by the keyring's key
-- p_kid.
create function public.read_keys_to_rewrap(p_kid text, p_after uuid, p_limit integer) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('userId', k.user_id, 'wrapped', k.wrapped) from public.user_keys k
  where k.kid <> p_kid and (p_after is null or k.user_id > p_after) order by k.user_id limit p_limit
$$;

-- For each line of p_lines, stores the newly wrapped data key if the member's stored one is still the line's `from`; a data key that changed
-- meanwhile stays. Returns for how many members the newly wrapped data key was stored.
create function public.rewrap_keys(p_lines jsonb) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.user_keys k set kid = l ->> 'kid', wrapped = l ->> 'wrapped' from jsonb_array_elements(p_lines) l
  where k.user_id = (l ->> 'userId')::uuid and k.wrapped = l ->> 'from';
  get diagnostics n = row_count;
  return n;
end $$;

-- For each key of the keyring (`SEAL_KEYS`), how many members' data keys it still wraps.
create function public.count_keys() returns setof jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('kid', k.kid, 'members', count(*)) from public.user_keys k group by k.kid order by k.kid
$$;

-- For each key of the keyring (`SEAL_KEYS`) that wraps any member's data key, one of the data keys that it wraps. At start the process checks that it
-- can unwrap each of the data keys returned.
create function public.read_seal_canaries() returns setof jsonb language sql stable security definer set search_path = '' as $$
  select distinct on (k.kid) jsonb_build_object('kid', k.kid, 'userId', k.user_id, 'wrapped', k.wrapped) from public.user_keys k order by k.kid, k.user_id
$$;

-- ── boxes ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table public.boxes (
  id uuid primary key default gen_random_uuid(),
  platform text not null default 'aimharder',
  aimharder_box_id text not null,
  -- `subdomain` is one DNS label. The table `boxes` has no base_url column on purpose: a row must not be able to make the service send a member's
  -- cookies to another host.
  subdomain text not null check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text not null,
  time_zone text not null default 'Europe/Madrid',
  opening_rule jsonb,
  opening_rule_source text not null default 'unknown' check (opening_rule_source in ('unknown', 'announced', 'observed', 'declared')),
  -- `rule_agreed` and `rule_contradicted`: how often races confirmed or contradicted the box's opening rule since that rule was set.
  rule_agreed integer not null default 0,
  rule_contradicted integer not null default 0,
  -- How long after the measured opening a race sends its first shot at this box, ms: learned from "too early" answers, and reduced with time.
  learned_margin_ms real not null default 0 check (learned_margin_ms between 0 and 250),
  margin_taught_at timestamptz,
  -- Ids of the latest lessons about this box, at most 16. A lesson is what one race reports about the box's opening rule, or about how much later
  -- than the measured opening its first shots should be sent. A caller that lost the answer to its call sends the lesson again with the same id, and the repeated lesson changes nothing. If a lesson is
  -- repeated, the repetition comes within seconds, so that storing a few ids is enough.
  lessons uuid[] not null default '{}',
  created_at timestamptz not null,
  unique (platform, aimharder_box_id),
  unique (platform, subdomain)
);

create table public.user_boxes (
  user_id uuid not null references public.members (id) on delete cascade,
  box_id uuid not null references public.boxes (id) on delete cascade,
  joined_at timestamptz not null,
  primary key (user_id, box_id)
);
create index user_boxes_by_box on public.user_boxes (box_id);

-- What a caller may see of a box, as JSON.
create function public.box_card(b public.boxes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'aimharderBoxId', b.aimharder_box_id, 'subdomain', b.subdomain, 'name', b.name,
    'timeZone', b.time_zone, 'openingRule', b.opening_rule, 'openingRuleSource', b.opening_rule_source,
    'ruleAgreed', b.rule_agreed, 'ruleContradicted', b.rule_contradicted, 'learnedMarginMs', b.learned_margin_ms)
$$;

-- The boxes that the gym named at the member's latest login decide membership: they are created if needed, and the member belongs to exactly those
-- boxes.
create function public.join_boxes(p_user_id uuid, p_boxes jsonb, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
begin
  -- A box's row is found by the id that the gym gives the box or, if no row has that id, by the box's address (subdomain). Two first sign-ins at a
  -- box at the same moment make one row of `boxes`.
  update public.boxes b set name = x ->> 'name', subdomain = x ->> 'slug'
  from jsonb_array_elements(p_boxes) x
  where b.aimharder_box_id = x ->> 'platformBoxId' and (b.name, b.subdomain) is distinct from (x ->> 'name', x ->> 'slug')
    and not exists (select 1 from public.boxes other where other.subdomain = x ->> 'slug' and other.id <> b.id);
  update public.boxes b set name = x ->> 'name', aimharder_box_id = x ->> 'platformBoxId'
  from jsonb_array_elements(p_boxes) x
  where b.subdomain = x ->> 'slug' and b.aimharder_box_id <> x ->> 'platformBoxId'
    and not exists (select 1 from public.boxes other where other.aimharder_box_id = x ->> 'platformBoxId');
  insert into public.boxes (aimharder_box_id, subdomain, name, created_at)
  select x ->> 'platformBoxId', x ->> 'slug', x ->> 'name', p_now from jsonb_array_elements(p_boxes) x
  order by x ->> 'platformBoxId'
  on conflict do nothing;
  delete from public.user_boxes ub using public.boxes b
  where ub.user_id = p_user_id and b.id = ub.box_id
    and not exists (select 1 from jsonb_array_elements(p_boxes) x where x ->> 'platformBoxId' = b.aimharder_box_id);
  insert into public.user_boxes (user_id, box_id, joined_at)
  select p_user_id, b.id, p_now from public.boxes b
  where b.aimharder_box_id in (select x ->> 'platformBoxId' from jsonb_array_elements(p_boxes) x)
  on conflict do nothing;
  return query select public.box_card(b) from public.boxes b join public.user_boxes ub on ub.box_id = b.id
    where ub.user_id = p_user_id order by b.name;
end $$;

create function public.read_member_boxes(p_user_id uuid) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.box_card(b) from public.boxes b join public.user_boxes ub on ub.box_id = b.id
  where ub.user_id = p_user_id order by b.name
$$;

create function public.read_box(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select public.box_card(b) from public.boxes b where b.id = p_id
$$;

-- ── when a box opens its classes ───────────────────────────────────────────────────────────────────────────────────────────────
-- Openings that a race saw happen; the box's opening rule is guessed from these openings.
create table public.seen_openings (
  box_id uuid not null references public.boxes (id) on delete cascade,
  day text not null,
  time_id text not null,
  opens_at timestamptz not null,
  seen_at timestamptz not null,
  primary key (box_id, day, time_id)
);

-- Stores a box's opening rule with its source, and the box's time zone if p_time_zone is given. A rule with the source 'declared' yields only to
-- another rule with that source. Returns the number of boxes changed, 0 or 1.
create function public.declare_opening_rule(p_box_id uuid, p_rule jsonb, p_time_zone text, p_source text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.boxes set opening_rule = p_rule, opening_rule_source = p_source, time_zone = coalesce(p_time_zone, time_zone),
    rule_agreed = 0, rule_contradicted = 0
  where id = p_box_id and (p_source = 'declared' or opening_rule_source <> 'declared');
  get diagnostics n = row_count;
  return n;
end $$;

-- Takes in what the gym announced, or what a race observed, about a box's opening rule. A null p_rule says only that the stored opening rule was
-- wrong for a race. This function does not replace an opening rule that an operator declared. An opening rule that a race observed does not replace
-- one that the gym announced. A rule from the same source as the stored rule replaces it only if calls, this one included, contradicted the stored
-- rule more often than they confirmed it. Each race confirms or contradicts a box's opening rule once: a call with the lesson id of an earlier call
-- changes nothing. A call without a lesson id always counts as a race of its own. Returns the box's card.
create function public.teach_opening_rule(p_box_id uuid, p_rule jsonb, p_source text, p_lesson uuid default null) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare b public.boxes; is_same boolean; gives_way boolean;
begin
  select * into b from public.boxes where id = p_box_id for update;
  if not found then return null; end if;
  if p_lesson = any (b.lessons) then return public.box_card(b); end if;
  update public.boxes set lessons = (array_remove(array[p_lesson], null) || lessons)[1:16] where id = p_box_id;
  is_same := b.opening_rule is not distinct from p_rule;
  gives_way := p_rule is not null and b.opening_rule_source <> 'declared' and (b.opening_rule_source = 'unknown'
    or (b.opening_rule_source = 'observed' and p_source = 'announced')
    or (b.opening_rule_source = p_source and b.rule_contradicted >= b.rule_agreed));
  if is_same and p_rule is not null then
    update public.boxes set rule_agreed = rule_agreed + 1,
      opening_rule_source = case when opening_rule_source = 'observed' then p_source else opening_rule_source end
    where id = p_box_id returning * into b;
  elsif gives_way then
    update public.boxes set opening_rule = p_rule, opening_rule_source = p_source, rule_agreed = 1, rule_contradicted = 0
    where id = p_box_id returning * into b;
  elsif b.opening_rule is not null then
    update public.boxes set rule_contradicted = rule_contradicted + 1 where id = p_box_id returning * into b;
  end if;
  return public.box_card(b);
end $$;

-- Stores the opening of a class, as a race saw it happen. Returns the box's latest stored openings, at most 12, beginning with the one just stored.
create function public.note_opening(p_box_id uuid, p_day text, p_time_id text, p_opens_at timestamptz, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.seen_openings values (p_box_id, p_day, p_time_id, p_opens_at, p_now)
  on conflict (box_id, day, time_id) do update set opens_at = excluded.opens_at, seen_at = excluded.seen_at;
  delete from public.seen_openings o where o.box_id = p_box_id and o.seen_at < p_now - interval '60 days';
  return query select jsonb_build_object('day', o.day, 'timeId', o.time_id, 'opensAt', o.opens_at) from public.seen_openings o
    where o.box_id = p_box_id order by o.seen_at desc, o.day = p_day and o.time_id = p_time_id desc limit 12;
end $$;

-- First shots that came too early, although the class's known opening was right, delay the box's later first shots a little. Accepted shots reduce
-- the delay of first shots, and so does time (by half in two weeks). A call with the lesson id of an earlier call changes nothing. Returns, in ms, by
-- how much the box's first shots are delayed from now on.
create function public.teach_margin(p_box_id uuid, p_early integer, p_fine integer, p_now timestamptz, p_lesson uuid default null) returns real
language plpgsql security definer set search_path = '' as $$
declare b public.boxes;
begin
  select * into b from public.boxes where id = p_box_id for update;
  if not found then return null; end if;
  if p_lesson = any (b.lessons) then return b.learned_margin_ms; end if;
  update public.boxes set margin_taught_at = p_now, lessons = (array_remove(array[p_lesson], null) || lessons)[1:16],
    learned_margin_ms = least(250, greatest(0, learned_margin_ms
      * power(0.5, greatest(0, extract(epoch from p_now - coalesce(margin_taught_at, p_now))) / 1209600)
      * power(0.9, case when p_early > 0 then 0 else least(p_fine, 1) end) + 15 * least(p_early, 4)))
  where id = p_box_id returning * into b;
  return b.learned_margin_ms;
end $$;
