set check_function_bodies = off;

-- Races: one process claims every prebooking of one box and opening, arms them before anything is sent, and settles them. A prebooking that a race
-- left `unknown` is settled by later reads of the gym's list: at first by the process that raced, then by the sweeps. Every query of live rows names
-- `is_live`; a query that does not name it cannot use the index of live rows.

-- ── claiming ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Gives the state `missed` to prebookings for which a race would come too late, and returns their ids. A race would come too late when the class has
-- begun, or when the class has been open for booking for more than p_late_ms. A prebooking asks for a place at the opening, not for one long after
-- the opening. For a wish that was made after the opening, p_late_ms is counted from the making of the wish.
create function public.miss_prebookings(p_box_id uuid, p_opens_at timestamptz, p_late_ms integer, p_now timestamptz) returns setof uuid
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  for p in
    update public.prebookings m set status = 'missed', outcome = 'missed', settled_at = p_now, updated_at = p_now,
      reason = case when m.starts_at <= p_now then 'class started' else 'woken too late' end
    where m.is_live and (p_box_id is null or (m.box_id = p_box_id and m.opens_at = p_opens_at))
      and (m.status in ('scheduling', 'scheduled') or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp()))
      and (m.starts_at <= p_now or greatest(m.opens_at, m.created_at) < p_now - p_late_ms * interval '1 millisecond')
    returning m.*
  loop
    perform public.post_notice(p.user_id, 'prebooking-missed', 'prebooking:' || p.id, jsonb_build_object('prebookingId', p.id), p_now);
    return next p.id;
  end loop;
end $$;

-- The prebooking p_id. If that prebooking was deleted: the oldest live prebooking for the box p_box_id and the opening at p_opens_at.
create function public.prebooking_of_opening(p_id uuid, p_box_id uuid, p_opens_at timestamptz) returns public.prebookings
language sql stable security definer set search_path = '' as $$
  select * from public.prebookings p where p.id = p_id
  union all
  (select * from public.prebookings p where p.box_id = p_box_id and p.opens_at = p_opens_at and p.id <> p_id and p.is_live
    order by p.created_at, p.id limit 1)
  limit 1
$$;

