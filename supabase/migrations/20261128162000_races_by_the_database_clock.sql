-- Prebookings are claimed only when it is time for their race by the process's clock and by the database's. Prebookings become `missed` only when it
-- is too late for their race by both clocks, because a process's clock may be wrong. A prebooking's row must say when its process was about to send
-- the booking, in case the process dies. A later race of the same opening must know which prebookings are older than its own, because older ones of
-- the same class go first. The API in front of the database returns at most a thousand rows, so a function that answers about a whole opening returns
-- one json value instead of rows.

-- The instant at which the request of an armed prebooking is to be sent, by the database's clock. No index covers `fires_at`: as claiming and arming
-- change no indexed column, Postgres can leave the indexes unwritten.
alter table public.prebookings add column fires_at timestamptz;

-- Gives the state `missed` to prebookings for which a race would come too late, and returns their ids. A prebooking is missed only when the caller's
-- clock and the database's both say that it is too late for the race, and never while a process holds its claim.
create or replace function public.miss_prebookings(p_box_id uuid, p_opens_at timestamptz, p_late_ms integer, p_now timestamptz) returns setof uuid
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; at_now timestamptz := least(p_now, pg_catalog.clock_timestamp());
begin
  for p in
    update public.prebookings m set status = 'missed', outcome = 'missed', settled_at = p_now, updated_at = p_now,
      reason = case when m.starts_at <= at_now then 'class started' else 'woken too late' end
    where m.is_live and (p_box_id is null or (m.box_id = p_box_id and m.opens_at = p_opens_at))
      and (m.status in ('scheduling', 'scheduled') or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp()))
      and (m.starts_at <= at_now or greatest(m.opens_at, m.created_at) < at_now - p_late_ms * interval '1 millisecond')
    returning m.*
  loop
    perform public.post_notice(p.user_id, 'prebooking-missed', 'prebooking:' || p.id, jsonb_build_object('prebookingId', p.id), p_now);
    return next p.id;
  end loop;
end $$;

-- Claims every prebooking that has the box and opening of the prebooking p_id. An opening cannot be claimed yet when the caller's clock or the
-- database's says that it is too soon. Beside the claimed prebookings, the function returns the database's time and, as `ahead`, the opening's live
-- prebookings that another process holds. From `ahead` the caller's race knows which older prebookings for a class come before
-- its own in the order of turns.
create or replace function public.claim_prebookings(p_id uuid, p_owner text, p_lead_ms integer, p_claim_ms integer, p_late_ms integer, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; at public.deleted_prebookings; taken json; more json; looks integer := 0;
  at_now timestamptz := least(p_now, pg_catalog.clock_timestamp());
begin
  select m.id, m.box_id, m.opens_at into at from public.prebookings m where m.id = p_id;
  if not found then
    select * into at from public.deleted_prebookings d where d.id = p_id;
    if not found then return json_build_object('state', 'missing'); end if;
    -- The queue keeps every message for less than thirty days, so no wake-up names a prebooking whose opening is thirty days ago or more.
    delete from public.deleted_prebookings d where d.opens_at < p_now - interval '30 days';
  end if;
  if at_now < at.opens_at - p_lead_ms * interval '1 millisecond' then
    p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
    if p.id is null then return json_build_object('state', 'missing'); end if;
    return json_build_object('state', 'too-soon', 'prebooking', public.prebooking_card(p));
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(at.box_id || ' ' || at.opens_at, 0));
  perform public.miss_prebookings(at.box_id, at.opens_at, p_late_ms, p_now);
  -- A wake-up may be delivered before the prebooking's row is marked 'scheduled'.
  update public.prebookings set status = 'scheduled', updated_at = p_now
  where is_live and box_id = at.box_id and opens_at = at.opens_at and status = 'scheduling' and starts_at > at_now;
  with mates as (
    select m.id from public.prebookings m
    where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > at_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and (m.claim_until < pg_catalog.clock_timestamp() or m.claim_owner = p_owner)))
    for update skip locked
  ), got as (
    update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
      claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
    from mates where u.id = mates.id returning u.*
  )
  select json_agg(public.claimed_shape_of(got) order by got.created_at, got.id) into taken from got;
  -- If a prebooking of the opening is still unclaimed after the claiming statement, another statement (a readiness check, `mark_scheduled`, a
  -- withdrawal) is writing this prebooking. A prebooking that another statement is writing can be claimed a moment later, or has by then been claimed
  -- by another process.
  while looks < 25 and exists (select 1 from public.prebookings m
    where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > at_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp())))
  loop
    perform pg_catalog.pg_sleep(0.02);
    looks := looks + 1;
    with mates as (
      select m.id from public.prebookings m
      where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > at_now
        and (m.status = 'scheduled' or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp()))
      for update skip locked
    ), got as (
      update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
        claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
      from mates where u.id = mates.id returning u.*
    )
    select json_agg(public.claimed_shape_of(got)) into more from got;
    if more is not null then
      select json_agg(one order by (one ->> 'createdAt')::timestamptz, one ->> 'id') into taken
        from (select json_array_elements(taken) as one union all select json_array_elements(more)) all_of_them;
    end if;
  end loop;
  if taken is not null then
    return json_build_object('state', 'claimed', 'prebookings', taken, 'databaseNow', pg_catalog.clock_timestamp(), 'ahead', coalesce((
      select json_agg(json_build_object('id', m.id, 'day', m.day, 'timeId', m.time_id, 'createdAt', m.created_at)) from public.prebookings m
      where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.status in ('claimed', 'armed') and m.claim_owner <> p_owner
        and m.claim_until > pg_catalog.clock_timestamp()), '[]'));
  end if;
  p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
  if p.id is null then return json_build_object('state', 'missing'); end if;
  return json_build_object('state', case when p.is_live then 'in-progress' else 'settled' end,
    'prebooking', public.prebooking_card(p));
