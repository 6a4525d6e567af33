set check_function_bodies = off;

-- Prebookings: the wish, the instant at which its class opens, its state, and the allowed changes of that state. The queue only wakes a process; the
-- table `prebookings` is the truth. The functions that claim, arm and settle prebookings are in 20261128000500_races.sql.

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
  updated_at timestamptz not null,
  -- `is_live` changes at most once in a row's life. A thousand prebookings may be claimed, armed or settled within one second, so their rows must
  -- change in place (HOT updates). With `status` in an index's predicate, Postgres would write every index anew for every change.
  is_live boolean generated always as (status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown')) stored
) with (fillfactor = 50);

-- A member has at most one live wish for each class and person (the member or a family member). A second live wish for the same class and person is a
-- duplicate, whichever request makes it. "WOD", "wod" and " WOD " are one class, as they are when a race looks for the class.
create unique index one_live_wish on public.prebookings
  (user_id, box_id, day, time_id, lower(btrim(coalesce(class_name, ''), E' \t\r\n')), coalesce(family_id, '')) where is_live;
create index prebookings_of_an_opening on public.prebookings (box_id, opens_at) where is_live;
create index prebookings_of_a_member on public.prebookings (user_id, created_at desc);

-- ── states ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
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

-- The allowed changes of state. services/prebooking/prebooking.ts holds the same table; a test compares the two.
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

-- One trigger function guards every change of a prebooking's state and writes one event for each change. The trigger runs once for a whole statement,
-- since one statement may claim a thousand rows. Nested loops are off in the plans of `guard_prebooking`: Postgres keeps the plan made for the first
-- statement, and a later statement may change a thousand rows.
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
  -- A row whose id was changed matches no row from before the change, and therefore has no allowed transition.
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

-- A wake-up (a message of the queue) names one prebooking and stands for all prebookings of its box and opening. This table keeps the box and opening
-- of a deleted prebooking, for a wake-up that still names that prebooking.
create table public.deleted_prebookings (
  id uuid primary key,
  box_id uuid not null references public.boxes (id) on delete cascade,
  opens_at timestamptz not null
);
create index deleted_prebookings_by_age on public.deleted_prebookings (opens_at);

create function public.remember_deleted_prebookings() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.deleted_prebookings (id, box_id, opens_at)
  select g.id, g.box_id, g.opens_at from gone_rows g join public.boxes b on b.id = g.box_id on conflict (id) do nothing;
  return null;
end $$;

create trigger remember_deleted_prebookings after delete on public.prebookings
referencing old table as gone_rows for each statement execute function public.remember_deleted_prebookings();

-- ── types and cards ────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- What a caller may see of a prebooking. A statement returns a thousand prebookings as rows of this type, at a fifth of the cost of a thousand jsonb
-- cards.
create type public.prebooking_shape as (
  id uuid, "userId" uuid, "boxId" uuid, day text, "classId" text, "timeId" text, "className" text, "familyId" text, waitlist boolean,
  alternatives jsonb, status text, "opensAt" timestamptz, "startsAt" timestamptz, "scheduleVersion" integer, "messageId" text,
  "claimEpoch" bigint, "wokenAt" timestamptz, "armedAt" timestamptz, "sendDeadline" timestamptz, "negativeReads" integer, outcome text,
  reason text, "reservationId" text, receipt jsonb, readiness jsonb, "settledAt" timestamptz, "createdAt" timestamptz
);

-- What a race needs of a claimed prebooking: two thirds of the columns of `prebooking_shape`, since a race may claim a thousand.
create type public.claimed_shape as (
  id uuid, "userId" uuid, "boxId" uuid, day text, "classId" text, "timeId" text, "className" text, "familyId" text, waitlist boolean,
  alternatives jsonb, status text, "opensAt" timestamptz, "startsAt" timestamptz, "scheduleVersion" integer,
  "claimEpoch" bigint, "wokenAt" timestamptz, "negativeReads" integer, "createdAt" timestamptz
);

