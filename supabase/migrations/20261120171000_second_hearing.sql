-- As before; but every token held is heard twice before its session is called dead. A candidate that came to be known, and was refused,
-- after the token in force had been refused once, was out at its first refusal: a gym that lied once had buried a living session. And a
-- second answer with the very token that is in force is no further token to wait for. And where the cookies still live, time alone is
-- no evidence: three refusals must have been heard, since two lies five minutes apart had buried a session whose other tries were lost.
create or replace function public.settle_attempt(
  p_renewal uuid, p_state text, p_reason text, p_next_attempt_at timestamptz, p_confirm_ms integer, p_spare boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare a public.refresh_attempts; s public.auth_sessions; verdict text; dead boolean := false; more boolean := false; ours boolean;
begin
  select * into a from public.refresh_attempts where id = p_renewal;
  if not found then return jsonb_build_object('settled', false, 'exists', false); end if;
  select * into s from public.auth_sessions where id = a.session_id for update;
  if not found then return jsonb_build_object('settled', false, 'exists', false); end if;
  update public.refresh_attempts set state = p_state, reason = p_reason, settled_at = p_now
  where id = p_renewal and state = 'sent';
  if not found then return jsonb_build_object('settled', false, 'exists', true) || public.session_card(s); end if;
  if p_state = 'released' then
    update public.auth_sessions set lease_owner = null, lease_until = null where id = s.id and lease_epoch = a.lease_epoch returning * into s;
    return jsonb_build_object('settled', true, 'exists', true) || public.session_card(s);
  end if;

  -- Only the holder of the lease may judge: for anybody else the session has moved on.
  ours := s.lease_epoch = a.lease_epoch and s.chain = a.chain;
  verdict := s.status;
  if ours then
    if p_state = 'unknown' and s.status = 'live' then verdict := 'uncertain'; end if;
    if p_state = 'refused' and a.parent_digest <> s.token_digest then
      -- A refusal condemns one token: a candidate steps aside at the first, and is out at the second.
      update public.token_journal set refusals = refusals + 1, state = case when refusals > 0 then 'dead' else 'suspect' end
      where session_id = s.id and chain = s.chain and token_digest = a.parent_digest;
      verdict := 'suspect';
    elsif p_state = 'refused' then
      update public.token_journal set state = 'candidate' where session_id = s.id and chain = s.chain and state = 'suspect';
      if s.refused_digest is not distinct from a.parent_digest then
        -- Cookies that the gym still knows buy time, not life: without a token the session cannot be kept.
        dead := (not p_spare or 3 <= (select count(*) from public.refresh_attempts r where r.session_id = s.id and r.chain = s.chain
            and r.state = 'refused' and r.parent_digest = a.parent_digest and r.settled_at >= s.refused_since))
          and s.refused_since <= p_now - p_confirm_ms * interval '1 millisecond' * case when p_spare then 5 else 1 end and not exists (
          select 1 from public.token_journal j where j.session_id = s.id and j.chain = s.chain and j.state = 'candidate'
            and j.token_digest <> s.token_digest);
      end if;
      verdict := case when dead then 'needs-login' else 'suspect' end;
    end if;
    more := p_state = 'refused' and a.parent_digest <> s.token_digest;
  end if;
  update public.auth_sessions set status = verdict,
    refused_since = case when p_state <> 'refused' or more or not ours then refused_since
      when refused_digest is not distinct from a.parent_digest then refused_since else p_now end,
    refused_digest = case when p_state = 'refused' and not more and ours then a.parent_digest else refused_digest end,
    token_update_count = token_update_count + 1,
    failure_streak = failure_streak + case when p_state = 'turned-away' or not ours then 0 else 1 end,
    last_attempt_at = p_now, last_token_update_error = p_reason,
    next_attempt_at = case when not ours then next_attempt_at when more then null else p_next_attempt_at end,
    lease_owner = case when ours then null else lease_owner end, lease_until = case when ours then null else lease_until end,
    told_dead_at = case when dead then coalesce(told_dead_at, p_now) else told_dead_at end
  where id = s.id returning * into s;
  -- Once for each death: a session that was revived and told of may die, and be told of, again.
  if dead then
    perform public.post_notice(s.user_id, 'session-needs-login', 'needs-login:' || s.chain || ':' || s.session_type || ':' || s.token_success_count,
      jsonb_build_object('sessionType', s.session_type), p_now);
  end if;
  return jsonb_build_object('settled', true, 'exists', true, 'died', dead) || public.session_card(s);
end $$;
