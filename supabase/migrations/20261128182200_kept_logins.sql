-- Kept logins: the gym e-mail and password that a member asked the service to keep, sealed under the member's own key. Only the renewal code opens a
-- kept login, after the member's background session has died: at most once an hour, and at most twice in 24 hours. When the gym refuses a kept login
-- for the first time, the kept login is deleted.

create table public.kept_logins (
  user_id uuid primary key references public.members (id) on delete cascade,
  -- The row's `id` and the member's id are part of the seal: an older sealed login, copied back into the row, does not open.
  id uuid not null,
  login_sealed text not null,
  kept_at timestamptz not null
);

-- One row for each sign-in at the gym with a kept login. A row of `kept_login_uses` stays when the member stores another kept login, so that storing
-- one does not shorten the wait for the next sign-in.
create table public.kept_login_uses (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  used_at timestamptz not null
);
create index kept_login_uses_by_member on public.kept_login_uses (user_id, used_at);

alter table public.kept_logins enable row level security, force row level security;
alter table public.kept_login_uses enable row level security, force row level security;
revoke all on public.kept_logins, public.kept_login_uses from public, anon, authenticated, service_role;

create function public.keep_login(p_id uuid, p_user_id uuid, p_login_sealed text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.kept_logins values (p_user_id, p_id, p_login_sealed, p_now)
  on conflict (user_id) do update set id = excluded.id, login_sealed = excluded.login_sealed, kept_at = excluded.kept_at;
  get diagnostics n = row_count;
  return n;
end $$;

-- Returns when the member's kept login was stored, and when the service last signed in with it. The stored e-mail and password are never returned.
create function public.read_kept_login(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('keptAt', k.kept_at, 'lastUsedAt',
    (select max(u.used_at) from public.kept_login_uses u where u.user_id = k.user_id and u.used_at >= k.kept_at))
  from public.kept_logins k where k.user_id = p_user_id
$$;

-- The instant from which the service may sign in again with a member's kept login: an hour after the last such sign-in, and at least a day after the
-- last but one.
create function public.kept_login_free_at(p_user_id uuid) returns timestamptz language sql stable security definer set search_path = '' as $$
  with used as (select array_agg(u.used_at order by u.used_at desc) as at from public.kept_login_uses u where u.user_id = p_user_id)
  select coalesce(greatest(used.at[1] + interval '1 hour', used.at[2] + interval '1 day'), '-infinity') from used
$$;

-- Whether the member has a kept login that `kept_login_free_at` lets the service use one minute before p_before at the latest. The minute leaves
-- time to replace a dead background session. False if p_before is not in the future.
create function public.will_mend(p_user_id uuid, p_before timestamptz, p_now timestamptz) returns boolean
language sql stable security definer set search_path = '' as $$
  select p_before > p_now and exists (select 1 from public.kept_logins k where k.user_id = p_user_id)
    and public.kept_login_free_at(p_user_id) <= p_before - interval '1 minute'
$$;

-- Whether the service may sign in at p_now with a member's kept login, to restore a dead background session. For each member, two sign-ins with a
-- kept login are allowed in 24 hours. The member's openings of the next 24 hours reserve one sign-in if they all fall into one clock hour, and both
-- sign-ins if they do not. A reserved sign-in may be used once one of the member's openings is at most p_lead_ms away. While none of the member's
-- openings is so near, a sign-in is allowed only if the sign-ins of the last 24 hours and the reserved ones together are fewer than two.
create function public.is_time_to_mend(p_user_id uuid, p_lead_ms integer, p_now timestamptz) returns boolean
language sql stable security definer set search_path = '' as $$
  with ahead as (
    select p.opens_at from public.prebookings p where p.user_id = p_user_id and p.is_live and p.status in ('scheduling', 'scheduled', 'claimed')
      and p.opens_at > p_now - interval '1 minute' and p.opens_at <= p_now + interval '1 day')
  select public.kept_login_free_at(p_user_id) <= p_now and (
    exists (select 1 from ahead a where a.opens_at <= p_now + p_lead_ms * interval '1 millisecond')
    or 1 + (select count(distinct date_trunc('hour', a.opens_at)) from ahead a)
      + (select count(*) from public.kept_login_uses u where u.user_id = p_user_id and u.used_at > p_now - interval '1 day') <= 2)
$$;

-- The members with a dead background session and a kept login that may be used at p_now, each with the sealed login and the wrapped key that opens
-- it.
create function public.kept_logins_due(p_user_id uuid, p_lead_ms integer, p_limit integer, p_now timestamptz) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('userId', k.user_id, 'id', k.id, 'loginSealed', k.login_sealed, 'fingerprint', s.fingerprint, 'wrapped', w.wrapped)
  from public.kept_logins k
  join public.auth_sessions s on s.user_id = k.user_id and s.session_type = 'background' and s.status = 'needs-login'
  join public.user_keys w on w.user_id = k.user_id
  where (p_user_id is null or k.user_id = p_user_id) and public.is_time_to_mend(k.user_id, p_lead_ms, p_now)
  order by (select min(p.opens_at) from public.prebookings p where p.user_id = k.user_id and p.status in ('scheduling', 'scheduled', 'claimed'))
    nulls last, k.user_id limit p_limit
$$;

-- Reserves one sign-in with a kept login for the caller, before the caller sends anything to the gym. Returns 1 if the caller may sign in now.
-- Returns 0 when no sign-in is allowed yet, when the member has replaced the kept login by another, or when the background session works again. A
-- call repeated with the same p_use, after the first returned 1, returns 1 again.
create function public.take_kept_login(p_use uuid, p_user_id uuid, p_id uuid, p_lead_ms integer, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_user_id::text, 0));
  if exists (select 1 from public.kept_login_uses where id = p_use and user_id = p_user_id) then return 1; end if;
  if not exists (select 1 from public.kept_logins_due(p_user_id, p_lead_ms, 1, p_now) d where d ->> 'id' = p_id::text) then return 0; end if;
  delete from public.kept_login_uses where user_id = p_user_id and used_at < p_now - interval '7 days';
  insert into public.kept_login_uses values (p_use, p_user_id, p_now);
  return 1;
end $$;

-- Deletes the row of a sign-in for which nothing was sent to the gym, so that the sign-in is not counted.
create function public.give_back_kept_login(p_use uuid) returns integer language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.kept_login_uses where id = p_use;
  get diagnostics n = row_count;
  return n;
end $$;

-- Notifies a member that a background or device session has died and needs a new login at the gym, once for each death. If a dead session works
-- again, and later dies once more, the member is notified of that death, too. A member with a kept login is not notified of the death of a background
-- session, only of its recovery.
create function public.tell_death(p_session public.auth_sessions, p_now timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform public.remember_life(p_session, p_now);
  if p_session.session_type = 'background' and exists (select 1 from public.kept_logins k where k.user_id = p_session.user_id) then return; end if;
  perform public.post_notice(p_session.user_id, 'session-needs-login',
    'needs-login:' || p_session.chain || ':' || p_session.session_type || ':' || p_session.token_success_count,
    jsonb_build_object('sessionType', p_session.session_type), p_now);
end $$;

-- Deletes a kept login. p_reason is wrong or locked (the gym refused it), off (this deployment keeps no logins), left (the member signed out
-- everywhere) or asked (the member wants it deleted). The member is notified of the deletion if the gym or the operator was its cause. If a dead
-- background session waited for the kept login, the member is also notified that this session needs a login, unless the gym refused the kept login.
-- Returns how many kept logins were deleted: 1 or 0.
create function public.drop_kept_login(p_user_id uuid, p_reason text, p_now timestamptz, p_id uuid default null) returns integer
language plpgsql security definer set search_path = '' as $$
declare gone uuid; s public.auth_sessions;
begin
  delete from public.kept_logins where user_id = p_user_id and (p_id is null or id = p_id) returning id into gone;
  if gone is null then return 0; end if;
  if p_reason in ('wrong', 'locked', 'off') then
    perform public.post_notice(p_user_id, 'kept-login-dropped', 'kept-login:' || gone, jsonb_build_object('reason', p_reason), p_now);
  end if;
  if p_reason not in ('wrong', 'locked') then
    select * into s from public.auth_sessions where user_id = p_user_id and session_type = 'background' and status = 'needs-login';
    if s.id is not null then perform public.tell_death(s, p_now); end if;
  end if;
  return 1;
end $$;

-- Deletes every kept login of a deployment that is set to keep none. Returns how many kept logins were deleted.
create function public.drop_kept_logins(p_now timestamptz) returns integer language sql security definer set search_path = '' as $$
  select coalesce(sum(public.drop_kept_login(k.user_id, 'off', p_now)), 0)::integer from public.kept_logins k
$$;

-- For a race that found that the gym does not know a background session's cookies: marks that session as needing a login, if its member has a kept
-- login. The service signs in with the kept login for a background session that needs a login. Returns 1 when the background session now waits for
-- the service to sign in with the kept login.
create function public.retire_for_kept_login(p_session uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.auth_sessions s set status = 'needs-login', told_dead_at = coalesce(told_dead_at, p_now)
  where s.id = p_session and s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect')
    and exists (select 1 from public.kept_logins k where k.user_id = s.user_id);
  get diagnostics n = row_count;
  return n;
end $$;

-- Warns each member whose next opening is at most a day away and whose background session will probably be dead at that opening. A login at the gym
-- is expected to live as long as the median of the logins that died lately (`login_life`). A background session that is already dead is left out:
-- its death has a notice of its own, and the readiness check warns of a dead background session from a day before the opening on. Returns how many
-- members this call notified.
create function public.tell_logins_that_end(p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare life interval := public.login_life(); n integer := 0; x record;
begin
  if life is null then return 0; end if;
  for x in
    select distinct on (p.user_id) p.id, p.user_id, p.opens_at, s.chain, j.received_at
    from public.prebookings p
    join public.auth_sessions s on s.user_id = p.user_id and s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect')
    join public.token_journal j on j.attempt_id = s.current_attempt and j.token_digest = s.token_digest
    where p.is_live and p.status in ('scheduling', 'scheduled') and p.opens_at > p_now and p.opens_at <= p_now + interval '1 day'
    order by p.user_id, p.opens_at
  loop
    continue when x.received_at + life >= x.opens_at or public.will_mend(x.user_id, x.opens_at, p_now);
    if public.post_notice(x.user_id, 'prebooking-at-risk', 'at-risk:' || x.id || ':login-ends:' || x.chain,
      jsonb_build_object('prebookingId', x.id, 'finding', 'login-ends', 'lifeMinutes', floor(extract(epoch from life) / 60)), p_now) is not null
    then n := n + 1; end if;
  end loop;
  return n;
end $$;

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

  -- Only a process that still holds the lease may change the session's status (to `uncertain`, `suspect` or `needs-login`): once a lease is lost,
  -- another process may have changed the session.
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
        -- If the gym refused the session's token but may still know the session's cookies (p_spare), the session is declared dead only after three
        -- refusals of this token, the first at least 5 × p_confirm_ms ago.
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
  if dead then perform public.tell_death(s, p_now); end if;
  return jsonb_build_object('settled', true, 'exists', true, 'died', dead) || public.session_card(s);
end $$;

create or replace function public.revoke_user_sessions(p_user_id uuid, p_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.refresh_tokens t set revoked_at = p_now from public.user_sessions s
  where t.session_id = s.id and s.user_id = p_user_id and (p_id is null or s.id = p_id) and t.revoked_at is null;
  update public.user_sessions set revoked_at = p_now where user_id = p_user_id and (p_id is null or id = p_id) and revoked_at is null;
  get diagnostics n = row_count;
  -- A member that signs out everywhere loses the kept login, too.
  if p_id is null then perform public.drop_kept_login(p_user_id, 'left', p_now); end if;
  return n;
end $$;

create or replace function public.readiness_due(p_marks_ms integer[], p_now timestamptz) returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.prebooking_card(p) || jsonb_build_object('backgroundStatus',
    (select case when s.quarantined_at is not null then 'quarantined'
        when s.status = 'needs-login' and public.will_mend(p.user_id, p.opens_at, p_now) then 'mending' else s.status end from public.auth_sessions s
      where s.user_id = p.user_id and s.session_type = 'background' and s.status <> 'revoked' order by s.last_token_update_date desc limit 1))
  from public.prebookings p
  cross join lateral (select max(p.opens_at - m * interval '1 millisecond') as at from unnest(p_marks_ms) m
    where p.opens_at - m * interval '1 millisecond' <= p_now) mark
  where p.is_live and p.status in ('scheduling', 'scheduled') and p.opens_at > p_now and mark.at is not null
    and coalesce((p.readiness ->> 'checkedAt')::timestamptz, '-infinity') < mark.at
  order by p.opens_at, p.created_at, p.id limit 200
$$;

create or replace function public.survey_background_sessions(p_stale_at timestamptz, p_alarm_at timestamptz, p_since timestamptz, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  with own as (
    select s.*, s.last_token_update_date > p_now + interval '5 seconds' as from_the_future,
      s.lease_until is not null and s.lease_until >= pg_catalog.clock_timestamp() as leased
    from public.auth_sessions s where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect')),
  alive as (select * from own s where s.quarantined_at is null),
  due as (select * from alive s where s.last_token_update_date <= p_stale_at or s.from_the_future),
  aside as (select * from own s where s.quarantined_at is not null and s.last_token_update_date <= p_stale_at)
  select jsonb_build_object(
    'live', (select count(*) from alive),
    'due', (select count(*) from due) + (select count(*) from aside),
    'waiting', (select count(*) from due d where d.next_attempt_at > p_now or d.held_until > p_now or d.leased),
    'left', (select count(*) from due d where (d.held_until is null or d.held_until <= p_now) and not d.leased) + (select count(*) from aside),
    'atWork', (select count(*) from due d where d.leased),
    'needsLogin', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.status = 'needs-login'
      and not exists (select 1 from public.kept_logins k where k.user_id = s.user_id)),
    'overdue', coalesce((select jsonb_agg(o.id) from (select d.id from due d where (d.last_token_update_date <= p_alarm_at or d.from_the_future)
      and (d.held_until is null or d.held_until <= p_now) and not d.leased limit 20) o), '[]'),
    'putAside', coalesce((select jsonb_agg(o.id) from (select d.id from aside d limit 20) o), '[]'),
    'fromTheFuture', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.from_the_future limit 20) o), '[]'),
    'unsure', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.status <> 'live'
      and a.last_token_update_date <= p_now - interval '58 minutes' limit 20) o), '[]'),
    'quarantined', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at is not null),
    'quarantinedNow', coalesce((select jsonb_agg(s.id) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at >= p_since), '[]'),
    'waitingWithoutSession', coalesce((select jsonb_agg(distinct p.user_id) from public.prebookings p
      where p.is_live and p.status in ('scheduling', 'scheduled') and not exists (select 1 from alive b where b.user_id = p.user_id)
        and not exists (select 1 from public.kept_logins k where k.user_id = p.user_id)), '[]'))
