-- A member is notified of a sign-in on a new device: another person may know the member's password.

-- Stores a fresh gym login, as in 20261128000200_gym_sessions.sql. The first login on a device posts one notice to the member, if the member has
-- another gym session (background or device) that was created more than an hour earlier.
create or replace function public.open_gym_session(
  p_user_id uuid, p_type text, p_fingerprint text, p_chain uuid, p_attempt uuid, p_token_digest text,
  p_token_sealed text, p_cookies_sealed text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_user_id::text, 0));
  select * into s from public.auth_sessions
  where user_id = p_user_id and session_type = p_type and (p_type = 'background' or fingerprint = p_fingerprint) for update;
  if s.chain = p_chain then return public.session_card(s); end if;
  if s.id is not null then
    if s.told_dead_at is not null then
      perform public.post_notice(p_user_id, 'session-recovered', 'recovered:' || p_chain || ':' || p_type, jsonb_build_object('sessionType', p_type), p_now);
    end if;
    update public.token_journal set state = 'dead' where session_id = s.id and state <> 'dead';
    -- Renewals that have no answer yet belong to the session's earlier login and say nothing about the new login. If such a renewal is answered
    -- late, the token received is stored in the token journal, as `dead`.
    update public.refresh_attempts set state = 'unknown', reason = 'new login', settled_at = p_now where session_id = s.id and state = 'sent';
    update public.auth_sessions set fingerprint = p_fingerprint, status = 'live', chain = p_chain, generation = 0,
      current_attempt = p_attempt, token_digest = p_token_digest, previous_token_digest = null,
      last_token_update_date = p_now, last_token_update_error = null, failure_streak = 0, next_attempt_at = null,
      refused_digest = null, refused_since = null, quarantined_at = null, quarantine_reason = null, told_dead_at = null,
      lease_epoch = lease_epoch + 1, lease_owner = null, lease_until = null, last_seen_at = p_now
    where id = s.id returning * into s;
  else
    insert into public.auth_sessions (user_id, user_email, session_type, fingerprint, chain, current_attempt, token_digest,
      last_token_update_date, last_seen_at, created_at)
    select p_user_id, m.email, p_type, p_fingerprint, p_chain, p_attempt, p_token_digest, p_now, p_now, p_now
    from public.members m where m.id = p_user_id returning * into s;
    if s.id is null then raise exception 'member % is missing', p_user_id using errcode = 'PT404'; end if;
    -- A new device is announced only if another gym session of the member is more than an hour old. A member without such a session is still setting
    -- up devices.
    if p_type = 'device' and exists (select 1 from public.auth_sessions b
      where b.user_id = p_user_id and b.id <> s.id and b.created_at < p_now - interval '1 hour')
    then perform public.post_notice(p_user_id, 'device-new', 'device-new:' || s.id, '{}', p_now); end if;
  end if;
  insert into public.token_journal (attempt_id, token_digest, session_id, user_id, chain, generation, parent_digest,
    token_sealed, cookies_sealed, state, received_at)
  values (p_attempt, p_token_digest, s.id, p_user_id, p_chain, 0, null, p_token_sealed, p_cookies_sealed, 'current', p_now);
  return public.session_card(s);
end $$;
