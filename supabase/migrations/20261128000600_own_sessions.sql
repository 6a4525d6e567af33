set check_function_bodies = off;

-- puntual's own sessions: which members are signed in to puntual, and the rotating refresh tokens that keep them signed in. The tables keep hashes of
-- refresh tokens, never the tokens. When Supabase has banned, deleted or signed out a member, puntual immediately refuses the member's puntual
-- sessions, new bridges and Supabase tokens. Supabase itself would accept the Supabase token of a banned, deleted or signed-out member for up to an
-- hour more.

create table public.user_sessions (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  -- The device whose device session is used when this puntual session books by hand. Null for a puntual session bridged from Supabase:
  -- `device_of_supabase_session` finds the device once the member has logged in at the gym.
  device_fingerprint text,
  supabase_session_id text,
  user_agent text,
  ip_address text,
  created_at timestamptz not null,
  last_seen_at timestamptz not null,
  revoked_at timestamptz
);
create index user_sessions_by_user on public.user_sessions (user_id);

create table public.refresh_tokens (
  id bigint generated always as identity primary key,
  session_id uuid not null references public.user_sessions (id) on delete cascade,
  counter integer not null,
  token_hash text not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  absolute_expires_at timestamptz not null,
  rotated_at timestamptz,
  revoked_at timestamptz,
  unique (session_id, counter)
);

-- ── what Supabase says of a session ────────────────────────────────────────────────────────────────────────────────────────────
-- Whether the Supabase session with this id still exists. Supabase removes the row of a session that was signed out or whose user was deleted. The
-- embedded database has no table `auth.sessions`, so each call checks whether this table exists; without the table, the session counts as existing.
-- If the service's role may not read `auth.sessions`, the session counts as existing.
create function public.supabase_session_stands(p_id text, p_now timestamptz) returns boolean
language plpgsql stable security definer set search_path = '' as $$
declare stands boolean;
begin
  if p_id is null or to_regclass('auth.sessions') is null or not has_table_privilege('auth.sessions', 'select') then return true; end if;
  execute 'select exists (select from auth.sessions s where s.id::text = $1 and (s.not_after is null or s.not_after > $2))' into stands using p_id, p_now;
  return stands;
end $$;

-- True unless Supabase has banned or deleted this user, or ended this Supabase session. A ban at Supabase keeps the user's session rows and only
-- stores when the ban ends; a soft deletion keeps them, too, and only stores when it happened. The embedded database's `auth.users` lacks the columns
-- `banned_until` and `deleted_at`; a column that is missing counts as null. A user without a row in `auth.users` counts as neither banned nor
-- deleted.
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

-- Finds the newest unrevoked puntual session that has a device and was bridged from this Supabase session; returns the device's fingerprint, or null.
create function public.device_of_supabase_session(p_user_id uuid, p_supabase_session_id text) returns text
language sql stable security definer set search_path = '' as $$
  select s.device_fingerprint from public.user_sessions s
  where s.user_id = p_user_id and s.supabase_session_id = p_supabase_session_id and s.device_fingerprint is not null and s.revoked_at is null
  order by s.created_at desc, s.id limit 1
$$;

-- The device on which the member with this Supabase session has logged in at the gym; null before that login. Raises auth/session-revoked if
-- Supabase has banned, deleted or signed out the member.
create function public.read_supabase_device(p_user_id uuid, p_supabase_session_id text, p_now timestamptz) returns text
language plpgsql stable security definer set search_path = '' as $$
begin
  if not public.supabase_user_stands(p_user_id, p_supabase_session_id, p_now) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  return public.device_of_supabase_session(p_user_id, p_supabase_session_id);
end $$;

