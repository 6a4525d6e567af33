set check_function_bodies = off;

-- To renew a gym session, a process leases the session and writes the intent, sends the renewal to the gym, and commits the received token or, if
-- none came, settles the attempt. No renewal is sent without its intent, a row in refresh_attempts. Only the holder of the session's lease puts a new
-- token into force.

-- ── leasing ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- How long this session must wait for its next attempt, ms; 0 means that it may be renewed at once. A troubled session (its last renewal failed or is
-- in doubt) may have eight attempts an hour, so that retries cannot become a storm. An attempt whose token the gym refused does not count towards the
-- limit of eight attempts an hour. Refusals end the attempts by themselves: the session is declared dead once the gym has refused its token in force
-- twice (three times while the gym knows its cookies) and each candidate twice. If refused attempts counted towards the limit of eight, refused
-- attempts and attempts of killed processes together could reach the limit. A dead session would then be declared dead an hour late. A session has at
-- most sixteen attempts an hour in all, those with a refused token included. Attempts before the session's latest login, and those that the gym
-- turned away (403, 429), count towards neither of the two limits (eight, sixteen).
create function public.rest_of_tries(p_id uuid, p_now timestamptz) returns bigint language sql stable security definer set search_path = '' as $$
  with recent as (
    select a.state, a.started_at, a.state <> 'refused' as is_charged, a.state = 'sent' or a.reason is not distinct from 'owner lost' as died
    from public.refresh_attempts a
    where a.session_id = p_id and a.chain = (select s.chain from public.auth_sessions s where s.id = p_id)
      and a.started_at > p_now - interval '1 hour' and a.state not in ('released', 'turned-away', 'not-sent'))
  select coalesce(greatest(0, ceil(1000 * extract(epoch from greatest(
    (array_agg(r.started_at order by r.started_at desc) filter (where r.is_charged))[8] + interval '1 hour',
    (array_agg(r.started_at order by r.started_at desc))[16] + interval '1 hour',
    -- After five attempts in an hour that neither succeeded nor were refused, a session waits for eight minutes if a process died in the last
    -- attempt, or if it is a device session. A device session must wait after the fifth unsuccessful attempt in an hour, because every tap of the
    -- member on the device could begin another. Without a wait after the fifth unsuccessful attempt, an hour's eight attempts could be used up in
    -- minutes. No attempt would then be left for the rest of the half hour in which a lenient gym still accepts a token that it has replaced.
    case when count(*) filter (where r.is_charged and r.state <> 'ok') >= 5
        and ((array_agg(r.died order by r.started_at desc))[1] or ((array_agg(r.is_charged order by r.started_at desc))[1]
          and (select s.session_type = 'device' from public.auth_sessions s where s.id = p_id)))
      then max(r.started_at) + interval '8 minutes' end
  ) - p_now))), 0)::bigint
  from recent r
$$;

create function public.has_tries_left(p_id uuid, p_now timestamptz) returns boolean language sql stable security definer set search_path = '' as $$
  select public.rest_of_tries(p_id, p_now) = 0
$$;