$$;

create or replace function public.raise_alerts(p_aged_at timestamptz, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
begin
  return query with own as (
    select s.* from public.auth_sessions s where s.session_type = 'background' and s.status <> 'revoked'),
  counted (kind, n) as (
    select 'aged', count(*) from own where status <> 'needs-login' and last_token_update_date <= p_aged_at
    union all select 'put-aside', count(*) from own where quarantined_at is not null
    union all select 'all-need-login', case when bool_and(status = 'needs-login') then count(*) else 0 end from own o
      where not exists (select 1 from public.kept_logins k where k.user_id = o.user_id)
    union all select 'token-update-gone', count(*) from own
      where exists (select 1 from public.gym_facts g where g.fact = 'token-update' and g.reading = 'gone')
    union all select 'cookies-die', count(*) from own
      where exists (select 1 from public.gym_facts g where g.fact = 'cookies' and g.reading = 'die')),
  found as (select * from counted where n > 0),
  ended as (delete from public.operator_alerts a where not exists (select 1 from found f where f.kind = a.kind)),
  begun as (
    insert into public.operator_alerts (kind, since) select f.kind, p_now from found f
    on conflict (kind) do update set since = public.operator_alerts.since returning *)
  select jsonb_build_object('kind', b.kind, 'since', b.since, 'count', f.n)
  from begun b join found f on f.kind = b.kind where b.told_at is null order by b.kind;
end $$;

revoke all on function public.keep_login, public.read_kept_login, public.kept_login_free_at, public.will_mend, public.is_time_to_mend,
  public.kept_logins_due, public.take_kept_login, public.give_back_kept_login, public.tell_death, public.drop_kept_login,
  public.drop_kept_logins, public.retire_for_kept_login, public.tell_logins_that_end from public, anon, authenticated, service_role;
grant execute on function public.keep_login, public.read_kept_login, public.will_mend, public.kept_logins_due, public.take_kept_login,
  public.give_back_kept_login, public.drop_kept_login, public.drop_kept_logins, public.retire_for_kept_login, public.tell_logins_that_end
  to service_role;
