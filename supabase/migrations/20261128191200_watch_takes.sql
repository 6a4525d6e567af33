set check_function_bodies = off;

-- What a read of a watched day found: places that came free, and what is done about them. A free place is booked through a prebooking whose opening
-- is the instant at which the read of the day is stored (p_now). The prebooking of a free place is claimed, armed, shot and read back like any other,
-- so this file repeats no step of a race. When the prebooking of a free place has ended, the watch that made the prebooking ends or goes on looking.

-- Whether a watch goes on after the prebooking that it made ended with the outcome p_outcome. A watch goes on if the class was full after all, or if
-- the gym did not process the request: a place may come free again.
create function public.watch_goes_on(p_outcome text) returns boolean language sql immutable set search_path = '' as $$
  select p_outcome in ('full', 'not-sent', 'turned-away', 'missed', 'session-dead', 'too-early')
$$;

-- Stores what one read of a watched day showed: p_seen is { takes: [{ watchId, prebookingId, classId }], free, full, cancelled, own, movedUp, left },
-- with the places to book in `takes`. The other fields of p_seen are lists of watch ids. The class of a `full` or `cancelled` watch is full or
-- cancelled; a `free` watch only tells its member of the free place. The member of an `own` watch has a place in the class by now. The member of a
-- `movedUp` watch has a place instead of the waitlist place. The member of a `left` watch has left the waitlist. Returns the ids of the prebookings
-- that were created, in the order of their watches; the opening of each prebooking is p_now. A repeated call changes nothing and returns the same
-- result.
create function public.note_watch_day(p_seen jsonb, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare t record; w public.watches; begun uuid[] := '{}';
begin
  for t in select * from jsonb_to_recordset(p_seen -> 'takes') as x("watchId" uuid, "prebookingId" uuid, "classId" text) loop
    select * into w from public.watches x where x.id = t."watchId" for update;
    if not found or w.status <> 'watching' or not public.is_served(w.user_id) then
      if w.status = 'taking' and w.prebooking_id = t."prebookingId" then begun := begun || w.prebooking_id; end if;
      continue;
    end if;
    begin
      insert into public.prebookings (id, user_id, box_id, day, class_id, time_id, class_name, waitlist, opens_at, starts_at, created_at, updated_at)
      values (t."prebookingId", w.user_id, w.box_id, w.day, t."classId", w.time_id, w.class_name, false, p_now, w.starts_at, w.created_at, p_now);
    exception when unique_violation then
      -- The member already has a prebooking that waits for this very class, so the watch makes none.
      continue;
    end;
    update public.prebookings p set status = 'scheduled', updated_at = p_now where p.id = t."prebookingId";
    update public.watches x set status = 'taking', prebooking_id = t."prebookingId", takes = x.takes + 1, updated_at = p_now where x.id = w.id;
    begun := begun || t."prebookingId";
  end loop;
  for w in update public.watches x set is_free = true, told_at = p_now, updated_at = p_now
    where x.id in (select value::uuid from jsonb_array_elements_text(p_seen -> 'free')) and x.kind = 'tell' and x.status = 'watching' and not x.is_free
      and (x.told_at is null or x.told_at <= p_now - interval '10 minutes') and public.is_served(x.user_id) returning x.* loop
    perform public.post_notice(w.user_id, 'place-freed', 'place-freed:' || w.id || ':' || p_now, public.watch_news(w), p_now);
  end loop;
  update public.watches x set is_free = false where x.id in (select value::uuid from jsonb_array_elements_text(p_seen -> 'full')) and x.is_free and x.is_live;
  perform public.end_watch(x, 'done', 'class-cancelled', 'watch-class-cancelled', p_now) from public.watches x
    where x.id in (select value::uuid from jsonb_array_elements_text(p_seen -> 'cancelled')) and x.status = 'watching';
  perform public.end_watch(x, 'done', 'already-booked', null, p_now) from public.watches x
    where x.id in (select value::uuid from jsonb_array_elements_text(p_seen -> 'own')) and x.status = 'watching';
  perform public.end_watch(x, 'done', 'moved-up', 'place-moved-up', p_now) from public.watches x
    where x.id in (select value::uuid from jsonb_array_elements_text(p_seen -> 'movedUp')) and x.status = 'watching';
  perform public.end_watch(x, 'done', 'left', null, p_now) from public.watches x
    where x.id in (select value::uuid from jsonb_array_elements_text(p_seen -> 'left')) and x.status = 'watching';
  return array_to_json(begun);
end $$;

-- The payload of a notice about a watch, with the watch's class. For a move-up, `prebookingId` is the prebooking on the waitlist. For any other watch
-- that is `taking` or `swapping`, `prebookingId` is the prebooking for the free place. In all other cases `prebookingId` is absent.
create function public.watch_news(w public.watches) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_strip_nulls(jsonb_build_object('watchId', w.id, 'boxId', w.box_id, 'day', w.day, 'timeId', w.time_id, 'className', w.class_name,
    'startsAt', w.starts_at, 'prebookingId', case when w.kind = 'move-up' or w.status in ('taking', 'swapping') then w.prebooking_id end))
$$;

-- Ends a watch and, unless p_notice is null, notifies its member with that notice, once.
create function public.end_watch(w public.watches, p_status text, p_outcome text, p_notice text, p_now timestamptz) returns integer
language plpgsql set search_path = '' as $$
begin
  update public.watches x set status = p_status, outcome = p_outcome, settled_at = p_now, updated_at = p_now, step_until = null where x.id = w.id;
  if p_notice is not null then
    perform public.post_notice(w.user_id, p_notice, 'watch:' || w.id || ':' || p_notice, public.watch_news(w), p_now);
  end if;
  return 1;
end $$;

-- Settles the watches whose prebooking has ended, and ends the watches whose `ends_at` has passed. Notifies a member, once for each watch, if the
-- member has no live login at the gym that the watch could use. On the evening before a class, posts reminders of waitlist places that became real
-- places. Returns { settled, ended }: the number of watches whose prebooking had ended, and the number of watches ended because their `ends_at` had
-- passed.
create function public.settle_watches(p_now timestamptz) returns json language plpgsql security definer set search_path = '' as $$
declare w public.watches; p public.prebookings; settled integer := 0; ended integer := 0; r record;
begin
  for w in select * from public.watches x where x.is_live and x.status = 'taking' order by x.id for update skip locked loop
    select * into p from public.prebookings b where b.id = w.prebooking_id;
    if p.is_live then continue; end if;
    settled := settled + 1;
    if p.status = 'booked' and w.instead is not null or p.status = 'unconfirmed' and w.instead is not null then
      -- The gym may have given the place that an unconfirmed prebooking asked for. A swap cancels one of its two places only after it has seen both
      -- in the gym's lists.
      update public.watches x set status = 'swapping', next_step_at = p_now, updated_at = p_now where x.id = w.id;
    elsif p.status = 'booked' then
      perform public.end_watch(w, 'done', p.outcome, case when p.outcome = 'booked' then 'place-taken' end, p_now);
    elsif p.status in ('waitlisted', 'unconfirmed') then
      perform public.end_watch(w, 'done', p.status, null, p_now);
    elsif p.id is null or p.status = 'withdrawn' or not public.is_served(w.user_id) then
      perform public.end_watch(w, 'withdrawn', 'withdrawn', null, p_now);
    elsif public.watch_goes_on(coalesce(p.outcome, p.status)) then
      update public.watches x set status = 'watching', updated_at = p_now, rest_until = p_now + case
        when p.outcome in ('session-dead', 'too-early') then interval '10 minutes'
        else least(600, 20 * power(2, least(w.takes, 10) - 1)) * interval '1 second' end
      where x.id = w.id;
      insert into public.watch_days (box_id, day, next_at) values (w.box_id, w.day, p_now) on conflict (box_id, day) do nothing;
    else
      -- The prebooking's own notice has already told the member why the watch ends.
      perform public.end_watch(w, 'done', p.outcome, null, p_now);
    end if;
  end loop;
  for w in select * from public.watches x where x.is_live and x.status = 'watching' and x.ends_at <= p_now order by x.id for update skip locked loop
    ended := ended + public.end_watch(w, 'ended', case when w.told_at is null then 'not-freed' else 'told' end,
      case when w.told_at is null then 'watch-ended' end, p_now);
  end loop;
  -- Members with a kept login are not notified of a dead session, since the kept login restores the session without them.
  for w in select x.* from public.watches x join public.members m on m.id = x.user_id and m.admission = 'admitted' and m.erasing_at is null
    where x.is_live and x.status = 'watching'
      and not exists (select from public.auth_sessions s where s.user_id = x.user_id and s.session_type = 'background' and s.quarantined_at is null
        and s.status in ('live', 'uncertain', 'suspect'))
      and not exists (select from public.kept_logins k where k.user_id = x.user_id)
      and not exists (select from public.outbox o where o.dedupe_key = 'watch:' || x.id || ':watch-at-risk') loop
    perform public.post_notice(w.user_id, 'watch-at-risk', 'watch:' || w.id || ':watch-at-risk', public.watch_news(w), p_now);
  end loop;
  -- Waitlist places that became real places get the reminder that `post_reminders` posts for places that a race won.
  for r in select x.user_id, x.prebooking_id from public.watches x join public.boxes b on b.id = x.box_id,
      lateral (select ((x.starts_at at time zone b.time_zone)::date - 1 + time '18:00') at time zone b.time_zone as evening) e
    where x.kind = 'move-up' and x.outcome = 'moved-up' and x.starts_at > p_now + interval '2 hours' and x.starts_at < p_now + interval '31 hours'
      and e.evening <= p_now and x.settled_at < e.evening loop
    perform public.post_notice(r.user_id, 'class-reminder', 'reminder:' || r.prebooking_id, jsonb_build_object('prebookingId', r.prebooking_id), p_now);
  end loop;
  return json_build_object('settled', settled, 'ended', ended);
end $$;

-- Decides which notices about a prebooking are posted. No notice about a prebooking that a watch created is posted while the watch goes on, or where
-- the watch's own notice says more. No reminder of a class is posted for a place that the member's swap gave up. When the notice of a waitlist place
-- is posted before the class starts, a 'move-up' watch of that place begins.
create function public.judge_watch_notices() returns trigger language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  select * into p from public.prebookings b where b.id = (new.payload ->> 'prebookingId')::uuid and b.user_id = new.user_id;
  if not found then return new; end if;
  if new.kind = 'class-reminder' then
    return case when exists (select from public.watches w where w.user_id = p.user_id and w.outcome = 'swapped'
      and w.instead ->> 'reservationId' = p.reservation_id and (w.instead ->> 'boxId')::uuid = p.box_id) then null else new end;
  end if;
  if new.kind = 'prebooking-waitlisted' then
    if p.starts_at <= new.created_at then return new; end if;
    insert into public.watches (id, user_id, box_id, day, class_id, time_id, class_name, family_id, kind, not_after, starts_at, ends_at, prebooking_id,
      created_at, updated_at)
    values (gen_random_uuid(), p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, 'move-up', 0, p.starts_at, p.starts_at, p.id,
      new.created_at, new.created_at)
    on conflict (prebooking_id) where kind = 'move-up' do nothing;
    return new;
  end if;
  if exists (select from public.watches w where w.prebooking_id = p.id and w.kind = 'book' and w.status = 'taking' and (
      (p.status = 'booked' and p.outcome = 'booked') or (p.status = 'unconfirmed' and w.instead is not null)
      or (p.status in ('refused', 'missed') and public.watch_goes_on(coalesce(p.outcome, p.status))))) then
    return null;
  end if;
  return new;
end $$;
create trigger judge_watch_notices before insert on public.outbox for each row
when (new.kind in ('prebooking-booked', 'prebooking-waitlisted', 'prebooking-refused', 'prebooking-missed', 'prebooking-unconfirmed', 'class-reminder'))
execute function public.judge_watch_notices();

-- Waitlist places that were won before watches existed are watched from this migration on.
insert into public.watches (id, user_id, box_id, day, class_id, time_id, class_name, family_id, kind, not_after, starts_at, ends_at, prebooking_id,
  created_at, updated_at)
select gen_random_uuid(), p.user_id, p.box_id, p.day, p.class_id, p.time_id, p.class_name, p.family_id, 'move-up', 0, p.starts_at, p.starts_at, p.id,
  p.settled_at, p.settled_at
from public.prebookings p where p.status = 'waitlisted' and p.starts_at > now();

-- Stores a member's own places of a day, as a read of the gym's list showed them, in the member's calendar if there is one. Returns how many calendar
-- entries were cancelled, as `note_calendar_day` does.
create function public.note_places(p_user_id uuid, p_box_id uuid, p_day text, p_mine jsonb, p_now timestamptz) returns integer
language sql security definer set search_path = '' as $$
  select case when exists (select from public.calendars c where c.user_id = p_user_id)
    then public.note_calendar_day(p_user_id, p_box_id, p_day, p_mine, p_now) else 0 end
$$;

-- Returns which prebookings of p_ids were created to take a freed place: what happens to these teaches nothing about when the box opens its classes.
create function public.takes_among(p_ids uuid[]) returns json language sql stable security definer set search_path = '' as $$
  select coalesce(json_agg(w.prebooking_id), '[]') from public.watches w where w.prebooking_id = any (p_ids) and w.kind = 'book'
$$;

-- ── swaps ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Swaps with a step that is due, each leased to one process at a time. A call repeated with the same p_owner returns the same steps.
create function public.take_swap_steps(p_owner text, p_lease_ms integer, p_limit integer, p_now timestamptz) returns json
language sql security definer set search_path = '' as $$
  with due as (
    select x.id from public.watches x where x.is_live and x.status = 'swapping' and x.next_step_at <= p_now
      and (x.step_until is null or x.step_until < pg_catalog.clock_timestamp() or x.step_owner = p_owner)
    order by x.next_step_at, x.id limit p_limit for update skip locked
  ), taken as (
    update public.watches w set step_owner = p_owner, step_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond',
      step_epoch = w.step_epoch + case when w.step_owner is distinct from p_owner then 1 else 0 end
    from due where w.id = due.id returning w.*)
  select coalesce(json_agg(public.watch_card(t) || jsonb_build_object('epoch', t.step_epoch, 'giving', t.giving, 'sentAt', t.sent_at, 'cancels', t.cancels,
    'absences', t.absences, 'box', public.box_card(b), 'insteadBox', public.box_card(o), 'reservationId', p.reservation_id, 'slotId', p.class_id,
    'takenAt', p.settled_at)), '[]')
  from taken t join public.boxes b on b.id = t.box_id join public.boxes o on o.id = (t.instead ->> 'boxId')::uuid
    join public.prebookings p on p.id = t.prebooking_id
$$;

-- Writes down that a request to give a place back is about to be sent; the caller sends it afterwards. Returns 0 if the caller has lost the lease
-- p_epoch of the swap's step; the caller then sends nothing. A call that is repeated with the same arguments returns 1 like the first call.
create function public.mark_swap_sent(p_id uuid, p_epoch bigint, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.watches w set sent_at = p_now, cancels = w.cancels + case when w.sent_at is distinct from p_now then 1 else 0 end, updated_at = p_now
  where w.id = p_id and w.step_epoch = p_epoch and w.status = 'swapping' and w.step_until > pg_catalog.clock_timestamp();
  get diagnostics n = row_count;
  return n;
end $$;

-- Stores the result of one step of a swap: { giving, isSent, absences, afterMs } if the swap goes on, { outcome, notice } if the swap is over.
-- `giving` names the place being cancelled (old or new), and `absences` counts reads of the gym's list in a row without the new place. A p_step with
-- a `notice` and without an `outcome` notifies the member, and the swap goes on.
create function public.end_swap_step(p_id uuid, p_epoch bigint, p_step jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare w public.watches;
begin
  select * into w from public.watches x where x.id = p_id and x.step_epoch = p_epoch and x.status = 'swapping' for update;
  if not found then return 0; end if;
  if p_step ->> 'outcome' is not null then return public.end_watch(w, 'done', p_step ->> 'outcome', p_step ->> 'notice', p_now); end if;
  if p_step ->> 'notice' is not null then
    perform public.post_notice(w.user_id, p_step ->> 'notice', 'watch:' || w.id || ':' || (p_step ->> 'notice'), public.watch_news(w), p_now);
  end if;
  update public.watches x set giving = coalesce(p_step ->> 'giving', x.giving), sent_at = case when (p_step ->> 'isSent')::boolean then x.sent_at end,
    cancels = case when (p_step ->> 'giving') is distinct from x.giving and p_step ->> 'giving' is not null then 0 else x.cancels end,
    absences = (p_step ->> 'absences')::integer, next_step_at = p_now + (p_step ->> 'afterMs')::integer * interval '1 millisecond', step_until = null, updated_at = p_now
  where x.id = p_id;
  return 1;
end $$;

revoke all on function public.watch_goes_on, public.note_watch_day, public.watch_news, public.end_watch, public.settle_watches, public.judge_watch_notices,
  public.takes_among, public.note_places, public.take_swap_steps, public.mark_swap_sent, public.end_swap_step from public, anon, authenticated, service_role;
grant execute on function public.note_watch_day, public.settle_watches, public.takes_among, public.note_places, public.take_swap_steps, public.mark_swap_sent,
  public.end_swap_step to service_role;
