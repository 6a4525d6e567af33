-- How rules become prebookings: days on which a rule asks for a class are written into `rule_days` in advance. When a rule's day is due, its class is
-- looked up at the gym and prebooked once. `plan_rules` and `rule_days_due` find due rows by an index and take at most p_limit of them, so that their
-- cost does not grow with the number of all rules.
set check_function_bodies = off;

-- The greatest number of days before a class at which a box's opening rule may open that class.
create function public.lead_days(p_rule jsonb) returns integer language sql immutable set search_path = '' as $$
  select coalesce((p_rule ->> 'days')::integer, (p_rule ->> 'daysBefore')::integer, ceil((p_rule ->> 'hours')::numeric / 24)::integer, 0)
$$;

-- Writes the days of the rules that are due to be planned (of one member, or of all) into `rule_days`. The days written into `rule_days` are those
-- whose class opens within p_ahead_ms plus the time until the rule is planned again. For a box without an opening rule, all days of the rule from
-- today to p_listed_days days later are written. A class that is already open is left to the member: no rule prebooks it. Returns how many rules were
-- due to be planned.
create function public.plan_rules(p_user_id uuid, p_ahead_ms bigint, p_listed_days integer, p_again_ms bigint, p_limit integer, p_now timestamptz)
returns integer language plpgsql security definer set search_path = '' as $$
declare planned public.rules[]; again interval := p_again_ms * interval '1 millisecond'; ahead interval := p_ahead_ms * interval '1 millisecond';
begin
  with due as (
    select r.id from public.rules r where r.plan_at <= p_now and (p_user_id is null or r.user_id = p_user_id)
    order by r.plan_at limit p_limit for update skip locked
  ), taken as (update public.rules r set plan_at = p_now + again from due where r.id = due.id returning r.*)
  select coalesce(array_agg(t::public.rules), '{}') into planned from taken t;
  insert into public.rule_days as k (rule_id, day, user_id, box_id, opens_at, look_at, finding)
  select r.id, x.day, r.user_id, r.box_id, x.opens_at,
    case when x.opens_at is null then p_now when x.opens_at > p_now then x.opens_at - ahead end,
    case when x.opens_at <= p_now then 'open-already' end
  from unnest(planned) r join public.boxes b on b.id = r.box_id
  cross join lateral (select (p_now at time zone b.time_zone)::date as today,
    case when b.opening_rule is null then p_listed_days
      else public.lead_days(b.opening_rule) + 2 + ceil(extract(epoch from ahead + again) / 86400)::integer end as days) s
  cross join lateral generate_series(0, s.days) n
  cross join lateral (select to_char(s.today + n, 'YYYYMMDD') as day) y
  cross join lateral (select y.day, w.wish, public.opening_by_rule(b.opening_rule, y.day, coalesce(w.wish ->> 'timeId', '0000_00'), b.time_zone) as opens_at
    from (select public.wish_of_rule(r, y.day) as wish) w) x
  where extract(isodow from s.today + n) = r.weekday and x.wish is not null and (x.opens_at is null or x.opens_at <= p_now + ahead + again)
  on conflict (rule_id, day) do update set opens_at = excluded.opens_at, look_at = excluded.look_at, finding = excluded.finding, prebooking_id = null
    -- A row of `rule_days` without a prebooking is overwritten when the opening of its class, computed anew from the box's opening rule and zone, has
    -- changed.
    where (k.prebooking_id is null and k.opens_at is distinct from excluded.opens_at)
      -- A day whose prebooking was refused as too early may get another prebooking if the class's opening, computed again from the box's opening
      -- rule, lies in the future. If the box has no opening rule, a day whose prebooking was refused as too early may get another one 20 hours after
      -- the refusal.
      or exists (select from public.prebookings p where p.id = k.prebooking_id and p.status = 'refused' and p.outcome = 'too-early'
        and case when excluded.opens_at is null then p.settled_at < p_now - interval '20 hours' else excluded.opens_at > p_now end);
  delete from public.rule_days d using unnest(planned) r where d.rule_id = r.id and d.day < to_char(p_now - interval '40 days', 'YYYYMMDD');
  return cardinality(planned);
end $$;

