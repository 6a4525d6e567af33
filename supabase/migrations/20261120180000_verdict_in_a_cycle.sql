-- A refusal that was heard is not charged to the eight tries of the hour. Refusals are what a verdict is made of, minutes apart, and the
-- verdict ends them: two for every further token that is held, three for the one in force. Processes that died had used the tries up, and
-- a loss that nobody could have received was declared an hour late instead of within one cycle. Sixteen are the end in any case.
-- Only tries of the login in force count: whoever has just logged in begins afresh.
-- Answers for how long the session must rest, so that whoever asks can be told; 0: go.
create function public.rest_of_tries(p_id uuid, p_now timestamptz) returns bigint language sql stable security definer set search_path = '' as $$
  with recent as (
    select a.state, a.started_at, a.state <> 'refused' as is_charged, a.state = 'sent' or a.reason is not distinct from 'owner lost' as died
    from public.refresh_attempts a
    where a.session_id = p_id and a.chain = (select s.chain from public.auth_sessions s where s.id = p_id)
      and a.started_at > p_now - interval '1 hour' and a.state not in ('released', 'turned-away', 'not-sent'))
  select coalesce(greatest(0, ceil(1000 * extract(epoch from greatest(
    (array_agg(r.started_at order by r.started_at desc) filter (where r.is_charged))[8] + interval '1 hour',
    (array_agg(r.started_at order by r.started_at desc))[16] + interval '1 hour',
    -- After five that brought nothing, whoever's process died in the last one rests for eight minutes, and so does a device, which is
    -- asked about as often as somebody taps: all eight could be gone within minutes, and with them the half hour in which a forgiving
    -- gym still takes the token before.
    case when count(*) filter (where r.is_charged and r.state <> 'ok') >= 5
        and ((array_agg(r.died order by r.started_at desc))[1] or ((array_agg(r.is_charged order by r.started_at desc))[1]
          and (select s.session_type = 'device' from public.auth_sessions s where s.id = p_id)))
      then max(r.started_at) + interval '8 minutes' end
  ) - p_now))), 0)::bigint
  from recent r
$$;

create or replace function public.has_tries_left(p_id uuid, p_now timestamptz) returns boolean language sql stable security definer set search_path = '' as $$
  select public.rest_of_tries(p_id, p_now) = 0
$$;

-- As before; but the same owner again, whose answer was lost, is not held up by its own intent.
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
      and ((s.failure_streak = 0 and s.status = 'live') or s.lease_owner = p_owner or public.has_tries_left(s.id, p_now))
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

-- As before; but who rests is told for how long. A device in doubt is not made to wait for the pace of a healthy one, since its verdict is
-- due: eight calls at once and eight an hour bound it all the same, whatever they bring (being turned away, too), and refusals are heard
-- when the next one can mean something, not whenever somebody taps.
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
  -- A race goes through the hold for its own sake, and by that right only while there is one: its read-backs come long after it.
  -- The same owner again lost our answer, and has paid for it.
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

revoke all on function public.rest_of_tries from public, anon, authenticated;
