-- Who books, and where. Owners are members(id); a member's id is what auth.uid() says for our own and Supabase's tokens.

-- A hosted project grants everything on new objects to the API roles; here nothing is granted unless named.
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
alter default privileges revoke execute on functions from public;

create table public.members (
  id uuid primary key default gen_random_uuid(),
  platform text not null default 'aimharder',
  platform_user_id text,
  email text,
  display_name text not null default '',
  created_at timestamptz not null,
  unique (platform, platform_user_id)
);

-- One data key a member, wrapped by a keyring key that never enters the database. Losing the row makes the member's secrets unreadable.
create table public.user_keys (
  user_id uuid primary key references public.members (id) on delete cascade,
  kid text not null,
  wrapped text not null
);

create table public.boxes (
  id uuid primary key default gen_random_uuid(),
  platform text not null default 'aimharder',
  aimharder_box_id text not null,
  -- One DNS label. There is no base_url on purpose: a row must not be able to send cookies elsewhere.
  subdomain text not null check (subdomain ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  name text not null,
  time_zone text not null default 'Europe/Madrid',
  opening_rule jsonb,
  opening_rule_source text not null default 'unknown' check (opening_rule_source in ('unknown', 'announced', 'observed', 'declared')),
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

-- Finds or makes the member of a gym account.
create function public.enrol_member(p_platform_user_id text, p_email text, p_name text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare m public.members;
begin
  insert into public.members (platform_user_id, email, display_name, created_at)
  values (p_platform_user_id, p_email, p_name, p_now)
  on conflict (platform, platform_user_id) do update set email = excluded.email, display_name = excluded.display_name
  returning * into m;
  return jsonb_build_object('id', m.id, 'email', m.email, 'name', m.display_name);
end $$;

-- The member's data key: the first one offered is kept and answered ever after.
create function public.keep_member_key(p_user_id uuid, p_kid text, p_wrapped text) returns text
language plpgsql security definer set search_path = '' as $$
declare w text;
begin
  insert into public.user_keys (user_id, kid, wrapped) values (p_user_id, p_kid, p_wrapped) on conflict (user_id) do nothing;
  select wrapped into strict w from public.user_keys where user_id = p_user_id;
  return w;
end $$;

create function public.box_card(b public.boxes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'aimharderBoxId', b.aimharder_box_id, 'subdomain', b.subdomain, 'name', b.name,
    'timeZone', b.time_zone, 'openingRule', b.opening_rule, 'openingRuleSource', b.opening_rule_source)
$$;

-- A login shows where the member belongs: boxes are made known, membership follows the latest login exactly.
create function public.join_boxes(p_user_id uuid, p_boxes jsonb, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.boxes (aimharder_box_id, subdomain, name, created_at)
  select x ->> 'platformBoxId', x ->> 'slug', x ->> 'name', p_now from jsonb_array_elements(p_boxes) x
  on conflict (platform, aimharder_box_id) do update set name = excluded.name, subdomain = excluded.subdomain;
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

-- An operator's word on when a box opens its classes, or on its zone. Answers the number of boxes changed.
create function public.declare_opening_rule(p_box_id uuid, p_rule jsonb, p_time_zone text, p_source text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.boxes set opening_rule = p_rule, opening_rule_source = p_source, time_zone = coalesce(p_time_zone, time_zone)
  where id = p_box_id and (p_source = 'declared' or opening_rule_source <> 'declared');
  get diagnostics n = row_count;
  return n;
end $$;