-- Reads the rows of `rule_days` (one row for a rule and a day) that are due to be looked up at the gym, and the boxes of those rows. Only rows of
-- admitted members are read; p_user_id, if given, names the only member whose rows are read. Returns { days: [{ ruleId, day, userId, boxId, opensAt,
-- wish, hasLogin }], boxes }; wish: what the rule asks for on that day; hasLogin: whether the member has a background session that is neither dead
-- nor quarantined. With p_opens_before, only days whose class opens by that instant are returned.
create function public.rule_days_due(p_user_id uuid, p_opens_before timestamptz, p_limit integer, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  with due as materialized (
    select d.rule_id, d.day, d.user_id, d.box_id, d.opens_at, d.look_at, public.wish_of_rule(r, d.day) as wish, exists (
        select from public.auth_sessions s where s.user_id = d.user_id and s.session_type = 'background' and s.quarantined_at is null
          and s.status in ('live', 'uncertain', 'suspect')) as has_login
    from public.rule_days d join public.rules r on r.id = d.rule_id
      join public.members m on m.id = d.user_id and m.admission = 'admitted' and m.erasing_at is null
    where d.look_at <= p_now and (p_user_id is null or d.user_id = p_user_id) and (p_opens_before is null or d.opens_at <= p_opens_before)
    order by d.look_at limit p_limit)
  select jsonb_build_object(
    'days', coalesce((select jsonb_agg(jsonb_build_object('ruleId', d.rule_id, 'day', d.day, 'userId', d.user_id, 'boxId', d.box_id,
      'opensAt', d.opens_at, 'wish', d.wish, 'hasLogin', d.has_login) order by d.opens_at nulls last, d.look_at, d.rule_id) from due d), '[]'),
    'boxes', coalesce((select jsonb_agg(public.box_card(b)) from public.boxes b where b.id in (select box_id from due)), '[]'))
$$;

-- Creates the prebooking that a rule asks for on one day. Returns null if the rule is gone, already had another prebooking for that day, or asks by
-- now for something else than p_wish (the rule's wish as the caller read it). Also returns null if the member is not admitted. The call locks the
-- rule: a deletion, pause or change at the same time comes before the call, or sees the prebooking that the call made. A call repeated with the same
-- p_id (the prebooking's id) returns the same prebooking. Raises what `create_prebooking` raises.
create function public.create_rule_prebooking(
  p_rule_id uuid, p_wish jsonb, p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_family_id text,
  p_waitlist boolean, p_alternatives jsonb, p_opens_at timestamptz, p_starts_at timestamptz, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare r public.rules; d public.rule_days; p public.prebookings;
begin
  select * into r from public.rules k where k.id = p_rule_id and k.user_id = p_user_id for share;
  if not found then return null; end if;
  select * into d from public.rule_days k where k.rule_id = p_rule_id and k.day = p_day for update;
  if not found then return null; end if;
  if d.prebooking_id = p_id then return public.read_prebooking(p_id); end if;
  if d.prebooking_id is not null or public.wish_of_rule(r, p_day) is distinct from p_wish
    or not exists (select from public.members m where m.id = p_user_id and m.admission = 'admitted') then return null; end if;
  perform public.create_prebooking(p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_family_id, p_waitlist, p_alternatives,
    p_opens_at, p_starts_at, p_now);
  update public.prebookings k set rule_id = p_rule_id where k.id = p_id returning * into p;
  update public.rule_days k set prebooking_id = p_id, asked = p_wish, look_at = null, finding = null, said = null
  where k.rule_id = p_rule_id and k.day = p_day;
  return public.prebooking_card(p);
end $$;

-- Stores why days of rules became no prebooking. Each line of p_lines is { ruleId, day, finding, said, lookAt, tell, timeId, className }: `said` is
-- the gym's text, `lookAt` the instant at which the class is looked up at the gym again. If a line's `tell` is true, the rule's member is notified of
-- the line's finding, once for each rule, day and finding. Returns how many members were notified.
create function public.note_rule_days(p_lines jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare l record; told integer := 0;
begin
  for l in
    select x.*, d.user_id, d.box_id
    from jsonb_to_recordset(p_lines) as x("ruleId" uuid, day text, finding text, said text, "lookAt" timestamptz, tell boolean, "timeId" text, "className" text)
      join public.rule_days d on d.rule_id = x."ruleId" and d.day = x.day
    where d.prebooking_id is null order by x."ruleId", x.day for update of d
  loop
    update public.rule_days d set finding = l.finding, said = l.said, look_at = l."lookAt"
    where d.rule_id = l."ruleId" and d.day = l.day and d.prebooking_id is null;
    if l.tell and public.post_notice(l.user_id, 'rule-changed', 'rule-day:' || l."ruleId" || ':' || l.day || ':' || l.finding,
      jsonb_strip_nulls(jsonb_build_object('ruleId', l."ruleId", 'boxId', l.box_id, 'day', l.day, 'timeId', l."timeId", 'className', l."className",
        'finding', l.finding, 'gymSaid', l.said)), p_now) is not null then told := told + 1; end if;
  end loop;
  return told;
end $$;

-- When a box's opening rule or zone has changed, makes the rules for that box due to be planned again without delay.
create function public.plan_rules_of_box() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  update public.rules r set plan_at = '-infinity' where r.box_id = new.id and r.plan_at <> '-infinity';
  return null;
end $$;
create trigger plan_rules_of_box after update of opening_rule, time_zone on public.boxes for each row
  when (old.opening_rule is distinct from new.opening_rule or old.time_zone is distinct from new.time_zone)
  execute function public.plan_rules_of_box();

revoke all on function public.lead_days, public.plan_rules, public.rule_days_due, public.create_rule_prebooking, public.note_rule_days,
  public.plan_rules_of_box from public, anon, authenticated, service_role;
grant execute on function public.plan_rules, public.rule_days_due, public.create_rule_prebooking, public.note_rule_days to service_role;
