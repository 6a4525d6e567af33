set check_function_bodies = off;

-- Watches: a member wants a place in a class that is full. Until the watch ends, a place that comes free is booked, or the member is notified of it.
-- A waitlist place that a race took is watched automatically ('move-up'), to see when it becomes a real place. The functions that read a watched day
-- are in watch_turns.sql, and the functions that book a freed place are in watch_takes.sql.

create table public.watches (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  box_id uuid not null references public.boxes (id),
  day text not null check (day ~ '^[0-9]{8}$'),
  class_id text,
  time_id text not null,
  class_name text,
  -- The person the place is for; set only for a 'move-up' (the watch of a waitlist place).
  family_id text,
  kind text not null check (kind in ('book', 'tell', 'move-up')),
  status text not null default 'watching' check (status in ('watching', 'taking', 'swapping', 'done', 'ended', 'withdrawn')),
  outcome text,
  not_after integer not null check (not_after between 0 and 1440),
  starts_at timestamptz not null,
  -- The instant at which the watch ends.
  ends_at timestamptz not null,
  -- The place to give back once the better place is booked: { boxId, day, reservationId, timeId, className }.
  instead jsonb,
  -- The prebooking that books the free place; for a 'move-up' (the watch of a waitlist place), the prebooking on the waitlist.
  prebooking_id uuid,
  takes integer not null default 0,
  -- The watch tries no booking before this instant, because its last booking was refused.
  rest_until timestamptz,
  -- True if the watch's latest notice said that a place is free. `told_at` is the time of the watch's latest notice.
  is_free boolean not null default false,
  told_at timestamptz,
  -- When the background session of the watch's member was last chosen to read the day; set only for a 'move-up' (the watch of a waitlist place).
  own_look_at timestamptz,
  -- Which of the two places of a swap is being given back: the old place, or the new (better) one. `sent_at`: from this instant on, the request to
  -- give back the place that `giving` names may have been sent.
  giving text not null default 'old' check (giving in ('old', 'new')),
  sent_at timestamptz,
  cancels integer not null default 0,
  absences integer not null default 0,
  next_step_at timestamptz,
  step_owner text,
  step_epoch bigint not null default 0,
  step_until timestamptz,
  settled_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  is_live boolean generated always as (status in ('watching', 'taking', 'swapping')) stored
);
-- Apart from 'move-up' watches, a member has at most one live watch for a class, whether the watch books or only notifies.
create unique index one_live_watch on public.watches
  (user_id, box_id, day, time_id, lower(btrim(coalesce(class_name, ''), E' \t\r\n'))) where is_live and kind <> 'move-up';
create unique index one_watch_a_waitlist_place on public.watches (prebooking_id) where kind = 'move-up';
create index watches_of_a_day on public.watches (box_id, day) where is_live;
create index watches_of_a_member on public.watches (user_id, created_at desc);
create index watches_by_prebooking on public.watches (prebooking_id) where prebooking_id is not null;

-- The days that watches read, and when each is next read. The row of a day exists while a watch looks for a free place on that day or books one.
create table public.watch_days (
  box_id uuid not null references public.boxes (id) on delete cascade,
  day text not null,
  next_at timestamptz not null,
  read_at timestamptz,
  -- The p_turn of the call of `take_watch_turns` that last took the right to read this day: repeated after a lost answer, that call gets the same
  -- days.
  turn text,
  reader uuid,
  primary key (box_id, day)
);
create index watch_days_by_turn on public.watch_days (next_at);

-- One row for each read of a watched day, kept for an hour or longer. The rows of the last hour are counted against the hourly limit of the box
-- and that of the background session.
create table public.watch_reads (
  id bigint generated always as identity primary key,
  box_id uuid not null references public.boxes (id) on delete cascade,
  user_id uuid not null references public.members (id) on delete cascade,
  read_at timestamptz not null
);
create index watch_reads_by_box on public.watch_reads (box_id, read_at);
create index watch_reads_by_user on public.watch_reads (user_id, read_at);

-- A box that answered 429 may be read half as often; each hour without a 429 doubles the allowed reads an hour again, up to the box's whole limit. A
-- box without a row has its whole limit of reads an hour.
create table public.watch_budgets (
  box_id uuid primary key references public.boxes (id) on delete cascade,
  per_hour integer not null check (per_hour > 0),
  cut_at timestamptz not null,
  -- The gym's Retry-After: the box is not read before this instant.
  not_before timestamptz
);
-- A member's background session reads no watched day until the instant `until`, because at its last read of a watched day the gym did not know the
-- session.
create table public.watch_rests (
  user_id uuid primary key references public.members (id) on delete cascade,
  until timestamptz not null
);

alter table public.watches enable row level security, force row level security;
alter table public.watch_days enable row level security, force row level security;
alter table public.watch_reads enable row level security, force row level security;
alter table public.watch_budgets enable row level security, force row level security;
alter table public.watch_rests enable row level security, force row level security;
revoke all on public.watches, public.watch_days, public.watch_reads, public.watch_budgets, public.watch_rests from public, anon, authenticated, service_role;

create function public.watch_card(w public.watches) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', w.id, 'userId', w.user_id, 'boxId', w.box_id, 'day', w.day, 'classId', w.class_id, 'timeId', w.time_id,
    'className', w.class_name, 'familyId', w.family_id, 'kind', w.kind, 'status', w.status, 'outcome', w.outcome, 'notAfter', w.not_after, 'startsAt', w.starts_at,
    'endsAt', w.ends_at, 'instead', w.instead, 'prebookingId', w.prebooking_id, 'isFree', w.is_free, 'restUntil', w.rest_until,
    'createdAt', w.created_at, 'settledAt', w.settled_at)
