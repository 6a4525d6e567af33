-- How deployments of one or two members find out that the gym renews no tokens any more. The usual evidence that the gym renews no tokens, refused
-- tokens of three members within 25 minutes, can never come from one or two members. The function `is_gone_for_few` says what counts as evidence in a
-- deployment of one or two members.

alter table public.renewal_witnesses
  -- The refused login (its chain id), and how many of its renewals were refused since `first_at`, the time of the first refused one.
  add column chain uuid,
  add column times integer not null default 1,
  -- The chain ids of the session's logins whose very first renewal the gym refused; empty for a device session.
  -- `renewals_then`: the number of successful renewals, summed over all sessions (`renewals_so_far`), when `logins` was last written.
  add column logins uuid[] not null default '{}',
  add column renewals_then bigint;

create function public.renewals_so_far() returns bigint language sql stable security definer set search_path = '' as $$
  select coalesce(sum(s.token_success_count), 0)::bigint from public.auth_sessions s
$$;

-- True if fewer than three members have a live background session. The usual evidence that the gym renews no tokens at all is that it refused the
-- tokens of three members; fewer than three members can never give this evidence.
create function public.are_few() returns boolean language sql stable security definer set search_path = '' as $$
  select count(distinct s.user_id) < 3 from public.auth_sessions s
  where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
$$;

-- True if a renewal of any session of the deployment succeeded after p_since or in the two minutes before. p_since is the instant of one session's
-- first refusal. A success at that time shows that the fault lies with the refused session and not with the gym.
create function public.is_countered(p_since timestamptz) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.refresh_attempts r where r.state = 'ok' and r.settled_at >= p_since - interval '2 minutes')
$$;

-- Whether a small deployment has evidence that the gym renews no tokens. Either of two kinds of evidence is enough: refusals in all background
-- sessions, or refusals of two fresh logins. For the first kind, the gym must in the last 25 minutes have refused each background session's token
-- although it knew that session's cookies. For the first kind, the gym must also have refused the token of the session named in the row `p_witness`
-- at least three times, the first time at least ten minutes ago. For the first kind, `is_countered` must be false for `p_witness.first_at`. For
-- the second kind, the gym must have refused two fresh logins at their first renewal, and renewed no session of the deployment since the earlier of
-- these two refusals.
create function public.is_gone_for_few(p_witness public.renewal_witnesses, p_now timestamptz) returns boolean
language sql stable security definer set search_path = '' as $$
  select public.are_few() and (
    (select count(distinct l) >= 2 from public.renewal_witnesses w, unnest(w.logins) l
      where w.fact = 'token-update' and w.renewals_then = public.renewals_so_far())
    or p_witness.times >= 3 and p_witness.first_at <= p_now - interval '10 minutes' and not public.is_countered(p_witness.first_at)
      and not exists (select 1 from public.auth_sessions s
        where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null and not exists (
          select 1 from public.renewal_witnesses w
          where w.session_id = s.id and w.fact = 'token-update' and w.last_at > p_now - interval '25 minutes')))
$$;

-- True if this background session must not be declared dead yet, because the gym may be refusing every token. The function returns true only if the
-- gym refused the session's token within the last minute, `are_few` is true, and `is_countered` is false. After three refusals of the token, the
-- first at least 25 minutes ago, the function returns false.
create function public.may_be_gone(p_session uuid, p_now timestamptz) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.renewal_witnesses w join public.auth_sessions s on s.id = w.session_id and s.session_type = 'background'
    where w.session_id = p_session and w.fact = 'token-update' and w.last_at > p_now - interval '1 minute'
      and not (w.times >= 3 and w.first_at <= p_now - interval '25 minutes') and public.are_few() and not public.is_countered(w.first_at))
$$;

-- Replaces the function of the same name in 20261128182000_gym_facts.sql, and says how a process is to renew the session that it has leased. A token
-- that was refused in an earlier login of the member (with another chain id) does not keep the session from a trial.
create or replace function public.take_renewal_rule(p_session uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.gym_facts where fact = 'token-update' and reading = 'gone') then return null; end if;
  if exists (select 1 from public.renewal_witnesses w join public.auth_sessions s on s.id = w.session_id
    where w.session_id = p_session and w.fact = 'token-update' and w.last_at > p_now - interval '1 hour' and coalesce(w.chain, s.chain) = s.chain)
  then return 'whoami'; end if;
  update public.gym_facts set tried_at = p_now where fact = 'token-update' and reading = 'gone'
    and (tried_at is null or tried_at <= p_now - least(interval '1 hour', greatest(interval '1 minute', tried_at - since)));
  return case when found then 'trial' else 'whoami' end;
end $$;

-- Whether a row of `renewal_witnesses` must count refusals (`times`) anew: because it is about another login than p_chain, or because its last
-- refusal of a token was over 25 minutes ago.
create function public.is_other_witness(p_witness public.renewal_witnesses, p_chain uuid, p_now timestamptz) returns boolean
language sql immutable set search_path = '' as $$
  select p_witness.last_at < p_now - interval '25 minutes' or coalesce(p_witness.chain, p_chain) <> p_chain
$$;