-- ── signing in ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Creates a puntual session and its first refresh token. A caller that did not receive the answer to its first call may repeat the call with the same
-- p_id. Raises auth/session-revoked for a member that was banned, deleted or signed out at Supabase.
create function public.open_user_session(
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
  -- A repeated call finds the two rows that the first call made; if they are another member's or have another token, the call fails.
  select * into strict s from public.user_sessions where id = p_id and user_id = p_user_id;
  select * into strict t from public.refresh_tokens where session_id = p_id and counter = 0 and token_hash = p_token_hash;
  return jsonb_build_object('id', s.id, 'userId', s.user_id, 'deviceFingerprint', s.device_fingerprint, 'expiresAt', t.expires_at);
end $$;

-- Signs in a member that comes through Supabase: creates the member, the puntual session and its first refresh token, or on an error none of them.
create function public.bridge_user_session(
  p_id uuid, p_user_id uuid, p_email text, p_supabase_session_id text, p_user_agent text, p_ip text, p_token_hash text,
  p_idle_ms bigint, p_absolute_ms bigint, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
begin
  insert into public.members (id, email, created_at) values (p_user_id, p_email, p_now) on conflict (id) do nothing;
  return public.open_user_session(p_id, p_user_id, null, p_supabase_session_id, p_user_agent, p_ip, p_token_hash, p_idle_ms, p_absolute_ms, p_now);
end $$;

-- Rotates one refresh token: replaces it with the next one. The hash of the next token (the child) comes with the call: the child is derived from its
-- parent, so that a replayed parent yields the same child. The verdict is `rotated` for the session's latest token, `replayed` for the parent of the
-- latest token, and `reused` for an older token. The verdict is `refused` if the token or its session is unknown or has ended, or if Supabase has
-- banned or deleted the user. On `reused` the puntual session and its tokens are revoked, without a raise, so that the revocation is committed. The
-- member is notified of a reused token.
create function public.rotate_refresh_token(p_session_id uuid, p_counter integer, p_token_hash text, p_child_hash text, p_idle_ms bigint, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.user_sessions; t public.refresh_tokens; child public.refresh_tokens; latest integer;
begin
  select * into s from public.user_sessions where id = p_session_id for update;
  if not found or s.revoked_at is not null or not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now) then
    return jsonb_build_object('verdict', 'refused');
  end if;
  select * into t from public.refresh_tokens where session_id = p_session_id and counter = p_counter and token_hash = p_token_hash;
  if not found or t.revoked_at is not null or least(t.expires_at, t.absolute_expires_at) <= p_now then
    return jsonb_build_object('verdict', 'refused');
  end if;
  select max(counter) into latest from public.refresh_tokens where session_id = p_session_id;
  if t.counter = latest then
    update public.refresh_tokens set rotated_at = p_now where id = t.id;
    insert into public.refresh_tokens (session_id, counter, token_hash, created_at, expires_at, absolute_expires_at)
    values (p_session_id, t.counter + 1, p_child_hash, p_now, least(p_now + p_idle_ms * interval '1 millisecond', t.absolute_expires_at), t.absolute_expires_at)
    returning * into child;
  elsif t.counter = latest - 1 then
    -- Here the child (the next token) of the token sent is still unused: the answer that carried the child was lost, or many tabs asked at the same
    -- time. For a token whose child (next token) is unused, the call returns that child, never a second one. A token older than the parent of the
    -- latest token counts as reused, even if that parent was rotated only seconds ago.
    select * into strict child from public.refresh_tokens where session_id = p_session_id and counter = latest;
  else
    update public.user_sessions set revoked_at = p_now where id = p_session_id;
    update public.refresh_tokens set revoked_at = p_now where session_id = p_session_id and revoked_at is null;
    perform public.post_notice(s.user_id, 'session-reused', 'reused:' || p_session_id, '{}', p_now);
    return jsonb_build_object('verdict', 'reused', 'userId', s.user_id);
  end if;
  update public.user_sessions set last_seen_at = p_now where id = p_session_id and last_seen_at < p_now - interval '1 minute';
  return jsonb_build_object('verdict', case when child.counter = t.counter + 1 and t.counter = latest then 'rotated' else 'replayed' end,
    'userId', s.user_id, 'email', (select m.email from public.members m where m.id = s.user_id),
    'sessionId', s.id, 'deviceFingerprint', s.device_fingerprint, 'expiresAt', child.expires_at);
end $$;

-- ── reading and ending ─────────────────────────────────────────────────────────────────────────────────────────────────────────
create function public.read_user_session(p_id uuid, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', s.id, 'userId', s.user_id,
    'deviceFingerprint', coalesce(s.device_fingerprint, public.device_of_supabase_session(s.user_id, s.supabase_session_id)),
    'revokedAt', coalesce(s.revoked_at, case when not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now) then p_now end))
  from public.user_sessions s where s.id = p_id
$$;

-- The puntual sessions in which this member is signed in: those with a refresh token that still works.
create function public.read_user_sessions(p_user_id uuid, p_now timestamptz) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', s.id, 'userAgent', s.user_agent, 'createdAt', s.created_at, 'lastSeenAt', s.last_seen_at, 'revokedAt', s.revoked_at)
  from public.user_sessions s where s.user_id = p_user_id and s.revoked_at is null
    and exists (select from public.refresh_tokens t where t.session_id = s.id and t.revoked_at is null and t.expires_at > p_now)
    and public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now)
  order by s.last_seen_at desc
$$;

-- Ends one puntual session of this member, or all of them if p_id is null. Returns how many puntual sessions the call ended.
create function public.revoke_user_sessions(p_user_id uuid, p_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.refresh_tokens t set revoked_at = p_now from public.user_sessions s
  where t.session_id = s.id and s.user_id = p_user_id and (p_id is null or s.id = p_id) and t.revoked_at is null;
  update public.user_sessions set revoked_at = p_now where user_id = p_user_id and (p_id is null or id = p_id) and revoked_at is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Deletes puntual sessions that were revoked or ran out before p_before, with all their tokens. Of living puntual sessions, deletes the rotated
-- refresh tokens that ran out before p_before: such a token is refused with or without its row. Returns how many puntual sessions were deleted.
create function public.purge_user_sessions(p_before timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.user_sessions s where s.revoked_at < p_before
    or not exists (select from public.refresh_tokens t where t.session_id = s.id and t.expires_at >= p_before);
  get diagnostics n = row_count;
  delete from public.refresh_tokens t where t.expires_at < p_before and t.rotated_at is not null;
  return n;
end $$;