-- The functions `shape_prebooking`, `prebooking_card` and `claimed_shape_of` set no search_path: Postgres inlines only functions without a `set`
-- clause. The bodies of `shape_prebooking`, `prebooking_card` and `claimed_shape_of` name the schema of everything they use outside pg_catalog, so
-- that no search_path can change what they do.
create function public.shape_prebooking(p public.prebookings) returns public.prebooking_shape language sql stable as $$
  select row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
    p.opens_at, p.starts_at, p.schedule_version, p.message_id, p.claim_epoch, p.woken_at, p.armed_at, p.send_deadline,
    p.negative_reads, p.outcome, p.reason, p.reservation_id, p.receipt, p.readiness, p.settled_at,
    p.created_at)::public.prebooking_shape
$$;

create function public.prebooking_card(p public.prebookings) returns jsonb language sql stable as $$
  select to_jsonb(public.shape_prebooking(p))
$$;

create function public.claimed_shape_of(p public.prebookings) returns public.claimed_shape language sql stable as $$
  select row(p.id, p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, p.waitlist, p.alternatives, p.status,
    p.opens_at, p.starts_at, p.schedule_version, p.claim_epoch, p.woken_at, p.negative_reads, p.created_at)::public.claimed_shape
$$;

-- ── a member's wishes ──────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Stores a wish. A member may have 16 live wishes at one opening of a box, and 80 in all. The limits of 16 and 80 live wishes are enough for a week
-- of a member and the family booked under the member's login. Without these limits, one member's wishes could delay the shots of other members.
-- Raises box/missing, prebooking/duplicate, prebooking/too-many.
create function public.create_prebooking(
  p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_family_id text,
  p_waitlist boolean, p_alternatives jsonb, p_opens_at timestamptz, p_starts_at timestamptz, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; most_at_one_opening constant integer := 16; most_in_all constant integer := 80;
begin
  if not exists (select 1 from public.user_boxes where user_id = p_user_id and box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  select * into p from public.prebookings where id = p_id and user_id = p_user_id;
  if found then return public.prebooking_card(p); end if;
  -- A member's requests to create wishes run one after the other, so that a thousand requests at the same time cannot exceed the limits on live
  -- wishes.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('wishes ' || p_user_id, 0));
  insert into public.prebookings (id, user_id, box_id, day, class_id, time_id, class_name, family_id, waitlist, alternatives, opens_at,
    starts_at, created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_family_id, p_waitlist, p_alternatives, p_opens_at,
    p_starts_at, p_now, p_now) returning * into p;
  -- The limits on live wishes are checked after the insert, so that a repeated wish is reported as a duplicate and not as too many.
  if (select count(*) > most_in_all or count(*) filter (where m.box_id = p_box_id and m.opens_at = p_opens_at) > most_at_one_opening
      from public.prebookings m where m.user_id = p_user_id and m.is_live) then
    raise exception 'prebooking/too-many' using errcode = 'PT409';
  end if;
  return public.prebooking_card(p);
exception when unique_violation then
  raise exception 'prebooking/duplicate' using errcode = 'PT409';
end $$;

-- Stores that the prebooking's wake-up (a message of the queue) is scheduled. Returns the number of rows changed: 0 when the prebooking was withdrawn
-- or claimed while the queue was asked for the wake-up.
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

-- Withdraws a prebooking that is not armed yet. The state returned is withdrawn or too-late (both with the prebooking's card), or missing.
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

-- ── readiness ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Prebookings due for a readiness check (can this race succeed?): one of the marks p_marks_ms (ms before the opening) has passed since their last
-- check.
create function public.readiness_due(p_marks_ms integer[], p_now timestamptz) returns setof jsonb language sql stable security definer set search_path = '' as $$
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

-- Stores the result of one prebooking's readiness check. The member is notified of a red result (the race cannot succeed), once for each prebooking
-- and reason. Returns 1, or 0 when the prebooking no longer waits for its race.
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
