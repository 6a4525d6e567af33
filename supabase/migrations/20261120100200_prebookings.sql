-- Prebookings: a wish, the instant it opens, and the one path through its states. The queue is an alarm clock; this table is the truth.

create table public.prebookings (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.members (id) on delete cascade,
  box_id uuid not null references public.boxes (id),
  day text not null check (day ~ '^[0-9]{8}$'),
  class_id text,
  time_id text not null,
  class_name text,
  family_id text,
  waitlist boolean not null default false,
  alternatives jsonb not null default '[]',
  status text not null default 'scheduling' check (status in ('scheduling', 'scheduled', 'claimed', 'armed', 'booked', 'waitlisted',
    'refused', 'unknown', 'unconfirmed', 'withdrawn', 'missed')),
  opens_at timestamptz not null,
  starts_at timestamptz not null,
  schedule_version integer not null default 0,
  message_id text,
  spare_message_id text,
  claim_owner text,
  claim_epoch bigint not null default 0,
  claim_until timestamptz,
  woken_at timestamptz,
  armed_at timestamptz,
  send_deadline timestamptz,
  negative_reads integer not null default 0,
  last_negative_at timestamptz,
  readiness jsonb,
  outcome text,
  reason text,
  reservation_id text,
  receipt jsonb,
  settled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
-- One live wish a member, class and person: the second is a duplicate, whoever asks and however often.
create unique index one_live_wish on public.prebookings
  (user_id, box_id, day, time_id, coalesce(class_name, ''), coalesce(family_id, ''))
  where status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown');
create index prebookings_of_an_opening on public.prebookings (box_id, opens_at)
  where status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown');
create index prebookings_of_a_member on public.prebookings (user_id, created_at desc);

create table public.prebooking_events (
  id bigint generated always as identity primary key,
  prebooking_id uuid not null references public.prebookings (id) on delete cascade,
  user_id uuid not null,
  from_status text,
  to_status text not null,
  reason text,
  at timestamptz not null
);
create index prebooking_events_by_prebooking on public.prebooking_events (prebooking_id, id);

-- The states as data. services/prebooking/prebooking.ts holds the same table; a test compares them.
create table public.prebooking_transitions (
  from_status text not null,
  to_status text not null,
  primary key (from_status, to_status)
);
insert into public.prebooking_transitions values
  ('scheduling', 'scheduled'), ('scheduling', 'withdrawn'), ('scheduling', 'missed'),
  ('scheduled', 'claimed'), ('scheduled', 'withdrawn'), ('scheduled', 'missed'),
  ('claimed', 'armed'), ('claimed', 'booked'), ('claimed', 'waitlisted'), ('claimed', 'refused'), ('claimed', 'withdrawn'), ('claimed', 'missed'),
  ('armed', 'booked'), ('armed', 'waitlisted'), ('armed', 'refused'), ('armed', 'unknown'), ('armed', 'claimed'),
  ('unknown', 'booked'), ('unknown', 'waitlisted'), ('unknown', 'unconfirmed');

-- One function guards every road and writes the one event of every change: for a whole statement at once, as a thousand may be claimed by one.
-- Without nested loops: the plan is made for whatever statement comes first, and kept for one that changes a thousand rows.
create function public.guard_prebooking() returns trigger language plpgsql security definer set search_path = '' set enable_nestloop = off as $$
declare was text; became text;
begin
  if tg_op = 'INSERT' then
    select n.status into became from after_rows n where n.status <> 'scheduling' limit 1;
    if found then raise exception 'a prebooking begins as scheduling, not %', became using errcode = 'PT409'; end if;
    insert into public.prebooking_events (prebooking_id, user_id, from_status, to_status, at)
    select n.id, n.user_id, null, n.status, n.created_at from after_rows n;
    return null;
  end if;
  -- A row that was given another id meets no old one, and has no road at all.
  select o.status, n.status into was, became from before_rows o full join after_rows n on n.id = o.id
  where o.status is distinct from n.status and not exists (
    select 1 from public.prebooking_transitions t where t.from_status = o.status and t.to_status = n.status) limit 1;
  if found then raise exception 'a prebooking cannot go from % to %', was, became using errcode = 'PT409'; end if;
  insert into public.prebooking_events (prebooking_id, user_id, from_status, to_status, reason, at)
  select n.id, n.user_id, o.status, n.status, n.reason, n.updated_at from before_rows o join after_rows n on n.id = o.id where n.status <> o.status;
  return null;
end $$;
create trigger begin_prebooking after insert on public.prebookings
referencing new table as after_rows for each statement execute function public.guard_prebooking();
create trigger guard_prebooking after update on public.prebookings
referencing old table as before_rows new table as after_rows for each statement execute function public.guard_prebooking();

-- What a caller sees of a prebooking. As a row for a thousand at once (a fifth of what a thousand cards cost), as a card for one.
create type public.prebooking_shape as (
  id uuid, "userId" uuid, "boxId" uuid, day text, "classId" text, "timeId" text, "className" text, "familyId" text, waitlist boolean,
  alternatives jsonb, status text, "opensAt" timestamptz, "startsAt" timestamptz, "scheduleVersion" integer, "messageId" text,
  "claimEpoch" bigint, "wokenAt" timestamptz, "armedAt" timestamptz, "sendDeadline" timestamptz, "negativeReads" integer, outcome text,
  reason text, "reservationId" text, receipt jsonb, readiness jsonb, "settledAt" timestamptz, "createdAt" timestamptz
);
-- No search_path of their own: only then are they part of the statement that uses them, and they use nothing but pg_catalog and the type.
create function public.shape_prebooking(p public.prebookings) returns public.prebooking_shape language sql stable as $$
  select row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
    p.opens_at, p.starts_at, p.schedule_version, p.message_id, p.claim_epoch, p.woken_at, p.armed_at, p.send_deadline,
    p.negative_reads, p.outcome, p.reason, p.reservation_id, p.receipt, p.readiness, p.settled_at,
    p.created_at)::public.prebooking_shape