-- Grants the lease of one session and writes the intent (a row in refresh_attempts). A session without its journal row or its member's key is
-- damaged: it is quarantined and null is returned, so that the caller goes on with other sessions.
create function public.grant_lease(p_id uuid, p_owner text, p_lease_ms integer, p_run_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions; c public.token_journal; a uuid := pg_catalog.gen_random_uuid(); before text; answer jsonb; next_generation integer;
begin
  select lease_owner into before from public.auth_sessions where id = p_id;
  update public.auth_sessions set lease_owner = p_owner, lease_epoch = lease_epoch + 1,
    lease_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond'
  where id = p_id returning * into strict s;
  answer := public.session_with_secrets(s);
  if answer is null then
    perform public.quarantine_session(s.id, 'journal row or member key missing', p_now);
    return null;
  end if;
  -- If the same owner asks for the lease again, the answer to its first call was lost: the renewal for which that call wrote an intent was never
  -- sent.
  update public.refresh_attempts set state = 'released', settled_at = p_now
  where session_id = s.id and state = 'sent' and before = p_owner;
  -- If another owner's intent is still open, that owner died, or will find that the session's `lease_epoch` has changed. The gym may have received
  -- the renewal request that the open intent announced.
  update public.refresh_attempts set state = 'unknown', reason = 'owner lost', settled_at = p_now
  where session_id = s.id and state = 'sent';
  if found then
    update public.auth_sessions set token_update_count = token_update_count + 1, last_attempt_at = p_now,
      last_token_update_error = 'owner lost', status = case when status = 'live' then 'uncertain' else status end
    where id = s.id returning * into s;
    answer := public.session_with_secrets(s);
  end if;
  -- Chooses the token with which a session in doubt (uncertain or suspect) is to be renewed. A session's tokens are tried in this order: those
  -- received after the one in force, newest first; the one in force; once that one was refused, all other candidates. If a token older than the
  -- newest were tried first, a gym's alarm for reused tokens could go off.
  if s.status in ('uncertain', 'suspect') then
    select * into c from public.token_journal j where j.session_id = s.id and j.chain = s.chain and j.state = 'candidate'
      and (j.generation > (answer ->> 'sealedGeneration')::integer or s.refused_digest is not distinct from s.token_digest)
    order by j.generation desc, j.received_at desc limit 1;
  end if;
  next_generation := greatest(s.generation, (answer ->> 'sealedGeneration')::integer, c.generation) + 1;
  if c.attempt_id is not null then
    answer := answer || jsonb_build_object('attemptId', c.attempt_id, 'tokenSealed', c.token_sealed, 'cookiesSealed', c.cookies_sealed,
      'sealedGeneration', c.generation);
  end if;
  insert into public.refresh_attempts (id, session_id, chain, lease_epoch, parent_digest, generation, run_id, started_at)
  values (a, s.id, s.chain, s.lease_epoch, coalesce(c.token_digest, s.token_digest), next_generation, p_run_id, p_now);
  return answer || jsonb_build_object('leaseEpoch', s.lease_epoch, 'renewalId', a, 'nextGeneration', next_generation,
    'boxes', (select coalesce(jsonb_agg(b.subdomain order by ub.joined_at, b.subdomain), '[]')
              from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = s.user_id));
end $$;

-- Does for many sessions in one statement what `grant_lease` does, in the simplest case: the session is live and has no open intent (a `sent` row in
-- refresh_attempts). Returns the leases granted; every other session (in doubt, or with an open intent) is left to `grant_lease`. This function's
-- effect on a session must equal that of `grant_lease`. Postgres plans the statements of this function and of `lease_due_sessions` anew at every
-- call; the planning takes a millisecond for hundreds of sessions. A plan cached while refresh_attempts was empty would read the whole of
-- refresh_attempts for every session. With such a plan, a refresh of ten thousand sessions would take three times as long until the next `analyze` of
-- that table.
create function public.grant_plain_leases(p_ids uuid[], p_owner text, p_lease_ms integer, p_run_id uuid, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
begin
  -- `grant_plain_leases` is written in plpgsql and not in SQL, because plpgsql keeps the parsed query between calls.
  return query with granted as (
    update public.auth_sessions s set lease_owner = p_owner, lease_epoch = s.lease_epoch + 1,
      lease_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from public.token_journal j, public.user_keys k
    where s.id = any (p_ids) and s.status = 'live' and s.lease_owner is distinct from p_owner
      and j.attempt_id = s.current_attempt and j.token_digest = s.token_digest and k.user_id = s.user_id
      and not exists (select 1 from public.refresh_attempts a where a.session_id = s.id and a.state = 'sent')
    returning public.session_card(s) as card, s.id, s.user_id, s.chain, s.lease_epoch, s.token_digest, j.attempt_id, j.token_sealed,
      j.cookies_sealed, j.generation as sealed_generation, k.wrapped, greatest(s.generation, j.generation) + 1 as next_generation,
      pg_catalog.gen_random_uuid() as renewal),
  noted as (
    insert into public.refresh_attempts (id, session_id, chain, lease_epoch, parent_digest, generation, run_id, started_at)
    select g.renewal, g.id, g.chain, g.lease_epoch, g.token_digest, g.next_generation, p_run_id, p_now from granted g)
  select g.card || jsonb_build_object('attemptId', g.attempt_id, 'tokenSealed', g.token_sealed, 'cookiesSealed', g.cookies_sealed,
    'sealedGeneration', g.sealed_generation, 'wrapped', g.wrapped, 'leaseEpoch', g.lease_epoch, 'renewalId', g.renewal,
    'nextGeneration', g.next_generation, 'boxes', (select coalesce(jsonb_agg(b.subdomain order by ub.joined_at, b.subdomain), '[]')
      from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = g.user_id))
  from granted g;
end $$;

-- Leases up to p_limit background sessions whose last successful renewal is at or before p_stale_at. The sessions are leased in the order of their
-- members' next openings. Among sessions with the same opening or none, the one whose last successful renewal is the oldest comes first. A last
-- successful renewal that is dated in the future was dated by a wrong clock, so its session counts as due; five seconds are tolerated, since two good
-- clocks may differ by them. Each call has a new p_owner, except that a call repeated because its answer was lost has the p_owner of the earlier
-- call. A repeated call may take over the leases that the earlier call was granted. An intent that the earlier call wrote for a session does not keep
-- the repeated call from leasing that session. The limit of eight renewal attempts an hour applies to sessions in doubt (uncertain or suspect) and to
-- those whose last renewal failed. A process that dies during its attempt reports no failure, and without the limit on attempts its session would be
-- attempted each minute.
create function public.lease_due_sessions(
  p_stale_at timestamptz, p_owner text, p_limit integer, p_lease_ms integer, p_only_troubled boolean, p_run_id uuid, p_now timestamptz
) returns setof jsonb language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare ids uuid[]; x uuid; one jsonb; plain jsonb;
begin
  ids := array(
    select s.id from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
      and (s.last_token_update_date <= p_stale_at or s.last_token_update_date > p_now + interval '5 seconds')
      -- A lease that was never given back means trouble for its session: the lease's holder died, perhaps after the gym had answered.
      and (not p_only_troubled or s.failure_streak > 0 or s.status <> 'live' or s.lease_until is not null)
      and (s.next_attempt_at is null or s.next_attempt_at <= p_now)
      and (s.held_until is null or s.held_until <= p_now)
      and (s.lease_until is null or s.lease_until < pg_catalog.clock_timestamp() or s.lease_owner = p_owner)
      and ((s.failure_streak = 0 and s.status = 'live') or s.lease_owner = p_owner or public.has_tries_left(s.id, p_now))
      -- A session has at most one attempt in a refresh run: a session whose attempt failed waits for the next run.
      and not exists (select 1 from public.refresh_attempts a where a.session_id = s.id and a.run_id = p_run_id
        and a.state <> 'released' and (a.state <> 'sent' or s.lease_owner is distinct from p_owner))
    order by (select min(p.opens_at) from public.prebookings p
              where p.user_id = s.user_id and p.status in ('scheduling', 'scheduled', 'claimed')) nulls last,
             s.last_token_update_date
    limit p_limit for update of s skip locked);
  select coalesce(jsonb_object_agg(g ->> 'id', g), '{}') into plain from public.grant_plain_leases(ids, p_owner, p_lease_ms, p_run_id, p_now) g;
  foreach x in array ids loop
    one := coalesce(plain -> x::text, public.grant_lease(x, p_owner, p_lease_ms, p_run_id, p_now));
    if one is not null then return next one; end if;
  end loop;
end $$;

-- Leases one session by id. When no lease is granted, the returned state says why: missing, dead, held, busy (another process has the lease), resting
-- (by a rate limit, and for how long), fresh (renewed since p_stale_at). Even a live device session, which every request of the device may renew, has
-- a rate limit: five renewals in a burst, then three an hour. Daily use of a device needs fewer renewals than the rate limit of a live device session
-- allows. A device session that is `uncertain` (its token may have changed) or `suspect` (its token was refused once) may have eight renewals in a
-- burst, then eight an hour, since it must soon prove alive or dead. A `suspect` device session rests until its next_attempt_at, or until five
-- minutes after its last attempt if that is sooner: a second refusal of its token too soon after the first would not count towards its death.
create function public.lease_session(
  p_id uuid, p_type text, p_stale_at timestamptz, p_owner text, p_lease_ms integer, p_through_hold boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions; granted jsonb; rest_ms bigint := 0;
begin
  select * into s from public.auth_sessions where id = p_id and session_type = p_type for update;
  if not found then return jsonb_build_object('state', 'missing'); end if;
  if s.status in ('needs-login', 'revoked') or s.quarantined_at is not null then return jsonb_build_object('state', 'dead'); end if;
  if s.last_token_update_date > p_stale_at and s.last_token_update_date <= p_now + interval '5 seconds' then
    return coalesce(public.session_with_secrets(s) || jsonb_build_object('state', 'fresh'), jsonb_build_object('state', 'dead'));
  end if;
  if s.held_until > p_now and not p_through_hold then return jsonb_build_object('state', 'held'); end if;
  if s.lease_until >= pg_catalog.clock_timestamp() and s.lease_owner <> p_owner then return jsonb_build_object('state', 'busy'); end if;
  -- A race is exempt from the limit on attempts while the race holds the session, but not when it renews the session later, to read the gym's list.
  -- If the lease's owner calls this function again, the limit on attempts does not apply: the database's answer to the owner's first call was lost,
  -- and the first call was counted.
  if s.lease_owner is distinct from p_owner and not (p_through_hold and coalesce(s.held_until > p_now, false)) then
    if s.failure_streak > 0 or s.status <> 'live' then rest_ms := public.rest_of_tries(s.id, p_now); end if;
    if rest_ms = 0 and s.session_type = 'device' and s.status = 'suspect' and s.next_attempt_at > p_now then
      rest_ms := greatest(0, ceil(1000 * extract(epoch from least(s.next_attempt_at, s.last_attempt_at + interval '5 minutes') - p_now)));
    end if;
  end if;
  if rest_ms = 0 and s.session_type = 'device' and s.lease_owner is distinct from p_owner then
    rest_ms := public.take_from_buckets(
      jsonb_build_array(jsonb_build_object('name', 'device calls ' || s.chain, 'perSecond', 8 / 3600.0, 'burst', 8))
      || case when s.status = 'live' then jsonb_build_array(jsonb_build_object('name', 'device ' || s.chain, 'perSecond', 3 / 3600.0, 'burst', 5))
        else '[]' end, p_now);
  end if;
  if rest_ms > 0 then return jsonb_build_object('state', 'resting', 'retryAfterMs', rest_ms); end if;
  granted := public.grant_lease(s.id, p_owner, p_lease_ms, null, p_now);
  if granted is null then return jsonb_build_object('state', 'dead'); end if;
  return granted || jsonb_build_object('state', 'leased');
end $$;

-- Extends the leases of the renewals p_renewals by p_lease_ms from now, if the caller still holds them. Returns those of p_renewals whose leases the
-- caller still holds; the caller must not send the others.
create function public.extend_leases(p_renewals uuid[], p_lease_ms integer) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare kept jsonb;
begin
  with ours as (
    update public.auth_sessions s set lease_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from public.refresh_attempts a where a.id = any (p_renewals) and a.session_id = s.id and a.lease_epoch = s.lease_epoch
      and s.lease_until is not null
    returning a.id)
  select coalesce(jsonb_agg(id), '[]') into kept from ours;
  return kept;
end $$;

-- Gives back the leases of renewals that were not sent. Returns how many leases the caller still held.
create function public.release_leases(p_renewals uuid[], p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  with given as (
    update public.refresh_attempts set state = 'released', settled_at = p_now
    where id = any (p_renewals) and state = 'sent' returning session_id, lease_epoch)
  update public.auth_sessions s set lease_owner = null, lease_until = null
  from given where s.id = given.session_id and s.lease_epoch = given.lease_epoch;
  get diagnostics n = row_count;
  return n;
end $$;

-- Holds the background sessions of the members p_users until p_until, since a race is about to use them: refresh runs skip a held session. Returns
-- the number of sessions held.
create function public.hold_sessions(p_users uuid[], p_until timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.auth_sessions set held_until = greatest(held_until, p_until)
  where user_id = any (p_users) and session_type = 'background';
  get diagnostics n = row_count;
  return n;
end $$;

-- ── committing ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Stores the token that a renewal received, whether or not the token comes into force. The received token comes into force only for the holder of the
-- lease, and only if the session still holds the renewal's parent token. A second call for the same renewal changes nothing. Returns whether the
-- token came into force (`moved`) and whether the session's row exists. An attempt that was written off (its owner died, its answer unknown) was
-- counted in `token_update_count` at that time; its late answer is not counted again.
create function public.commit_rotation(
  p_renewal uuid, p_token_digest text, p_token_sealed text, p_cookies_sealed text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare a public.refresh_attempts; s public.auth_sessions; moves boolean; parent uuid; news integer;
begin
  select * into a from public.refresh_attempts where id = p_renewal;
  if not found then return jsonb_build_object('moved', false, 'exists', false); end if;
  select * into s from public.auth_sessions where id = a.session_id for update;
  if not found then return jsonb_build_object('moved', false, 'exists', false); end if;
  select * into a from public.refresh_attempts where id = p_renewal for update;
  -- A renewal in state `ok` was committed by an earlier call. A spooled answer that is committed again changes nothing, because an old token must not
  -- come back.
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
    -- A token received after the renewal's lease was lost contradicts an earlier verdict that the session is dead, and an earlier refusal of the
    -- token with which the renewal asked. A token received after the renewal's lease was lost becomes one of the tokens with which the session may be
    -- renewed.
    update public.auth_sessions set token_update_count = token_update_count + news, last_attempt_at = p_now,
      status = case when chain <> a.chain then status when status = 'needs-login' then 'suspect'
        when status = 'live' and token_digest = a.parent_digest then 'uncertain' else status end,
      next_attempt_at = case when chain = a.chain then null else next_attempt_at end
    where id = s.id returning * into s;
    return jsonb_build_object('moved', false, 'exists', true) || public.session_card(s);
  end if;

  -- The gym accepted the parent token (with which the renewal asked), so every token before the parent is used up and is deleted. A token that
  -- another holder of the lease received for the same parent stays a candidate: the gym may have processed that holder's renewal after the one
  -- committed here. The parent token stays in the journal: a device may still prove itself with it, and some gyms still accept it for a while.
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
    -- If the gym returned the token that the session already has, the gym replaced nothing: the session keeps its generation and the digest of its
    -- previous token. A device may prove itself to the service with the previous token, too.
    generation = case when p_token_digest = s.token_digest then s.generation else a.generation end, token_digest = p_token_digest,
    previous_token_digest = case when p_token_digest = s.token_digest then s.previous_token_digest else a.parent_digest end,
    token_update_count = token_update_count + news, token_success_count = token_success_count + 1, failure_streak = 0,
    last_attempt_at = p_now, last_token_update_date = p_now, last_token_update_error = null, next_attempt_at = null,
    refused_digest = null, refused_since = null, told_dead_at = null, lease_owner = null, lease_until = null
  where id = s.id returning * into s;
  return jsonb_build_object('moved', true, 'exists', true) || public.session_card(s);
end $$;

-- Does for many renewals in one statement what `commit_rotation` does, in the simplest case: the lease's holder brings the token that follows the one
-- in force. Returns the lines (renewals) whose tokens it stored; every other line (a late answer, or a session in doubt) is left to
-- `commit_rotation`. This function's effect on a session must equal that of `commit_rotation`.
create function public.commit_plain_rotations(p_lines jsonb) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
begin
  -- `commit_plain_rotations` is written in plpgsql and not in SQL, because plpgsql can reuse the query's plan in later calls.
  return query with line as (
    select * from jsonb_to_recordset(p_lines) as x("renewalId" uuid, "tokenDigest" text, "tokenSealed" text, "cookiesSealed" text, now timestamptz)),
  plain as (
    select s.id, s.user_id, s.current_attempt, a.id as attempt, a.chain, a.generation, a.parent_digest,
      l."tokenDigest" as digest, l."tokenSealed" as token_sealed, l."cookiesSealed" as cookies_sealed, l.now
    from line l join public.refresh_attempts a on a.id = l."renewalId" join public.auth_sessions s on s.id = a.session_id
    where a.state = 'sent' and s.lease_epoch = a.lease_epoch and s.chain = a.chain and s.status = 'live'
      and s.token_digest = a.parent_digest and s.told_dead_at is null
    order by s.id for update of s, a),
  swept as (
    delete from public.token_journal j using plain p
    where j.session_id = p.id and j.attempt_id <> p.current_attempt
      and (j.state in ('current', 'superseded', 'dead') or j.generation < p.generation or j.token_digest = p.parent_digest)),
  kept as (
    insert into public.token_journal (attempt_id, token_digest, session_id, user_id, chain, generation, parent_digest,
      token_sealed, cookies_sealed, state, received_at)
    select p.attempt, p.digest, p.id, p.user_id, p.chain, p.generation, p.parent_digest, p.token_sealed, p.cookies_sealed, 'current', p.now from plain p),
  settled as (
    update public.refresh_attempts a set state = 'ok', settled_at = p.now from plain p where a.id = p.attempt),
  forgotten as (
    delete from public.refresh_attempts a using plain p where a.session_id = p.id and a.state <> 'sent' and a.id not in (p.attempt, p.current_attempt)
      and (a.state in ('ok', 'released') or a.started_at < p.now - interval '1 hour')),
  moved as (
    update public.auth_sessions s set current_attempt = p.attempt,
      generation = case when p.digest = s.token_digest then s.generation else p.generation end, token_digest = p.digest,
      previous_token_digest = case when p.digest = s.token_digest then s.previous_token_digest else p.parent_digest end,
      token_update_count = s.token_update_count + 1, token_success_count = s.token_success_count + 1, failure_streak = 0,
      last_attempt_at = p.now, last_token_update_date = p.now, last_token_update_error = null, next_attempt_at = null,
      refused_digest = null, refused_since = null, lease_owner = null, lease_until = null
    from plain p where s.id = p.id returning p.attempt)
  select jsonb_build_object('renewalId', m.attempt, 'moved', true, 'exists', true) from moved m;
end $$;

-- Commits the tokens of many renewals in one call. Each line of p_lines (one renewal) succeeds or fails alone.
create function public.commit_rotations(p_lines jsonb) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
declare x jsonb; done jsonb := '{}';
begin
  begin
    select coalesce(jsonb_object_agg(r ->> 'renewalId', r), '{}') into done from public.commit_plain_rotations(p_lines) r;
  exception when others then
    -- One bad line of p_lines makes the statement for all lines fail; the loop below then calls `commit_rotation` for each line.
    done := '{}';
  end;
  -- Each call writes its lines in order of renewalId, so that two calls at the same time never deadlock.
  for x in select l from jsonb_array_elements(p_lines) l order by l ->> 'renewalId' loop
    if done ? (x ->> 'renewalId') then
      return next done -> (x ->> 'renewalId');
      continue;
    end if;
    begin
      return next public.commit_rotation((x ->> 'renewalId')::uuid, x ->> 'tokenDigest', x ->> 'tokenSealed', x ->> 'cookiesSealed',
        (x ->> 'now')::timestamptz) || jsonb_build_object('renewalId', x -> 'renewalId');
    exception when others then
      return next jsonb_build_object('renewalId', x -> 'renewalId', 'refused', sqlstate, 'moved', false, 'exists', true);
    end;
  end loop;
end $$;

-- The state of each answer in a process's spool; for a `ready` answer also what the process needs to commit it. An answer is `ready` if it is to be
-- parsed and committed. An answer is `done` if its renewal is already committed, has no row in `refresh_attempts`, or belongs to an earlier login
-- that a new login has replaced. An answer is `orphan` if its member exists, and its session or the journal row needed to commit it does not. An
-- answer is `gone` if its member was erased, so that no key can open it.
create function public.read_kept_renewals(p_lines jsonb) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('renewalId', l ->> 'renewalId') || case
      when k.user_id is null then jsonb_build_object('state', 'gone')
      when s.id is null then jsonb_build_object('state', 'orphan')
      when a.id is null or a.state = 'ok' or a.chain <> s.chain then jsonb_build_object('state', 'done')
      when j.attempt_id is null then jsonb_build_object('state', 'orphan')
      else public.session_card(s) || jsonb_build_object('state', 'ready', 'attemptId', j.attempt_id, 'tokenSealed', j.token_sealed,
        'cookiesSealed', j.cookies_sealed, 'sealedGeneration', j.generation, 'wrapped', k.wrapped, 'nextGeneration', a.generation)
    end
  from jsonb_array_elements(p_lines) l
  left join public.user_keys k on k.user_id = (l ->> 'userId')::uuid
  left join public.auth_sessions s on s.id = (l ->> 'sessionId')::uuid
  left join public.refresh_attempts a on a.id = (l ->> 'renewalId')::uuid
  left join lateral (select * from public.token_journal t where t.session_id = s.id and t.chain = a.chain
    and (t.token_digest = a.parent_digest or t.attempt_id = s.current_attempt)
    order by (t.token_digest = a.parent_digest) desc, t.received_at desc limit 1) j on true
$$;

-- ── verdicts ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Settles an attempt that brought no token. Counts the attempt in `token_update_count`, unless p_state is `released`. Leaves the time of the last
-- successful renewal as it is, and gives the lease back. A session whose token in force was refused once is suspect. After a second refusal of its
-- token in force, at least p_confirm_ms after the first, a session is dead (`needs-login`), unless p_spare is true or a candidate may still work. A
-- session is dead only after its token in force and each of its candidates were refused at least twice: a gym may wrongly refuse a living token once.
-- A candidate row that holds the very token in force does not count as a candidate here. If p_spare is true (the gym may still know the session's
-- cookies), a session is dead only after three received refusals, the last at least 5 × p_confirm_ms after the first. If two refusals sufficed for a
-- session whose cookies the gym knows, two wrong refusals could end a living session when the answers to all its attempts between them were lost.
create function public.settle_attempt(
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

  -- Only the holder of the lease may declare the session suspect or dead: for any other process, the session may have changed since that process sent
  -- its request.
  ours := s.lease_epoch = a.lease_epoch and s.chain = a.chain;
  verdict := s.status;
  if ours then
    if p_state = 'unknown' and s.status = 'live' then verdict := 'uncertain'; end if;
    if p_state = 'refused' and a.parent_digest <> s.token_digest then
      -- A refusal counts only against the token with which the renewal asked. A candidate that was refused once is not tried again before the next
      -- refusal of the token in force. A candidate that was refused twice is never tried again.
      update public.token_journal set refusals = refusals + 1, state = case when refusals > 0 then 'dead' else 'suspect' end
      where session_id = s.id and chain = s.chain and token_digest = a.parent_digest;
      verdict := 'suspect';
    elsif p_state = 'refused' then
      update public.token_journal set state = 'candidate' where session_id = s.id and chain = s.chain and state = 'suspect';
      if s.refused_digest is not distinct from a.parent_digest then
        -- With p_spare (the gym may still know the session's cookies) the session is declared dead only after three refusals of its token.
        -- A session whose cookies the gym knows dies, too: no session can be renewed with a token that the gym goes on refusing.
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
  -- The member is notified once for each death of a session, because a dead session needs a new login. If a renewal brings the session back to life
  -- and the session dies again, the member is notified again.
  if dead then
    perform public.post_notice(s.user_id, 'session-needs-login', 'needs-login:' || s.chain || ':' || s.session_type || ':' || s.token_success_count,
      jsonb_build_object('sessionType', s.session_type), p_now);
  end if;
  return jsonb_build_object('settled', true, 'exists', true, 'died', dead) || public.session_card(s);
end $$;

-- Counts and lists of background sessions, for the refresh. `overdue` lists live sessions that no race holds and no process leases, and whose last
-- success is at or before p_alarm_at or in the future. `waitingWithoutSession` lists the members with a waiting prebooking whose background session
-- is missing, dead or quarantined. Waiting prebookings are found by the index of live prebookings, since the number of ended prebookings only grows.
create function public.survey_background_sessions(p_stale_at timestamptz, p_alarm_at timestamptz, p_since timestamptz, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  with alive as (
    select s.*, s.last_token_update_date > p_now + interval '5 seconds' as from_the_future,
      s.lease_until is not null and s.lease_until >= pg_catalog.clock_timestamp() as leased
    from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null),
  due as (select * from alive s where s.last_token_update_date <= p_stale_at or s.from_the_future)
  select jsonb_build_object(
    'live', (select count(*) from alive),
    'due', (select count(*) from due),
    'waiting', (select count(*) from due d where d.next_attempt_at > p_now or d.held_until > p_now or d.leased),
    'overdue', coalesce((select jsonb_agg(o.id) from (select d.id from due d where (d.last_token_update_date <= p_alarm_at or d.from_the_future)
      and (d.held_until is null or d.held_until <= p_now) and not d.leased limit 20) o), '[]'),
    'fromTheFuture', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.from_the_future limit 20) o), '[]'),
    'unsure', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.status <> 'live'
      and a.last_token_update_date <= p_now - interval '58 minutes' limit 20) o), '[]'),
    'quarantined', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at is not null),
    'quarantinedNow', coalesce((select jsonb_agg(s.id) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at >= p_since), '[]'),
    'waitingWithoutSession', coalesce((select jsonb_agg(distinct p.user_id) from public.prebookings p
      where p.is_live and p.status in ('scheduling', 'scheduled') and not exists (select 1 from alive b where b.user_id = p.user_id)), '[]'))
$$;
