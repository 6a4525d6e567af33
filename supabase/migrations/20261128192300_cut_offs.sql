-- Until when a member's place in a class can be given back without loss, that is, without losing the booking for which the member's plan at the gym
-- paid. The gym does not publish until when a place can be given back without loss, so the operator declares the limit for each box.

-- Until how many minutes before a class a member can give back a place in it without losing a booking of the member's plan at the gym; null if the
-- operator has declared no limit.
alter table public.boxes add column free_cancel_minutes integer check (free_cancel_minutes between 0 and 10080);

-- Stores until how many minutes before a class a member can give back a place at the box without losing a booking of the member's plan at the gym.
-- Returns the number of boxes changed.
create function public.declare_free_cancel(p_box_id uuid, p_minutes integer) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.boxes set free_cancel_minutes = p_minutes where id = p_box_id;
  get diagnostics n = row_count;
  return n;
end $$;

-- The value of `free_cancel_minutes` for each box, as { box id: minutes }. A box for which the operator has declared no limit is left out.
create function public.read_free_cancels() returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(b.id, b.free_cancel_minutes), '{}') from public.boxes b where b.free_cancel_minutes is not null
$$;

-- The last instant, p_minutes before the class begins, at which giving a place back does not cost the member a booking of the plan at the gym. If
-- summer time begins or ends in the p_minutes before the class, p_minutes by the box's clock and p_minutes of elapsed time lead to two instants; the
-- earlier is returned.
create function public.free_cancel_until(p_starts_at timestamptz, p_minutes integer, p_zone text) returns timestamptz
language sql stable set search_path = '' as $$
  select least(p_starts_at - p_minutes * interval '1 minute',
    ((p_starts_at at time zone p_zone) - p_minutes * interval '1 minute') at time zone p_zone)
$$;

-- Posts the reminders that are due, of places that were won through puntual. A reminder's time is six on the evening before the class, by the box's
-- clock, or two hours before giving the place back stops being free (free_cancel_until), whichever is earlier. If a place was won later than two
-- hours before free_cancel_until, its reminder's time is six on the evening before the class. A place that was won after its reminder would have been
-- posted needs no reminder. Returns how many reminders were posted.
create or replace function public.post_reminders(p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare p record; n integer := 0;
begin
  for p in
    select w.id, w.user_id, b.time_zone, c.until from public.prebookings w join public.boxes b on b.id = w.box_id,
      lateral (select public.free_cancel_until(w.starts_at, b.free_cancel_minutes, b.time_zone) as until) c,
      lateral (select least(((w.starts_at at time zone b.time_zone)::date - 1 + time '18:00') at time zone b.time_zone,
        case when c.until - interval '2 hours' > w.settled_at then c.until - interval '2 hours' end) as at) due
    where w.status = 'booked' and w.starts_at > p_now + interval '2 hours' and w.starts_at < p_now + interval '10 days'
      and due.at <= p_now and w.settled_at < due.at
      and not exists (select 1 from public.outbox o where o.dedupe_key = 'reminder:' || w.id)
  loop
    if public.post_notice(p.user_id, 'class-reminder', 'reminder:' || p.id, jsonb_build_object('prebookingId', p.id)
      || case when p.until > p_now then jsonb_build_object('cancelUntil', to_char(p.until at time zone p.time_zone, 'HH24:MI'),
        'cancelDay', to_char(p.until at time zone p.time_zone, 'DD/MM')) else '{}' end, p_now) is not null
      then n := n + 1; end if;
  end loop;
  return n;
end $$;

revoke all on function public.declare_free_cancel, public.read_free_cancels, public.free_cancel_until from public, anon, authenticated, service_role;
grant execute on function public.declare_free_cancel, public.read_free_cancels to service_role;