end $$;

-- Arms prebookings: writes down that their requests are about to be sent, before any request is sent. Returns the ids of the prebookings that are
-- armed; a prebooking that was withdrawn, or that another process claimed, is left out. A call that is repeated with the same claims, because its
-- answer was lost, returns the same ids. p_fires_at is when the first requests are sent, by the database's clock.
drop function public.arm_prebookings(jsonb, text, timestamptz, integer, timestamptz);
create function public.arm_prebookings(
  p_claims jsonb, p_owner text, p_send_deadline timestamptz, p_claim_ms integer, p_now timestamptz, p_fires_at timestamptz default null
) returns json language sql security definer set search_path = '' as $$
  with armed as (
    update public.prebookings p set status = 'armed', armed_at = p_now, send_deadline = p_send_deadline, fires_at = p_fires_at, updated_at = p_now,
      claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond'
    from jsonb_to_recordset(p_claims) as c(id uuid, epoch bigint)
    where p.id = c.id and p.claim_epoch = c.epoch and p.claim_owner = p_owner
      and (p.status = 'claimed' or (p.status = 'armed' and p.send_deadline = p_send_deadline))
      and p.claim_until > pg_catalog.clock_timestamp()
    returning p.id)
  select coalesce(json_agg(a.id), '[]') from armed a
$$;

