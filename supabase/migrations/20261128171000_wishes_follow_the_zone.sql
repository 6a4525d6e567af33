-- When a box turns out to be in another time zone, the openings of its waiting wishes are computed again, if the box's opening rule gave them. An
-- opening that the member gave by hand stays as it is when the box's time zone changes.

insert into public.prebooking_transitions values ('scheduled', 'scheduling') on conflict do nothing;

-- The instant at which a class starts in a time zone, from the timetable's local day (YYYYMMDD) and hour (1800_60).
create function public.start_of_class(p_day text, p_time_id text, p_zone text) returns timestamptz
language sql stable set search_path = '' as $$
  select (to_date(p_day, 'YYYYMMDD') + make_time(left(p_time_id, 2)::integer, substr(p_time_id, 3, 2)::integer, 0)) at time zone p_zone
$$;

-- The instant at which an opening rule opens a class. services/prebooking/opening-rule.ts computes the same instant; a test compares the two.
create function public.opening_by_rule(p_rule jsonb, p_day text, p_time_id text, p_zone text) returns timestamptz
language sql stable set search_path = '' as $$
  select case p_rule ->> 'kind'
    when 'hours-before' then public.start_of_class(p_day, p_time_id, p_zone)
      - round((p_rule ->> 'hours')::numeric * 3600000)::double precision * interval '1 millisecond'
    when 'days-before' then (to_date(p_day, 'YYYYMMDD') - (p_rule ->> 'days')::integer
      + make_time(left(p_time_id, 2)::integer, substr(p_time_id, 3, 2)::integer, 0)) at time zone p_zone
    when 'clock' then (to_date(p_day, 'YYYYMMDD') - (p_rule ->> 'daysBefore')::integer + (p_rule ->> 'at')::time) at time zone p_zone
    when 'midnight' then (to_date(p_day, 'YYYYMMDD') - (p_rule ->> 'daysBefore')::integer + time '00:00') at time zone p_zone
  end
$$;

create function public.retime_wishes() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.prebookings p set status = 'scheduling', starts_at = public.start_of_class(p.day, p.time_id, new.time_zone),
    -- If by the box's zone the class is already open, the wish's race runs at once.
    opens_at = case when n.opens_at < pg_catalog.now() and p.opens_at > pg_catalog.now() then pg_catalog.now() else n.opens_at end,
    reason = 'the box is in another zone', schedule_version = p.schedule_version + 1, message_id = null, spare_message_id = null,
    readiness = null
  from public.prebookings w
    cross join lateral (select public.opening_by_rule(new.opening_rule, w.day, w.time_id, new.time_zone) as opens_at) n
  where w.id = p.id and p.box_id = new.id and p.is_live and p.status in ('scheduling', 'scheduled')
    and p.opens_at = public.opening_by_rule(old.opening_rule, p.day, p.time_id, old.time_zone);
  return null;
end $$;
create trigger retime_wishes after update of time_zone on public.boxes for each row
  when (old.time_zone is distinct from new.time_zone and old.opening_rule is not null and new.opening_rule = old.opening_rule)
  execute function public.retime_wishes();

revoke all on function public.start_of_class, public.opening_by_rule, public.retime_wishes from public, anon, authenticated;
