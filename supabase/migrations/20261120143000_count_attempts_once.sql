-- As before, but an attempt that was written off (its owner lost, its answer unknown) was counted then: its late answer is no further one.
create or replace function public.commit_rotation(
  p_renewal uuid, p_token_digest text, p_token_sealed text, p_cookies_sealed text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare a public.refresh_attempts; s public.auth_sessions; moves boolean; parent uuid; news integer;
begin
  select * into a from public.refresh_attempts where id = p_renewal;
  if not found then return jsonb_build_object('moved', false, 'exists', false); end if;
  select * into s from public.auth_sessions where id = a.session_id for update;
  if not found then return jsonb_build_object('moved', false, 'exists', false); end if;
  select * into a from public.refresh_attempts where id = p_renewal for update;
  -- Its value is in the journal, or was and has had its time: a line replayed late must not wake an old token.
  if a.state = 'ok' then
    return jsonb_build_object('moved', s.current_attempt = p_renewal, 'exists', true) || public.session_card(s);
  end if;

  news := case when a.state = 'sent' then 1 else 0 end;
  moves := s.lease_epoch = a.lease_epoch and s.chain = a.chain and s.status <> 'revoked' and (s.token_digest = a.parent_digest or exists (
    select 1 from public.token_journal j where j.session_id = s.id and j.chain = s.chain and j.token_digest = a.parent_digest
      and j.attempt_id <> p_renewal and j.state in ('candidate', 'suspect')));
  insert into public.token_journal (attempt_id, token_digest, session_id, user_id, chain, generation, parent_digest,
    token_sealed, cookies_sealed, state, received_at)
  values (p_renewal, p_token_digest, s.id, s.user_id, a.chain, a.generation, a.parent_digest, p_token_sealed, p_cookies_sealed,
    case when moves then 'current' when s.chain <> a.chain or s.status = 'revoked' then 'dead' else 'candidate' end, p_now)
  on conflict (attempt_id, token_digest) do update set state = 'current' where moves;
  update public.refresh_attempts set state = 'ok', settled_at = p_now where id = p_renewal;

  if not moves
  then
    -- A late answer speaks against an earlier verdict of death, and against a token it was given in exchange for: the ladder shall try it.
    update public.auth_sessions set token_update_count = token_update_count + news, last_attempt_at = p_now,
      status = case when chain <> a.chain then status when status = 'needs-login' then 'suspect'
        when status = 'live' and token_digest = a.parent_digest then 'uncertain' else status end,
      next_attempt_at = case when chain = a.chain then null else next_attempt_at end
    where id = s.id returning * into s;
    return jsonb_build_object('moved', false, 'exists', true) || public.session_card(s);
  end if;

  -- The parent was good, so everything before it is spent. What another holder got for the same parent stays a candidate: the gym
  -- may have counted the two the other way round.
  -- The parent stays for a proof and for lax gyms; what lies further back is of no use to anybody.
  select j.attempt_id into parent from public.token_journal j where j.session_id = s.id and j.token_digest = a.parent_digest
    and j.attempt_id <> p_renewal order by j.received_at desc limit 1;
  update public.token_journal set state = 'superseded' where session_id = s.id and attempt_id = parent and state in ('candidate', 'suspect');
  delete from public.token_journal where session_id = s.id and attempt_id <> p_renewal and attempt_id is distinct from parent
    and (state in ('current', 'superseded', 'dead') or generation < a.generation or token_digest = a.parent_digest);
  delete from public.refresh_attempts where session_id = s.id and state <> 'sent' and id not in (p_renewal, s.current_attempt)
    and (state in ('ok', 'released') or started_at < p_now - interval '1 hour');
  if s.told_dead_at is not null then
    perform public.post_notice(s.user_id, 'session-recovered', 'recovered:' || p_renewal, jsonb_build_object('sessionType', s.session_type), p_now);
  end if;
  update public.auth_sessions set status = 'live', current_attempt = p_renewal,
    -- A gym that hands the same token back has not rotated: no new generation, and the proof before it stays the proof before it.
    generation = case when p_token_digest = s.token_digest then s.generation else a.generation end, token_digest = p_token_digest,
    previous_token_digest = case when p_token_digest = s.token_digest then s.previous_token_digest else a.parent_digest end,
    token_update_count = token_update_count + news, token_success_count = token_success_count + 1, failure_streak = 0,
    last_attempt_at = p_now, last_token_update_date = p_now, last_token_update_error = null, next_attempt_at = null,
    refused_digest = null, refused_since = null, told_dead_at = null, lease_owner = null, lease_until = null
  where id = s.id returning * into s;
  return jsonb_build_object('moved', true, 'exists', true) || public.session_card(s);
end $$;