$$;

-- Whether the service works for this member: the member is admitted, and no erasure is under way.
create function public.is_served(p_user_id uuid) returns boolean language sql stable set search_path = '' as $$
  select exists (select from public.members m where m.id = p_user_id and m.admission = 'admitted' and m.erasing_at is null)
$$;

-- Creates a watch and makes its day due to be read immediately. Raises box/missing, account/erasing, watch/duplicate, watch/too-many. A call repeated
-- under the same id returns the same watch.
create function public.create_watch(
  p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_kind text, p_not_after integer,
  p_starts_at timestamptz, p_ends_at timestamptz, p_instead jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare w public.watches; most constant integer := 40;
begin
  if not exists (select from public.user_boxes where user_id = p_user_id and box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  if exists (select from public.members m where m.id = p_user_id and m.erasing_at is not null) then
    raise exception 'account/erasing' using errcode = 'PT409';
  end if;
  select * into w from public.watches where id = p_id and user_id = p_user_id;
  if found then return public.watch_card(w); end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('watches ' || p_user_id, 0));
  insert into public.watches (id, user_id, box_id, day, class_id, time_id, class_name, kind, not_after, starts_at, ends_at, instead, created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_kind, p_not_after, p_starts_at, p_ends_at, p_instead, p_now, p_now)
  returning * into w;
  if (select count(*) > most from public.watches m where m.user_id = p_user_id and m.is_live and m.kind <> 'move-up') then
    raise exception 'watch/too-many' using errcode = 'PT409';
  end if;
  return public.watch_card(w);
exception when unique_violation then
  raise exception 'watch/duplicate' using errcode = 'PT409';
end $$;

-- Makes the day of a new watch due to be read immediately, but no earlier than twenty seconds after that day's last read.
create function public.begin_watch_days() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.watch_days as d (box_id, day, next_at)
  select n.box_id, n.day, min(n.created_at) from new_watches n group by 1, 2
  on conflict (box_id, day) do update set next_at = least(d.next_at, greatest(excluded.next_at, d.read_at + interval '20 seconds'));
  return null;
end $$;
create trigger begin_watch_days after insert on public.watches
referencing new table as new_watches for each statement execute function public.begin_watch_days();

-- A member's watches, the newest first. p_from and p_to (YYYYMMDD), where given, are the first and the last day of the watched classes. A watch that
-- looks for a place has `everyMs`, the time between two reads of its day (watch_turns.sql).
create function public.read_member_watches(p_user_id uuid, p_from text, p_to text, p_limit integer, p_now timestamptz) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.watch_card(w) || jsonb_build_object('everyMs', case when w.status = 'watching' then public.watch_interval_ms(w.box_id, w.day, p_now) end)
  from (select * from public.watches x where x.user_id = p_user_id and (p_from is null or x.day >= p_from) and (p_to is null or x.day <= p_to)
    order by x.created_at desc, x.id limit p_limit) w
  order by w.created_at desc, w.id
$$;

-- Ends a watch at its member's request. Returns { state, watch }: the state is withdrawn | missing | too-late (a place is just being booked or given
-- back, or the watch has ended).
create function public.withdraw_watch(p_id uuid, p_user_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare w public.watches; freed boolean := true;
begin
  select * into w from public.watches where id = p_id and user_id = p_user_id for update;
  -- If the watch was withdrawn at this very p_now, this call was sent before, and its answer was lost.
  if found and w.status = 'withdrawn' and w.settled_at = p_now then return jsonb_build_object('state', 'withdrawn', 'watch', public.watch_card(w)); end if;
  if not found or w.status = 'withdrawn' then return jsonb_build_object('state', 'missing'); end if;
  if w.status = 'taking' then
    freed := public.withdraw_prebooking(w.prebooking_id, p_user_id, p_now) ->> 'state' = 'withdrawn';
  end if;
  if not freed or w.status not in ('watching', 'taking') then return jsonb_build_object('state', 'too-late', 'watch', public.watch_card(w)); end if;
  update public.watches set status = 'withdrawn', outcome = 'withdrawn', settled_at = p_now, updated_at = p_now where id = p_id returning * into w;
  return jsonb_build_object('state', 'withdrawn', 'watch', public.watch_card(w));
end $$;

-- When a member's admission ends or an erasure of the member begins, withdraws the member's watches in the state `watching`. A watch that is already
-- booking goes on.
create function public.end_watches_of_leavers() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.watches w set status = 'withdrawn', outcome = 'withdrawn', settled_at = coalesce(new.erasing_at, new.admission_at, w.updated_at)
  where w.user_id = new.id and w.status = 'watching';
  return null;
end $$;
create trigger end_watches_of_leavers after update of erasing_at, admission on public.members for each row
when (new.erasing_at is not null or new.admission <> 'admitted') execute function public.end_watches_of_leavers();

-- A member's watches, in the form in which the member's export has them.
create function public.export_watches(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(to_jsonb(w) - 'user_id' - 'step_owner' order by w.created_at), '[]') from public.watches w where w.user_id = p_user_id
$$;

revoke all on function public.watch_card, public.is_served, public.create_watch, public.begin_watch_days, public.read_member_watches,
  public.withdraw_watch, public.end_watches_of_leavers, public.export_watches from public, anon, authenticated, service_role;
grant execute on function public.create_watch, public.read_member_watches, public.withdraw_watch, public.export_watches to service_role;