$$;
create function public.prebooking_card(p public.prebookings) returns jsonb language sql stable as $$
  select to_jsonb(public.shape_prebooking(p))
$$;

create function public.create_prebooking(
  p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_family_id text,
  p_waitlist boolean, p_alternatives jsonb, p_opens_at timestamptz, p_starts_at timestamptz, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  if not exists (select 1 from public.user_boxes where user_id = p_user_id and box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  select * into p from public.prebookings where id = p_id and user_id = p_user_id;
  if found then return public.prebooking_card(p); end if;
  insert into public.prebookings (id, user_id, box_id, day, class_id, time_id, class_name, family_id, waitlist, alternatives, opens_at,
    starts_at, created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_family_id, p_waitlist, p_alternatives, p_opens_at,
    p_starts_at, p_now, p_now) returning * into p;
  return public.prebooking_card(p);
exception when unique_violation then
  raise exception 'prebooking/duplicate' using errcode = 'PT409';
end $$;

-- The wake-up is armed. Answers the number of rows: 0 when it left 'scheduling' meanwhile (withdrawn, or already claimed).
create function public.mark_scheduled(p_id uuid, p_version integer, p_message_id text, p_spare_message_id text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings set status = 'scheduled', message_id = p_message_id, spare_message_id = p_spare_message_id,
    schedule_version = p_version, updated_at = p_now
  where id = p_id and status in ('scheduling', 'scheduled');
  get diagnostics n = row_count;
  return n;
end $$;

create function public.read_prebooking(p_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select public.prebooking_card(p) from public.prebookings p where p.id = p_id
$$;
create function public.read_member_prebookings(p_user_id uuid, p_status text, p_limit integer) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.prebooking_card(p) from public.prebookings p
  where p.user_id = p_user_id and (p_status is null or p.status = p_status) order by p.created_at desc, p.id limit p_limit
$$;

-- What came too late: the class has begun, or booking has been open for so long that a race is no longer what the member asked for.
-- One that was asked for when booking was open already counts from the asking.
create function public.miss_prebookings(p_box_id uuid, p_opens_at timestamptz, p_late_ms integer, p_now timestamptz) returns setof uuid
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  for p in
    update public.prebookings m set status = 'missed', outcome = 'missed', settled_at = p_now, updated_at = p_now,
      reason = case when m.starts_at <= p_now then 'class started' else 'woken too late' end
    where (p_box_id is null or (m.box_id = p_box_id and m.opens_at = p_opens_at))
      and (m.status in ('scheduling', 'scheduled') or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp()))
      and (m.starts_at <= p_now or greatest(m.opens_at, m.created_at) < p_now - p_late_ms * interval '1 millisecond')
    returning m.*
  loop
    perform public.post_notice(p.user_id, 'prebooking-missed', 'prebooking:' || p.id, jsonb_build_object('prebookingId', p.id), p_now);
    return next p.id;
  end loop;
end $$;

-- The first delivery takes every prebooking of that box and instant, in order of creation; any later one finds nothing to take.
-- state: missing | settled | too-soon | in-progress | claimed (with the prebookings taken).
create function public.claim_prebookings(p_id uuid, p_owner text, p_lead_ms integer, p_claim_ms integer, p_late_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; taken json;
begin
  select * into p from public.prebookings where id = p_id;
  if not found then return json_build_object('state', 'missing'); end if;
  if p_now < p.opens_at - p_lead_ms * interval '1 millisecond' then
    return json_build_object('state', 'too-soon', 'prebooking', public.prebooking_card(p));
  end if;
  perform public.miss_prebookings(p.box_id, p.opens_at, p_late_ms, p_now);
  -- A delivery may overtake the row's own 'scheduled'.
  update public.prebookings set status = 'scheduled', updated_at = p_now
  where box_id = p.box_id and opens_at = p.opens_at and status = 'scheduling' and starts_at > p_now;
  with mates as (
    select m.id from public.prebookings m
    where m.box_id = p.box_id and m.opens_at = p.opens_at and m.starts_at > p_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and (m.claim_until < pg_catalog.clock_timestamp() or m.claim_owner = p_owner)))
    order by m.created_at, m.id for update skip locked
  ), got as (
    update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
      claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
    from mates where u.id = mates.id returning u.*
  )
  select json_agg(public.shape_prebooking(got) order by got.created_at, got.id) into taken from got;
  if taken is not null then return json_build_object('state', 'claimed', 'prebookings', taken); end if;
  select * into p from public.prebookings where id = p_id;
  return json_build_object('state', case when p.status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown') then 'in-progress' else 'settled' end,
    'prebooking', public.prebooking_card(p));
end $$;

-- A beat of the heart. A claim that ran out is not brought back to life by its late owner: somebody may have judged by its end already.
create function public.extend_claims(p_ids uuid[], p_owner text, p_claim_ms integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings set claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond'
  where id = any (p_ids) and claim_owner = p_owner and status in ('claimed', 'armed') and claim_until > pg_catalog.clock_timestamp();
  get diagnostics n = row_count;
  return n;
end $$;

-- The durable mark before anything is sent. Answers the ids that are armed: a withdrawn one, or one claimed anew by another, is not among them.
-- Asked again with the same claim it answers the same, for a lost answer of ours.
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

-- How prebookings ended (or that nobody knows yet). Each line { id, epoch, status, outcome, reason, reservationId, receipt, lastSentAt }.
-- Answers a card for each line that took effect now or had taken the very same effect before; a missing one is a finding for the caller.
-- A line whose road is closed (somebody moved its row meanwhile) must not take the others down with it.
-- lastSentAt: nothing was written after it, so that the quiet period of an unknown one may begin there.
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

-- Withdrawable until it is armed. state: withdrawn | missing | too-late (with the card).
create function public.withdraw_prebooking(p_id uuid, p_user_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  update public.prebookings set status = 'withdrawn', outcome = 'withdrawn', claim_epoch = claim_epoch + 1, settled_at = p_now, updated_at = p_now
  where id = p_id and user_id = p_user_id and status in ('scheduling', 'scheduled', 'claimed') returning * into p;
  if found then return jsonb_build_object('state', 'withdrawn', 'prebooking', public.prebooking_card(p)); end if;
  select * into p from public.prebookings where id = p_id and user_id = p_user_id;
  if not found then return jsonb_build_object('state', 'missing'); end if;
  return jsonb_build_object('state', case p.status when 'withdrawn' then 'withdrawn' else 'too-late' end, 'prebooking', public.prebooking_card(p));
end $$;

-- One look for the place of an unknown prebooking that did not find it. Counts only after the quiet period, and some way from the last
-- look that counted; the second such look decides.
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

-- What the minute's sweep finds: classes that started without us are missed, armed ones whose owner is gone become unknown;
-- answered are those to arm, to execute at once, and to look for at the gym.
create function public.sweep_prebookings(p_arm_before timestamptz, p_overdue_ms integer, p_late_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare missed jsonb; lost jsonb; r jsonb;
begin
  select coalesce(jsonb_agg(m), '[]') into missed from public.miss_prebookings(null, null, p_late_ms, p_now) m;
  with u as (update public.prebookings set status = 'unknown', outcome = 'checking', reason = 'owner lost', updated_at = p_now
    where status = 'armed' and claim_until < pg_catalog.clock_timestamp() returning id)
  select coalesce(jsonb_agg(u.id), '[]') into lost from u;
  -- Each kind has a limit of its own: many of one must not starve another.
  select jsonb_build_object('missed', missed, 'lost', lost,
    'toArm', coalesce((select jsonb_agg(public.prebooking_card(p) order by p.opens_at) from (select * from public.prebookings
      where status = 'scheduling' and opens_at <= p_arm_before order by opens_at, id limit 500) p), '[]'),
    'toExecute', coalesce((select jsonb_agg(public.prebooking_card(p) order by p.opens_at) from (select distinct on (box_id, opens_at) * from public.prebookings
      where (status in ('scheduling', 'scheduled') and opens_at <= p_now - p_overdue_ms * interval '1 millisecond')
        or (status = 'claimed' and claim_until < pg_catalog.clock_timestamp()) order by box_id, opens_at limit 200) p), '[]'),
    'toReconcile', coalesce((select jsonb_agg(public.prebooking_card(p) order by p.opens_at) from (select * from public.prebookings
      where status = 'unknown' order by opens_at, id limit 500) p), '[]')) into r;
  return r;
end $$;

-- How long it takes to get ready, ms: the 99th of a hundred of the latest races. Null until there are some.
create function public.read_preparation(p_now timestamptz) returns double precision language sql stable security definer set search_path = '' as $$
  select case when count(*) >= 5 then percentile_cont(0.99) within group (order by x.ms) end from (
    select extract(epoch from (p.receipt ->> 'readyAt')::timestamptz - p.woken_at) * 1000 as ms from public.prebookings p
    where p.settled_at > p_now - interval '30 days' and p.woken_at is not null and p.receipt ->> 'readyAt' is not null
    order by p.settled_at desc limit 500) x
$$;

-- Prebookings whose readiness was last looked at before the latest of the given marks (ms before the opening) that has passed.
create function public.readiness_due(p_marks_ms integer[], p_now timestamptz) returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.prebooking_card(p) || jsonb_build_object('backgroundStatus',
    (select case when s.quarantined_at is null then s.status else 'quarantined' end from public.auth_sessions s
      where s.user_id = p.user_id and s.session_type = 'background' and s.status <> 'revoked' order by s.last_token_update_date desc limit 1))
  from public.prebookings p
  cross join lateral (select max(p.opens_at - m * interval '1 millisecond') as at from unnest(p_marks_ms) m
    where p.opens_at - m * interval '1 millisecond' <= p_now) mark
  where p.status in ('scheduling', 'scheduled') and p.opens_at > p_now and mark.at is not null
    and coalesce((p.readiness ->> 'checkedAt')::timestamptz, '-infinity') < mark.at
  order by p.opens_at, p.created_at, p.id limit 200
$$;

-- What a look found. Red is told to the member, once for each reason. Answers 0 when the prebooking has moved on.
create function public.note_readiness(p_id uuid, p_readiness jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  update public.prebookings set readiness = p_readiness where id = p_id and status in ('scheduling', 'scheduled') returning * into p;
  if not found then return 0; end if;
  if p_readiness ->> 'level' = 'red' then
    perform public.post_notice(p.user_id, 'prebooking-at-risk', 'at-risk:' || p.id || ':' || (p_readiness -> 'findings' -> 0 ->> 'kind'),
      jsonb_build_object('prebookingId', p.id, 'finding', p_readiness -> 'findings' -> 0 ->> 'kind'), p_now);
  end if;
  return 1;
end $$;

-- Deliveries of the queue, by the id of their signature. A second time with the same one is a replay.
create table public.webhook_seen (
  jti text primary key,
  message_id text,
  first_seen timestamptz not null,
  result text
);
create index webhook_seen_by_age on public.webhook_seen (first_seen);

-- Answers { replayed, result }: `result` is null while the first is still at work, or died at it.
create function public.note_delivery(p_jti text, p_message_id text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare w public.webhook_seen;
begin
  insert into public.webhook_seen (jti, message_id, first_seen) values (p_jti, p_message_id, p_now) on conflict (jti) do nothing returning * into w;
  if found then
    delete from public.webhook_seen where jti in (select jti from public.webhook_seen where first_seen < p_now - interval '7 days' limit 100);
    return jsonb_build_object('replayed', false);
  end if;
  select * into w from public.webhook_seen where jti = p_jti;
  return jsonb_build_object('replayed', true, 'result', w.result);
end $$;
create function public.end_delivery(p_jti text, p_result text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.webhook_seen set result = coalesce(result, p_result) where jti = p_jti;
  get diagnostics n = row_count;
  return n;
end $$;