-- Records that the gym refused to renew a session's token although it knows the session's cookies. If tokens of at least three members were refused
-- within 25 minutes, the rule of 20261128182000_gym_facts.sql decides whether the gym renews no tokens. With fewer members, `is_gone_for_few` decides
-- whether the gym renews no tokens. A renewal address that answers 404, 405 or 410 renews no token: after such an answer the token with which the
-- renewal asked is still the latest. Returns whether the gym is known to renew no tokens.
create or replace function public.note_refusal(p_renewal uuid, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = '' as $$
declare a public.refresh_attempts; s public.auth_sessions; w public.renewal_witnesses; members integer; begun_at timestamptz; renewed integer;
  so_far bigint; mine uuid[]; is_gone boolean;
begin
  if exists (select 1 from public.gym_facts where fact = 'token-update' and reading = 'gone') then return true; end if;
  select * into a from public.refresh_attempts where id = p_renewal;
  select * into s from public.auth_sessions where id = a.session_id and chain = a.chain and token_digest = a.parent_digest;
  if s.id is null or exists (
    select 1 from public.refresh_attempts r
    where r.session_id = s.id and r.chain = s.chain and r.id <> a.id and r.started_at >= (
        select j.received_at from public.token_journal j where j.attempt_id = s.current_attempt and j.token_digest = s.token_digest)
      and (r.state = 'sent' or r.state = 'unknown' and coalesce(r.reason, '') !~ '^unknown: status (404|405|410)$'))
  then return false; end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('gym facts', 0));
  insert into public.renewal_witnesses as was (session_id, fact, first_at, last_at, chain) values (s.id, 'token-update', a.started_at, p_now, s.chain)
  on conflict (session_id, fact) do update set last_at = p_now, chain = s.chain,
    first_at = case when public.is_other_witness(was, s.chain, p_now) then a.started_at else was.first_at end,
    times = case when public.is_other_witness(was, s.chain, p_now) then 1 else was.times + 1 end;
  select count(distinct x.user_id), min(v.first_at) into members, begun_at
  from public.renewal_witnesses v join public.auth_sessions x on x.id = v.session_id
  where v.fact = 'token-update' and v.last_at > p_now - interval '25 minutes';
  if members >= 3 then
    -- A session whose renewal began in the last two minutes and has no answer yet counts as renewed, unless its token was refused in the last 25
    -- minutes. If the gym refuses all renewals of a refresh run, only the run's last refusal stores the fact that the gym renews no tokens
    -- (`token-update`).
    select count(distinct r.session_id) into renewed from public.refresh_attempts r
    where r.state = 'ok' and r.settled_at >= begun_at
      or r.state = 'sent' and r.id <> a.id and r.started_at > p_now - interval '2 minutes' and not exists (
        select 1 from public.renewal_witnesses v where v.session_id = r.session_id and v.fact = 'token-update'
          and v.last_at > p_now - interval '25 minutes');
    is_gone := members >= 4 * renewed;
  else
    so_far := public.renewals_so_far();
    select case when v.renewals_then = so_far then v.logins else '{}' end into mine
    from public.renewal_witnesses v where v.session_id = s.id and v.fact = 'token-update';
    if s.session_type = 'background' and s.generation = 0 and s.chain <> all (mine) then mine := mine || s.chain; end if;
    update public.renewal_witnesses v set logins = mine, renewals_then = so_far
    where v.session_id = s.id and v.fact = 'token-update' returning * into w;
    is_gone := public.is_gone_for_few(w, p_now);
  end if;
  if not is_gone then return false; end if;
  insert into public.gym_facts values ('token-update', 'gone', 'seen', p_now, p_now)
  on conflict (fact) do update set reading = 'gone', source = 'seen', since = p_now, tried_at = p_now;
  return true;
end $$;

-- Settles a renewal attempt that brought no token; replaces the function of the same name in 20261128182200_kept_logins.sql. In a deployment of one
-- or two members, a session whose cookies the gym may still know is not declared dead while the gym may be refusing every token (`may_be_gone`).
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

  -- Only a process that still holds the lease may declare the session suspect or dead: once a lease is lost, another process may have changed the
  -- session.
  ours := s.lease_epoch = a.lease_epoch and s.chain = a.chain;
  verdict := s.status;
  if ours then
    if p_state = 'unknown' and s.status = 'live' then verdict := 'uncertain'; end if;
    if p_state = 'refused' and a.parent_digest <> s.token_digest then
      -- A refusal counts only against the token with which the renewal asked. A candidate refused once is tried again only after the token in force
      -- has been refused once more; a candidate refused twice is never tried again.
      update public.token_journal set refusals = refusals + 1, state = case when refusals > 0 then 'dead' else 'suspect' end
      where session_id = s.id and chain = s.chain and token_digest = a.parent_digest;
      verdict := 'suspect';
    elsif p_state = 'refused' then
      update public.token_journal set state = 'candidate' where session_id = s.id and chain = s.chain and state = 'suspect';
      if s.refused_digest is not distinct from a.parent_digest then
        -- A session with a refused token cannot be renewed, so in the end it is declared dead even if the gym knows its cookies. `p_spare` says that
        -- the gym may know the cookies. With `p_spare` a death takes three refusals of the token instead of two, the first of them at least
        -- 5 × p_confirm_ms ago instead of p_confirm_ms.
        dead := (not p_spare or 3 <= (select count(*) from public.refresh_attempts r where r.session_id = s.id and r.chain = s.chain
            and r.state = 'refused' and r.parent_digest = a.parent_digest and r.settled_at >= s.refused_since))
          and s.refused_since <= p_now - p_confirm_ms * interval '1 millisecond' * case when p_spare then 5 else 1 end and not exists (
          select 1 from public.token_journal j where j.session_id = s.id and j.chain = s.chain and j.state = 'candidate'
            and j.token_digest <> s.token_digest)
          and not (p_spare and public.may_be_gone(s.id, p_now));
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
  if dead then perform public.tell_death(s, p_now); end if;
  return jsonb_build_object('settled', true, 'exists', true, 'died', dead) || public.session_card(s);
end $$;

revoke all on function public.renewals_so_far, public.are_few, public.is_countered, public.is_gone_for_few, public.may_be_gone,
  public.is_other_witness from public, anon, authenticated, service_role;
