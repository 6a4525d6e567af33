-- A refresh token that was used twice is told to its member, a rotation says whose it is, and sessions that are over are neither shown
-- nor kept for ever.

-- Rotates one refresh token. The child's hash comes with the call (it is derived, so a replayed parent yields the same child).
-- verdict: rotated | replayed (same child again) | reused (family revoked, and committed: this returns, it does not raise) | refused.
create or replace function public.rotate_refresh_token(p_session_id uuid, p_counter integer, p_token_hash text, p_child_hash text, p_idle_ms bigint, p_now timestamptz)
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
    -- Its child is the leaf, and so unused: the answer was lost, or many tabs asked at once. The same child again, never a sibling.
    -- One step further back is a replay, also within seconds: the stricter reading of the contract.
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

-- The sessions in which this member is signed in: those that can still be kept alive.
drop function public.read_user_sessions(uuid);
create function public.read_user_sessions(p_user_id uuid, p_now timestamptz) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', s.id, 'userAgent', s.user_agent, 'createdAt', s.created_at, 'lastSeenAt', s.last_seen_at, 'revokedAt', s.revoked_at)
  from public.user_sessions s where s.user_id = p_user_id and s.revoked_at is null
    and exists (select from public.refresh_tokens t where t.session_id = s.id and t.revoked_at is null and t.expires_at > p_now)
    and public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now)
  order by s.last_seen_at desc
$$;

-- Sessions that ended before p_before, revoked or run out, leave with all their tokens; of those that live, the tokens that have run
-- out, which are refused whether they are here or not. Answers how many sessions left.
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

revoke all on function public.read_user_sessions, public.purge_user_sessions from public, anon, authenticated;
grant execute on function public.read_user_sessions, public.purge_user_sessions to service_role;
