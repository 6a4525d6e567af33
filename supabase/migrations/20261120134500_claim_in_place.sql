-- A thousand prebookings are claimed, armed and settled within a second of each other: their rows change in place. A status that stands in
-- an index's predicate makes Postgres write every index anew for every change; whether a row is live changes once in its life.

alter table public.prebookings add column is_live boolean
  generated always as (status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown')) stored;
alter table public.prebookings set (fillfactor = 50);
drop index public.one_live_wish;
create unique index one_live_wish on public.prebookings
  (user_id, box_id, day, time_id, coalesce(class_name, ''), coalesce(family_id, '')) where is_live;
drop index public.prebookings_of_an_opening;
create index prebookings_of_an_opening on public.prebookings (box_id, opens_at) where is_live;

-- What is asked of live rows says so, or the index cannot serve. Otherwise as before.
create or replace function public.miss_prebookings(p_box_id uuid, p_opens_at timestamptz, p_late_ms integer, p_now timestamptz) returns setof uuid
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

create or replace function public.sweep_prebookings(p_arm_before timestamptz, p_overdue_ms integer, p_late_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare missed jsonb; lost jsonb; r jsonb;
begin
  select coalesce(jsonb_agg(m), '[]') into missed from public.miss_prebookings(null, null, p_late_ms, p_now) m;
  with u as (update public.prebookings set status = 'unknown', outcome = 'checking', reason = 'owner lost', updated_at = p_now
    where is_live and status = 'armed' and claim_until < pg_catalog.clock_timestamp() returning id)
  select coalesce(jsonb_agg(u.id), '[]') into lost from u;
  -- Each kind has a limit of its own: many of one must not starve another.
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

create or replace function public.readiness_due(p_marks_ms integer[], p_now timestamptz) returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.prebooking_card(p) || jsonb_build_object('backgroundStatus',
    (select case when s.quarantined_at is null then s.status else 'quarantined' end from public.auth_sessions s
      where s.user_id = p.user_id and s.session_type = 'background' and s.status <> 'revoked' order by s.last_token_update_date desc limit 1))
  from public.prebookings p
  cross join lateral (select max(p.opens_at - m * interval '1 millisecond') as at from unnest(p_marks_ms) m
    where p.opens_at - m * interval '1 millisecond' <= p_now) mark
  where p.is_live and p.status in ('scheduling', 'scheduled') and p.opens_at > p_now and mark.at is not null
    and coalesce((p.readiness ->> 'checkedAt')::timestamptz, '-infinity') < mark.at
  order by p.opens_at, p.created_at, p.id limit 200
$$;

create or replace function public.prebooking_of_opening(p_id uuid, p_box_id uuid, p_opens_at timestamptz) returns public.prebookings
language sql stable security definer set search_path = '' as $$
  select * from public.prebookings p where p.id = p_id
  union all
  (select * from public.prebookings p where p.box_id = p_box_id and p.opens_at = p_opens_at and p.id <> p_id and p.is_live
    order by p.created_at, p.id limit 1)
  limit 1
$$;

-- What a race needs of a claimed prebooking: two thirds of a card, a thousand times.
create type public.claimed_shape as (
  id uuid, "userId" uuid, "boxId" uuid, day text, "classId" text, "timeId" text, "className" text, "familyId" text, waitlist boolean,
  alternatives jsonb, status text, "opensAt" timestamptz, "startsAt" timestamptz, "scheduleVersion" integer,
  "claimEpoch" bigint, "wokenAt" timestamptz, "negativeReads" integer, "createdAt" timestamptz
);
create function public.claimed_shape_of(p public.prebookings) returns public.claimed_shape language sql stable as $$
  select row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
    p.opens_at, p.starts_at, p.schedule_version, p.claim_epoch, p.woken_at, p.negative_reads, p.created_at)::public.claimed_shape
$$;

-- As before, and answered as the text it was made as: to make jsonb of a thousand rows and text of it again took as long as to claim them.
drop function public.claim_prebookings;
create function public.claim_prebookings(p_id uuid, p_owner text, p_lead_ms integer, p_claim_ms integer, p_late_ms integer, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; at public.deleted_prebookings; taken json;
begin
  select m.id, m.box_id, m.opens_at into at from public.prebookings m where m.id = p_id;
  if not found then
    select * into at from public.deleted_prebookings d where d.id = p_id;
    if not found then return json_build_object('state', 'missing'); end if;
    -- The queue keeps no message for so long.
    delete from public.deleted_prebookings d where d.opens_at < p_now - interval '30 days';
  end if;
  if p_now < at.opens_at - p_lead_ms * interval '1 millisecond' then
    p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
    if p.id is null then return json_build_object('state', 'missing'); end if;
    return json_build_object('state', 'too-soon', 'prebooking', public.prebooking_card(p));
  end if;
  perform public.miss_prebookings(at.box_id, at.opens_at, p_late_ms, p_now);
  -- A delivery may overtake the row's own 'scheduled'.
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
  if taken is not null then return json_build_object('state', 'claimed', 'prebookings', taken); end if;
  p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
  if p.id is null then return json_build_object('state', 'missing'); end if;
  return json_build_object('state', case when p.is_live then 'in-progress' else 'settled' end,
    'prebooking', public.prebooking_card(p));
end $$;

revoke all on function public.claim_prebookings, public.claimed_shape_of from public, anon, authenticated;
grant execute on function public.claim_prebookings to service_role;
