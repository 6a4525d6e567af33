-- The tries of the hour bind whoever is in doubt, too, not only whoever has failed: a process that dies with its try tells of no failure,
-- and a session that such processes have in hand would be asked for each minute. Otherwise as before.
create or replace function public.lease_due_sessions(
  p_stale_at timestamptz, p_owner text, p_limit integer, p_lease_ms integer, p_only_troubled boolean, p_run_id uuid, p_now timestamptz
) returns setof jsonb language plpgsql security definer set search_path = '' as $$
declare ids uuid[]; x uuid; one jsonb; plain jsonb;
begin
  ids := array(
    select s.id from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
      and (s.last_token_update_date <= p_stale_at or s.last_token_update_date > p_now + interval '5 seconds')
      -- A lease that ran out and was never given back: its holder died, perhaps after the gym had answered.
      and (not p_only_troubled or s.failure_streak > 0 or s.status <> 'live' or s.lease_until is not null)
      and (s.next_attempt_at is null or s.next_attempt_at <= p_now)
      and (s.held_until is null or s.held_until <= p_now)
      and (s.lease_until is null or s.lease_until < pg_catalog.clock_timestamp() or s.lease_owner = p_owner)
      and ((s.failure_streak = 0 and s.status = 'live') or public.has_tries_left(s.id, p_now))
      -- One try a run: a failure goes to the next run, not round in circles.
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

create or replace function public.lease_session(
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
  if (s.failure_streak > 0 or s.status <> 'live') and not p_through_hold and not public.has_tries_left(s.id, p_now) then
    rest_ms := 60000;
  elsif s.session_type = 'device' then
    rest_ms := public.take_from_buckets(jsonb_build_array(jsonb_build_object(
      'name', 'device ' || s.id, 'perSecond', 3 / 3600.0, 'burst', 5)), p_now);
  end if;
  if rest_ms > 0 then return jsonb_build_object('state', 'resting', 'retryAfterMs', rest_ms); end if;
  granted := public.grant_lease(s.id, p_owner, p_lease_ms, null, p_now);
  if granted is null then return jsonb_build_object('state', 'dead'); end if;
  return granted || jsonb_build_object('state', 'leased');
end $$;
