-- The SQL functions that grant a lease also return how the leased session is to be renewed, according to what is known of the gym. At a gym that
-- renews no tokens, a leased session is kept alive by asking whoami (the gym's request that names the login of the cookies).

create or replace function public.lease_due_sessions(
  p_stale_at timestamptz, p_owner text, p_limit integer, p_lease_ms integer, p_only_troubled boolean, p_run_id uuid, p_now timestamptz,
  p_resting text[] default '{}', p_keys text[] default null
) returns setof jsonb language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare ids uuid[]; x uuid; one jsonb; plain jsonb; left_at timestamptz;
  is_gone boolean := exists (select 1 from public.gym_facts g where g.fact = 'token-update' and g.reading = 'gone');
begin
  if p_only_troubled then
    -- A session that was due when the latest finished whole run of the refresh began, and is still due, counts as left out by that run. A refresh run
    -- counts as finished when its row in `runs` says so, or 15 minutes after its start, the longest time that a run may take.
    select max(r.started_at) - (p_now - p_stale_at) into left_at from public.runs r where r.job = 'refresh-background-sessions'
      and (r.finished_at is not null or r.started_at <= p_now - interval '15 minutes');
    -- A session also counts as left out by a whole run if its last successful renewal is at least two refresh cycles (40 minutes) old.
    left_at := greatest(left_at, p_now - interval '40 minutes');
  end if;
  ids := array(
    select s.id from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
      and (s.last_token_update_date <= p_stale_at or s.last_token_update_date > p_now + interval '5 seconds')
      -- A lease that was never given back means trouble for its session: the lease's holder died, perhaps after the gym had answered.
      and (not p_only_troubled or s.failure_streak > 0 or s.status <> 'live' or s.lease_until is not null
        or s.last_token_update_error is not null or s.last_token_update_date <= left_at)
      and (s.next_attempt_at is null or s.next_attempt_at <= p_now)
      and (s.held_until is null or s.held_until <= p_now)
      and (s.lease_until is null or s.lease_until < pg_catalog.clock_timestamp() or s.lease_owner = p_owner)
      and ((s.failure_streak = 0 and s.status = 'live') or s.lease_owner = p_owner or public.has_tries_left(s.id, p_now))
      -- A session gets one renewal attempt in a refresh run: if that attempt fails, the session waits for a later refresh run, be it the whole run or
      -- the pass of each minute. A session that the gym turned away (403, 429) gets another attempt after its pause, but at most four attempts in one
      -- refresh run.
      and (select count(*) filter (where a.state <> 'turned-away' or s.next_attempt_at is null) = 0 and count(*) < 4
        from public.refresh_attempts a where a.session_id = s.id and a.run_id = p_run_id
        and a.state <> 'released' and (a.state <> 'sent' or s.lease_owner is distinct from p_owner))
      and (cardinality(p_resting) = 0 or not (coalesce((select string_agg(b.subdomain, ' ' order by b.subdomain collate "C")
        from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = s.user_id), '') = any (p_resting)))
      and (p_keys is null or not exists (select 1 from public.user_keys k where k.user_id = s.user_id
        and split_part(k.wrapped, '.', 2) ~ '^[a-z0-9-]{1,32}$' and split_part(k.wrapped, '.', 2) <> all (p_keys)))
    order by (select min(p.opens_at) from public.prebookings p
              where p.user_id = s.user_id and p.status in ('scheduling', 'scheduled', 'claimed')) nulls last,
             s.last_token_update_error is not null, s.last_token_update_date
    limit p_limit for update of s skip locked);
  select coalesce(jsonb_object_agg(g ->> 'id', g), '{}') into plain from public.grant_plain_leases(ids, p_owner, p_lease_ms, p_run_id, p_now) g;
  foreach x in array ids loop
    one := coalesce(plain -> x::text, public.grant_lease(x, p_owner, p_lease_ms, p_run_id, p_now));
    if one is not null then
      if is_gone then one := one || jsonb_build_object('rule', public.take_renewal_rule(x, p_now)); end if;
      return next one;
    end if;
  end loop;
end $$;

create or replace function public.lease_session(
  p_id uuid, p_type text, p_stale_at timestamptz, p_owner text, p_lease_ms integer, p_through_hold boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions; granted jsonb; rest_ms bigint := 0; rule text;
begin
  select * into s from public.auth_sessions where id = p_id and session_type = p_type for update;
  if not found then return jsonb_build_object('state', 'missing'); end if;
  if s.status in ('needs-login', 'revoked') or s.quarantined_at is not null then return jsonb_build_object('state', 'dead'); end if;
  if s.last_token_update_date > p_stale_at and s.last_token_update_date <= p_now + interval '5 seconds' then
    return coalesce(public.session_with_secrets(s) || jsonb_build_object('state', 'fresh'), jsonb_build_object('state', 'dead'));
  end if;
  if s.held_until > p_now and not p_through_hold then return jsonb_build_object('state', 'held'); end if;
  if s.lease_until >= pg_catalog.clock_timestamp() and s.lease_owner <> p_owner then return jsonb_build_object('state', 'busy'); end if;
  -- A race is exempt from the limit on renewal attempts while the race holds the session, but not when it renews the session later, to read the gym's
  -- list. A lease call that the same owner repeats is exempt from the limit on renewal attempts: the first call, whose answer was lost, was already
  -- counted.
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
  rule := public.take_renewal_rule(s.id, p_now);
  if rule is not null then granted := granted || jsonb_build_object('rule', rule); end if;
  return granted || jsonb_build_object('state', 'leased');
end $$;