-- Claims every prebooking that has the box and opening of the prebooking p_id, and returns them in order of creation. The first delivery of an
-- opening's wake-up claims the opening's prebookings; a later delivery finds nothing to claim. The state returned is missing | settled (the
-- prebooking has ended) | too-soon | in-progress (another process holds the claim) | claimed (with the prebookings claimed). If the prebooking p_id
-- was deleted, the other prebookings of its box and opening are claimed all the same. The state is `missing` if p_id stands neither in `prebookings`
-- nor in `deleted_prebookings`, or if p_id was deleted and no live prebooking of its box and opening is left. For half a second at most, the function
-- waits for prebookings that another statement is writing, and claims each when that statement has ended. A prebooking left unclaimed would have no
-- race until the next sweep. Two calls for one opening run one after the other, since each would otherwise claim only a part of the opening's
-- prebookings. The answer is of type json, which keeps the text as it was built: converting a thousand rows to jsonb and back takes as long as the
-- claim.
create function public.claim_prebookings(p_id uuid, p_owner text, p_lead_ms integer, p_claim_ms integer, p_late_ms integer, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; at public.deleted_prebookings; taken json; more json; looks integer := 0;
begin
  select m.id, m.box_id, m.opens_at into at from public.prebookings m where m.id = p_id;
  if not found then
    select * into at from public.deleted_prebookings d where d.id = p_id;
    if not found then return json_build_object('state', 'missing'); end if;
    -- The queue keeps every message for less than thirty days, so no wake-up names a prebooking whose opening is thirty days ago or more.
    delete from public.deleted_prebookings d where d.opens_at < p_now - interval '30 days';
  end if;
  if p_now < at.opens_at - p_lead_ms * interval '1 millisecond' then
    p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
    if p.id is null then return json_build_object('state', 'missing'); end if;
    return json_build_object('state', 'too-soon', 'prebooking', public.prebooking_card(p));
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(at.box_id || ' ' || at.opens_at, 0));
  perform public.miss_prebookings(at.box_id, at.opens_at, p_late_ms, p_now);
  -- A wake-up may be delivered before the prebooking's row is marked 'scheduled'.
  update public.prebookings set status = 'scheduled', updated_at = p_now
  where is_live and box_id = at.box_id and opens_at = at.opens_at and status = 'scheduling' and starts_at > p_now;
  with mates as (
    select m.id from public.prebookings m
    where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and (m.claim_until < pg_catalog.clock_timestamp() or m.claim_owner = p_owner)))
    for update skip locked
  ), got as (
    update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
      claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
    from mates where u.id = mates.id returning u.*
  )
  select json_agg(public.claimed_shape_of(got) order by got.created_at, got.id) into taken from got;
  -- The claiming statement skips a prebooking that another statement (a readiness check, `mark_scheduled`, a withdrawal) is writing. A moment later,
  -- the skipped prebooking can be claimed, or another process has claimed it.
  while looks < 25 and exists (select 1 from public.prebookings m
    where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp())))
  loop
    perform pg_catalog.pg_sleep(0.02);
    looks := looks + 1;
    with mates as (
      select m.id from public.prebookings m
      where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
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
  if taken is not null then return json_build_object('state', 'claimed', 'prebookings', taken); end if;
  p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
  if p.id is null then return json_build_object('state', 'missing'); end if;
  return json_build_object('state', case when p.is_live then 'in-progress' else 'settled' end,
    'prebooking', public.prebooking_card(p));
end $$;

-- How long a prebooking's claim still lasts, ms; null when no process holds a claim on it. A wake-up that finds a prebooking claimed is delivered
-- again when the claim's remaining time has passed, in case the claim's owner died.
create function public.read_claim_left(p_id uuid) returns double precision
language sql stable security definer set search_path = '' as $$
  select greatest(0, extract(epoch from p.claim_until - pg_catalog.clock_timestamp()) * 1000) from public.prebookings p
  where p.id = p_id and p.status = 'claimed'
$$;

-- Makes the claims of p_owner on the prebookings p_ids end p_claim_ms from now. Returns how many claims were extended. A claim that ran out is
-- not extended, because another process may have acted meanwhile.
create function public.extend_claims(p_ids uuid[], p_owner text, p_claim_ms integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings set claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond'
  where id = any (p_ids) and claim_owner = p_owner and status in ('claimed', 'armed') and claim_until > pg_catalog.clock_timestamp();
  get diagnostics n = row_count;
  return n;
end $$;

-- How long a process needs to prepare a race, ms: the 99th percentile over the 500 prebookings that were raced for last. `read_preparation` returns
-- null while fewer than five raced prebookings are known.
create function public.read_preparation(p_now timestamptz) returns double precision language sql stable security definer set search_path = '' as $$
  select case when count(*) >= 5 then percentile_cont(0.99) within group (order by x.ms) end from (
    select extract(epoch from (p.receipt ->> 'readyAt')::timestamptz - p.woken_at) * 1000 as ms from public.prebookings p
    where p.settled_at > p_now - interval '30 days' and p.woken_at is not null and p.receipt ->> 'readyAt' is not null
    order by p.settled_at desc limit 500) x
$$;

-- Arms prebookings: writes down that their requests are about to be sent, before any request is sent. Returns the ids of the prebookings that are
-- armed; a prebooking that was withdrawn, or that another process claimed, is left out. A call that is repeated with the same claims, because its
-- answer was lost, returns the same ids.
create function public.arm_prebookings(p_claims jsonb, p_owner text, p_send_deadline timestamptz, p_claim_ms integer, p_now timestamptz) returns setof uuid
language sql security definer set search_path = '' as $$
  update public.prebookings p set status = 'armed', armed_at = p_now, send_deadline = p_send_deadline, updated_at = p_now,
    claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond'
  from jsonb_to_recordset(p_claims) as c(id uuid, epoch bigint)
  where p.id = c.id and p.claim_epoch = c.epoch and p.claim_owner = p_owner
    and (p.status = 'claimed' or (p.status = 'armed' and p.send_deadline = p_send_deadline))
    and p.claim_until > pg_catalog.clock_timestamp()
  returning p.id
$$;

-- ── settling ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Stores how prebookings ended, or that their end is not known yet. Each line of p_lines is { id, epoch, status, outcome, reason, reservationId,
-- receipt, lastSentAt }. Returns a card for each line that took effect, in this call or in an earlier call with the very same effect. If a line's
-- card is missing from the result, the line had no effect. A line whose change of state is not allowed, because another process has changed the
-- line's prebooking, must not make the other lines of p_lines fail. `lastSentAt`: no booking was sent after that instant, so that the quiet period
-- (in which a sent booking may still arrive) may begin at it.
create function public.settle_prebookings(p_lines jsonb, p_now timestamptz) returns setof jsonb
language plpgsql security definer set search_path = '' as $$
declare l record; p public.prebookings;
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
    return next public.prebooking_card(p);
  end loop;
end $$;

-- Notes one read of the gym's list that did not find the place of a prebooking in state `unknown`. A read of the gym's list counts only after the
-- quiet period (in which a sent booking may still arrive), and p_apart_ms after the last read that counted. `note_absence` returns the state `absent`
-- (the member has no place) once two reads after the quiet period, at least p_apart_ms apart, did not show the place.
create function public.note_absence(p_id uuid, p_quiet_ms integer, p_apart_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  update public.prebookings set negative_reads = negative_reads + 1, last_negative_at = p_now
  where id = p_id and status = 'unknown' and p_now >= send_deadline + p_quiet_ms * interval '1 millisecond'
    and (last_negative_at is null or p_now >= last_negative_at + p_apart_ms * interval '1 millisecond');
  select * into p from public.prebookings where id = p_id;
  if p.status is distinct from 'unknown' then return jsonb_build_object('state', 'settled'); end if;
  return jsonb_build_object('state', case when p.negative_reads >= 2 then 'absent' else 'unknown' end, 'prebooking', public.prebooking_card(p));
end $$;

-- The database's part of the sweep, which runs each minute. Prebookings whose class started without a race become missed; armed prebookings whose
-- claim ran out become unknown. Returns the prebookings to schedule a wake-up for (`toArm`), to race for immediately (`toExecute`), and to look
-- for in the gym's list (`toReconcile`).
create function public.sweep_prebookings(p_arm_before timestamptz, p_overdue_ms integer, p_late_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare missed jsonb; lost jsonb; r jsonb;
begin
  select coalesce(jsonb_agg(m), '[]') into missed from public.miss_prebookings(null, null, p_late_ms, p_now) m;
  with u as (update public.prebookings set status = 'unknown', outcome = 'checking', reason = 'owner lost', updated_at = p_now
    where is_live and status = 'armed' and claim_until < pg_catalog.clock_timestamp() returning id)
  select coalesce(jsonb_agg(u.id), '[]') into lost from u;
  -- Each of the lists `toArm`, `toExecute` and `toReconcile` has a limit of its own, so that many prebookings in one list do not delay those in
  -- another.
  select jsonb_build_object('missed', missed, 'lost', lost,
    'toArm', coalesce((select jsonb_agg(public.prebooking_card(p) order by p.opens_at) from (select * from public.prebookings
      where is_live and status = 'scheduling' and opens_at <= p_arm_before order by opens_at, id limit 500) p), '[]'),
    'toExecute', coalesce((select jsonb_agg(public.prebooking_card(p) order by p.opens_at) from (select distinct on (box_id, opens_at) * from public.prebookings
      where is_live and ((status in ('scheduling', 'scheduled') and opens_at <= p_now - p_overdue_ms * interval '1 millisecond')
        or (status = 'claimed' and claim_until < pg_catalog.clock_timestamp())) order by box_id, opens_at limit 200) p), '[]'),
    'toReconcile', coalesce((select jsonb_agg(public.prebooking_card(p) order by p.opens_at) from (select * from public.prebookings
      where is_live and status = 'unknown' order by opens_at, id limit 500) p), '[]')) into r;
  return r;
end $$;
