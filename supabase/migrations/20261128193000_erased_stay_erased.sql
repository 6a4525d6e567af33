-- A request that was authenticated before its member was erased does not create the member again. A request authenticated before an erasure may have
-- been on its way during the erasure, or may be handled by a process that does not know of the erasure. A member can begin at most sixty puntual
-- sessions an hour from sessions of Supabase.

-- Raises auth/session-revoked if p_user_id was erased at or after p_issued_at, the instant at which Supabase issued the member's token. For a token
-- of puntual's own, p_issued_at is null: the function then raises if the member was erased and has no row. The member's row is locked: an erasure at
-- the same time is over before the caller goes on, or waits until the caller's transaction has ended.
create function public.refuse_erased(p_user_id uuid, p_issued_at timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform from public.members m where m.id = p_user_id for update;
  if (p_issued_at is not null or not found) and public.is_erased_since(p_user_id, p_issued_at) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
end $$;

-- The first row that a user writes in a table with this trigger makes the user a member, unless the member was erased. The row of an existing member
-- is locked, so that an erasure at the same time is over before the trigger checks whether the member was erased.
create or replace function public.know_member() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() = new.user_id and (auth.jwt() ->> 'iat') is not null then
    perform public.refuse_erased(new.user_id, to_timestamp((auth.jwt() ->> 'iat')::double precision));
  end if;
  insert into public.members (id, email, created_at)
  values (new.user_id, case when auth.uid() = new.user_id then auth.jwt() ->> 'email' end, pg_catalog.now()) on conflict (id) do nothing;
  return new;
end $$;

-- Changes the account fields that p_changes names, unless the member was erased. p_issued_at: when Supabase issued the token that names the member.
drop function public.write_account(uuid, text, jsonb, timestamptz);
create function public.write_account(p_user_id uuid, p_email text, p_changes jsonb, p_now timestamptz, p_issued_at timestamptz default null)
returns jsonb language plpgsql security definer set search_path = '' as $$
begin
  perform public.refuse_erased(p_user_id, p_issued_at);
  insert into public.members (id, email, created_at) values (p_user_id, p_email, p_now) on conflict (id) do nothing;
  update public.members m set
    language = case when p_changes ? 'language' then p_changes ->> 'language' else m.language end,
    quiet_hours = case when p_changes ? 'quietHours' then nullif(p_changes -> 'quietHours', 'null') else m.quiet_hours end,
    tell = m.tell || coalesce(p_changes -> 'tell', '{}'),
    visible_to_friends = coalesce((p_changes ->> 'visibleToFriends')::boolean, m.visible_to_friends)
  where m.id = p_user_id;
  return public.read_account(p_user_id);
end $$;

-- Lets in a member that the gym has just authenticated, as the version of this function in 20261128184000_admission.sql did. p_issued_at is the
-- instant at which Supabase issued the token that names the member p_link_to; null for a token of puntual's own. Raises auth/session-revoked if
-- `refuse_erased` does for p_link_to and p_issued_at.
drop function public.admit_at_gym(text, text, text, text[], text[], text, text[], text, timestamptz, uuid);
create function public.admit_at_gym(
  p_platform_user_id text, p_email text, p_name text, p_slugs text[], p_box_ids text[], p_mode text, p_admit_boxes text[],
  p_invitation_hash text, p_now timestamptz, p_link_to uuid default null,
  p_issued_at timestamptz default null
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare m public.members; i public.invitations; target uuid; was text; is_first boolean; verdict text;
begin
  -- If two first logins with one gym account come at the same time, the later one waits here, and then finds the member that the earlier one wrote.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('gym account ' || p_platform_user_id, 0));
  perform public.refuse_erased(p_link_to, p_issued_at);
  select * into m from public.members where id = p_link_to for update;
  target := p_link_to;
  if p_link_to is null or m.platform_user_id is not null then
    select * into m from public.members where platform = 'aimharder' and platform_user_id = p_platform_user_id for update;
    target := coalesce(m.id, gen_random_uuid());
  elsif exists (select from public.members o where o.platform = 'aimharder' and o.platform_user_id = p_platform_user_id and o.id <> target) then
    raise exception 'auth/account-taken' using errcode = 'PT409';
  end if;
  was := coalesce(m.admission, 'guest');
  is_first := m.platform_user_id is null;
  if p_invitation_hash is not null and p_mode in ('invite', 'approve') and was in ('guest', 'waiting') then
    select * into i from public.invitations
    where secret_hash = p_invitation_hash and used_at is null and revoked_at is null and expires_at > p_now for update;
  end if;
  verdict := case
    when was = 'refused' then 'refused'
    when (was <> 'admitted' or is_first) and p_admit_boxes <> '{}' and not p_slugs && p_admit_boxes and not exists (
      select from public.boxes b where b.aimharder_box_id = any (p_box_ids) and b.subdomain = any (p_admit_boxes)) then 'other-box'
    when was = 'admitted' or p_mode = 'open' or i.id is not null then 'admitted'
    when was = 'waiting' or p_mode = 'approve' then 'waiting'
    when p_mode = 'closed' then 'closed'
    when p_invitation_hash is not null then 'invitation-over'
    else 'uninvited' end;
  if verdict not in ('admitted', 'waiting') then return jsonb_build_object('verdict', verdict); end if;
  insert into public.members as k (id, platform_user_id, email, display_name, created_at, admission, admission_at)
  values (target, p_platform_user_id, p_email, p_name, p_now, verdict, p_now)
  on conflict (id) do update set platform_user_id = excluded.platform_user_id, email = excluded.email, display_name = excluded.display_name,
    admission = excluded.admission, admission_at = case when k.admission = excluded.admission then k.admission_at else p_now end
  returning * into m;
  update public.invitations set used_at = p_now, used_by = m.id where id = i.id;
  return jsonb_build_object('verdict', verdict, 'member', jsonb_build_object('id', m.id, 'email', m.email, 'name', m.display_name));
exception when unique_violation then
  raise exception 'auth/account-taken' using errcode = 'PT409';
end $$;

-- Lets in a member that signs in through Supabase. Raises auth/session-revoked if the member was erased at or after p_issued_at, the instant at which
-- Supabase issued the member's token. Raises request/limited if the member began sixty puntual sessions from Supabase sessions within the last hour.
drop function public.bridge_member(text, uuid, uuid, text, text, text, text, text, bigint, bigint, timestamptz);
create function public.bridge_member(
  p_mode text, p_id uuid, p_user_id uuid, p_email text, p_supabase_session_id text, p_user_agent text, p_ip text, p_token_hash text,
  p_idle_ms bigint, p_absolute_ms bigint, p_now timestamptz,
  p_issued_at timestamptz default null
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare was text; verdict text;
begin
  if not public.supabase_user_stands(p_user_id, p_supabase_session_id, p_now) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  perform public.refuse_erased(p_user_id, p_issued_at);
  select m.admission into was from public.members m where m.id = p_user_id for update;
  verdict := case
    when was = 'refused' then 'refused'
    when was = 'admitted' or p_mode = 'open' then 'admitted'
    when was = 'waiting' or p_mode = 'approve' then 'waiting'
    when p_mode = 'closed' then 'closed'
    else 'uninvited' end;
  if verdict not in ('admitted', 'waiting') then return jsonb_build_object('verdict', verdict); end if;
  -- Bridges (puntual sessions begun from a Supabase session) are limited to sixty an hour per member: a Supabase token lasts an hour, and each bridge
  -- leaves rows for months.
  if verdict = 'admitted' and not exists (select from public.user_sessions s where s.id = p_id)
    and (select count(*) from public.user_sessions s where s.user_id = p_user_id and s.device_fingerprint is null
      and s.created_at > p_now - interval '1 hour') >= 60 then
    raise exception 'request/limited' using errcode = 'PT429';
  end if;
  insert into public.members as k (id, email, created_at, admission, admission_at) values (p_user_id, p_email, p_now, verdict, p_now)
  on conflict (id) do update set admission = excluded.admission, admission_at = p_now where k.admission <> excluded.admission;
  return jsonb_build_object('verdict', verdict, 'session', case when verdict = 'admitted' then public.open_user_session(p_id, p_user_id, null,
    p_supabase_session_id, p_user_agent, p_ip, p_token_hash, p_idle_ms, p_absolute_ms, p_now) end);
end $$;

revoke all on function public.refuse_erased, public.know_member, public.write_account, public.admit_at_gym, public.bridge_member
  from public, anon, authenticated, service_role;
grant execute on function public.write_account, public.admit_at_gym, public.bridge_member to service_role;
