-- Whoever Supabase has banned, deleted or signed out has ended here, too, at once and on every road: our own sessions, a new bridge,
-- and Supabase's own token, which lives on for up to an hour. And a bridged session knows the device of the Supabase session it grew from.

-- As before; and where we may not look, nothing is known of an end.
create or replace function public.supabase_session_stands(p_id text, p_now timestamptz) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare stands boolean;
begin
  if p_id is null or to_regclass('auth.sessions') is null or not has_table_privilege('auth.sessions', 'select') then return true; end if;
  execute 'select exists (select from auth.sessions s where s.id::text = $1 and (s.not_after is null or s.not_after > $2))' into stands using p_id, p_now;
  return stands;
end $$;

-- A ban leaves the sessions' rows where they are and only writes until when; a soft deletion only writes that it happened. The embedded
-- database has neither column: hence by name, at run time. A member that Supabase does not know is none of its business.
create function public.supabase_user_stands(p_user_id uuid, p_session_id text, p_now timestamptz) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare barred boolean := false;
begin
  if to_regclass('auth.users') is not null and has_table_privilege('auth.users', 'select') then
    execute $q$select exists (select from (select to_jsonb(u) as j from auth.users u where u.id = $1) x
      where (x.j ->> 'banned_until')::timestamptz > $2 or x.j ->> 'deleted_at' is not null)$q$ into barred using p_user_id, p_now;
  end if;
  return not barred and public.supabase_session_stands(p_session_id, p_now);
end $$;

create function public.device_of_supabase_session(p_user_id uuid, p_supabase_session_id text) returns text
language sql stable security definer set search_path = '' as $$
  select s.device_fingerprint from public.user_sessions s
  where s.user_id = p_user_id and s.supabase_session_id = p_supabase_session_id and s.device_fingerprint is not null and s.revoked_at is null
  order by s.created_at desc, s.id limit 1
$$;

-- The device on which whoever holds this Supabase session has logged in at the gym; null before. Raises auth/session-revoked.
create or replace function public.read_supabase_device(p_user_id uuid, p_supabase_session_id text, p_now timestamptz) returns text
language plpgsql stable security definer set search_path = '' as $$
begin
  if not public.supabase_user_stands(p_user_id, p_supabase_session_id, p_now) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  return public.device_of_supabase_session(p_user_id, p_supabase_session_id);
end $$;

create or replace function public.read_user_session(p_id uuid, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', s.id, 'userId', s.user_id,
    'deviceFingerprint', coalesce(s.device_fingerprint, public.device_of_supabase_session(s.user_id, s.supabase_session_id)),
    'revokedAt', coalesce(s.revoked_at, case when not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now) then p_now end))
  from public.user_sessions s where s.id = p_id
$$;

create or replace function public.read_ended_sessions(p_ids uuid[], p_now timestamptz) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select i.id from unnest(p_ids) as i(id) left join public.user_sessions s on s.id = i.id
  where s.id is null or s.revoked_at is not null or not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now)
$$;

-- As before, for nobody who has ended at Supabase: raises auth/session-revoked.
create or replace function public.open_user_session(
  p_id uuid, p_user_id uuid, p_device_fingerprint text, p_supabase_session_id text, p_user_agent text, p_ip text, p_token_hash text,
  p_idle_ms bigint, p_absolute_ms bigint, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.user_sessions; t public.refresh_tokens;
begin
  if not public.supabase_user_stands(p_user_id, p_supabase_session_id, p_now) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  insert into public.user_sessions (id, user_id, device_fingerprint, supabase_session_id, user_agent, ip_address, created_at, last_seen_at)
  values (p_id, p_user_id, p_device_fingerprint, p_supabase_session_id, p_user_agent, p_ip, p_now, p_now) on conflict (id) do nothing;
  insert into public.refresh_tokens (session_id, counter, token_hash, created_at, expires_at, absolute_expires_at)
  values (p_id, 0, p_token_hash, p_now, p_now + p_idle_ms * interval '1 millisecond', p_now + p_absolute_ms * interval '1 millisecond')
  on conflict (session_id, counter) do nothing;
  -- A call whose answer was lost is asked again, and finds what it made; anything else with that id is nobody's.
  select * into strict s from public.user_sessions where id = p_id and user_id = p_user_id;
  select * into strict t from public.refresh_tokens where session_id = p_id and counter = 0 and token_hash = p_token_hash;
  return jsonb_build_object('id', s.id, 'userId', s.user_id, 'deviceFingerprint', s.device_fingerprint, 'expiresAt', t.expires_at);
end $$;

revoke all on function public.supabase_user_stands, public.device_of_supabase_session from public, anon, authenticated;