-- Stores how prebookings ended, or that their end is not known yet. Returns each prebooking with a line that took effect, as one json value:
-- the API in front of the database would cut a set of rows off at a thousand.
drop function public.settle_prebookings(jsonb, timestamptz);
create function public.settle_prebookings(p_lines jsonb, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare l record; p public.prebookings; cards json[] := '{}';
begin
  for l in select * from jsonb_to_recordset(p_lines) as x(id uuid, epoch bigint, status text, outcome text, reason text, "reservationId" text, receipt jsonb, "lastSentAt" timestamptz) order by id loop
    update public.prebookings set status = l.status, outcome = l.outcome, reason = l.reason,
      reservation_id = coalesce(l."reservationId", reservation_id), receipt = coalesce(l.receipt, receipt),
      send_deadline = least(send_deadline, l."lastSentAt"),
      settled_at = case when l.status in ('unknown', 'claimed') then null else p_now end, updated_at = p_now
    where id = l.id and claim_epoch = l.epoch and status in ('claimed', 'armed', 'unknown')
      and exists (select 1 from public.prebooking_transitions t where t.from_status = status and t.to_status = l.status) returning * into p;
    if not found then
      select * into p from public.prebookings where id = l.id and status = l.status and claim_epoch = l.epoch;
      if not found then continue; end if;
    elsif p.settled_at is not null then
      perform public.post_notice(p.user_id, 'prebooking-' || p.status, 'prebooking:' || p.id, jsonb_build_object('prebookingId', p.id), p_now);
    end if;
    cards := cards || to_json(public.shape_prebooking(p));
  end loop;
  return coalesce(array_to_json(cards), '[]');
end $$;

-- `read_ended_sessions`, `read_realtime_members` and `read_kept_renewals` return one json value instead of a set of rows. A caller may ask about more
-- than a thousand sockets or spooled answers, and of a set of rows the API in front of the database returns only a thousand.
drop function public.read_ended_sessions(uuid[], timestamptz);
create function public.read_ended_sessions(p_ids uuid[], p_now timestamptz) returns json
language sql stable security definer set search_path = '' as $$
  select coalesce(json_agg(i.id), '[]') from unnest(p_ids) as i(id) left join public.user_sessions s on s.id = i.id
  where s.id is null or s.revoked_at is not null or not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now)
$$;

drop function public.read_realtime_members(uuid[]);
create function public.read_realtime_members(p_user_ids uuid[]) returns json
language sql stable security definer set search_path = '' as $$
  select coalesce(json_agg(jsonb_build_object('userId', u.id,
    'sessions', coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'sessionType', s.session_type, 'status', s.status,
        'tokenUpdateCount', s.token_update_count, 'lastTokenUpdateDate', s.last_token_update_date) order by s.session_type, s.created_at, s.id)
      from public.auth_sessions s where s.user_id = u.id), '[]'),
    'boxes', coalesce((select jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'timeZone', b.time_zone, 'openingRule', b.opening_rule,
        'openingRuleSource', b.opening_rule_source) order by b.name, b.id)
      from public.boxes b join public.user_boxes ub on ub.box_id = b.id where ub.user_id = u.id), '[]'))), '[]')
  from unnest(p_user_ids) as u(id)
$$;

drop function public.read_kept_renewals(jsonb);
create function public.read_kept_renewals(p_lines jsonb) returns json
language sql stable security definer set search_path = '' as $$
  select coalesce(json_agg(jsonb_build_object('renewalId', l ->> 'renewalId') || case
      when k.user_id is null then jsonb_build_object('state', 'gone')
      when s.id is null then jsonb_build_object('state', 'orphan')
      when a.id is null or a.state = 'ok' or a.chain <> s.chain then jsonb_build_object('state', 'done')
      when j.attempt_id is null then jsonb_build_object('state', 'orphan')
      else public.session_card(s) || jsonb_build_object('state', 'ready', 'attemptId', j.attempt_id, 'tokenSealed', j.token_sealed,
        'cookiesSealed', j.cookies_sealed, 'sealedGeneration', j.generation, 'wrapped', k.wrapped, 'nextGeneration', a.generation)
    end), '[]')
  from jsonb_array_elements(p_lines) l
  left join public.user_keys k on k.user_id = (l ->> 'userId')::uuid
  left join public.auth_sessions s on s.id = (l ->> 'sessionId')::uuid
  left join public.refresh_attempts a on a.id = (l ->> 'renewalId')::uuid
  left join lateral (select * from public.token_journal t where t.session_id = s.id and t.chain = a.chain
    and (t.token_digest = a.parent_digest or t.attempt_id = s.current_attempt)
    order by (t.token_digest = a.parent_digest) desc, t.received_at desc limit 1) j on true
$$;

revoke all on function public.arm_prebookings, public.settle_prebookings, public.read_ended_sessions, public.read_realtime_members,
  public.read_kept_renewals from public, anon, authenticated;
grant execute on function public.arm_prebookings, public.settle_prebookings, public.read_ended_sessions, public.read_realtime_members,
  public.read_kept_renewals to service_role;
