-- Wishes that repeat: a member's rules (every Monday 18:00). For each date a rule has at most one live prebooking, however many processes plan the
-- rule: the key of `rule_days` is rule and day. If a change of a rule withdraws a date's prebooking, the rule may make another for that date. If the
-- member withdraws a date's prebooking by hand, the rule makes no other for that date.
set check_function_bodies = off;

create table public.rules (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  box_id uuid not null references public.boxes (id) on delete cascade,
  -- The weekday of the classes; 1 is Monday.
  weekday smallint not null check (weekday between 1 and 7),
  time_id text check (time_id ~ '^([01][0-9]|2[0-3])[0-5][0-9]_[0-9]{1,4}$'),
  class_name text,
  family_id text,
  waitlist boolean not null default false,
  alternatives jsonb not null default '[]' check (jsonb_typeof(alternatives) = 'array'),
  -- The rule asks for no class before `from_day` and for none after `until_day`; null means no such limit.
  from_day text check (from_day ~ '^[0-9]{8}$'),
  until_day text check (until_day ~ '^[0-9]{8}$'),
  is_paused boolean not null default false,
  -- When the rule's days are next written into `rule_days`.
  plan_at timestamptz not null default '-infinity',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  check (time_id is not null or class_name is not null),
  check (from_day <= until_day)
);
create unique index one_rule_of_a_kind on public.rules (user_id, box_id, weekday, coalesce(time_id, ''),
  lower(btrim(coalesce(class_name, ''), E' \t\r\n')), coalesce(family_id, ''));
create index rules_by_box on public.rules (box_id);
create index rules_to_plan on public.rules (plan_at);

-- An exception for one day of a rule: no class, or fields that replace the rule's, { timeId, className, alternatives, waitlist, familyId }.
create table public.rule_exceptions (
  rule_id uuid not null references public.rules (id) on delete cascade,
  day text not null check (day ~ '^[0-9]{8}$'),
  user_id uuid not null references public.members (id) on delete cascade,
  skip boolean not null,
  fields jsonb not null default '{}' check (jsonb_typeof(fields) = 'object'),
  primary key (rule_id, day)
);
create index rule_exceptions_by_user on public.rule_exceptions (user_id);

-- A pause: no rule of the member asks for a class on the pause's days, at the box `box_id`, or at any box if `box_id` is null.
create table public.rule_pauses (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  box_id uuid references public.boxes (id) on delete cascade,
  from_day text not null check (from_day ~ '^[0-9]{8}$'),
  until_day text not null check (until_day ~ '^[0-9]{8}$'),
  created_at timestamptz not null,
  check (from_day <= until_day)
);
create index rule_pauses_by_user on public.rule_pauses (user_id, until_day);
create index rule_pauses_by_box on public.rule_pauses (box_id);

-- One day on which a rule asks for a class. Each row of `rule_days` gives the right to create one prebooking for the row's rule and day.
create table public.rule_days (
  rule_id uuid not null references public.rules (id) on delete cascade,
  day text not null check (day ~ '^[0-9]{8}$'),
  user_id uuid not null references public.members (id) on delete cascade,
  box_id uuid not null references public.boxes (id) on delete cascade,
  -- When the class opens by the box's opening rule; null while the box has no opening rule.
  opens_at timestamptz,
  -- When the gym's list of classes is next read for this day; null means never.
  look_at timestamptz,
  -- The id of the prebooking that the rule made for the day. The id stays when the member withdraws the prebooking, so that the rule makes no second
  -- one for the day.
  prebooking_id uuid,
  -- What the rule asked for on this day, at the time when the day's prebooking was created.
  asked jsonb,
  -- `finding`: why the day has no prebooking; `said`: the gym's own words about the day.
  finding text,
  said text,
  primary key (rule_id, day)
);
create index rule_days_to_look_at on public.rule_days (look_at) where look_at is not null;
create index rule_days_by_user on public.rule_days (user_id, day);
create index rule_days_by_box on public.rule_days (box_id);

-- The rule that made the prebooking. The column has no foreign key, so that the id stays when the rule is deleted.
alter table public.prebookings add column rule_id uuid;
create unique index one_live_wish_of_a_rule_and_day on public.prebookings (rule_id, day) where rule_id is not null and is_live;

alter table public.rules enable row level security, force row level security;
alter table public.rule_exceptions enable row level security, force row level security;
alter table public.rule_pauses enable row level security, force row level security;
alter table public.rule_days enable row level security, force row level security;
revoke all on public.rules, public.rule_exceptions, public.rule_pauses, public.rule_days from public, anon, authenticated, service_role;

create or replace function public.prebooking_card(p public.prebookings) returns jsonb language sql stable
return to_jsonb(public.shape_prebooking(p)) || case when p.rule_id is null then '{}'::jsonb else jsonb_build_object('ruleId', p.rule_id) end;

-- ── what a rule asks for ───────────────────────────────────────────────────────────────────────────────────────────────────────
create function public.rule_card(r public.rules) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', r.id, 'userId', r.user_id, 'boxId', r.box_id, 'weekday', r.weekday, 'timeId', r.time_id, 'className', r.class_name,
    'familyId', r.family_id, 'waitlist', r.waitlist, 'alternatives', r.alternatives, 'from', r.from_day, 'until', r.until_day,
    'paused', r.is_paused, 'createdAt', r.created_at,
    'exceptions', coalesce((select jsonb_agg(e.fields || jsonb_build_object('day', e.day, 'skip', e.skip) order by e.day)
      from public.rule_exceptions e where e.rule_id = r.id), '[]'))
$$;

-- Why a rule does not ask for a day; null if it asks for the day. `not-its-day`: the day is another weekday or outside the rule's dates. `paused`:
-- the rule is switched off. `skipped`: the member left out this date. `vacation`: the day is in a pause that the member set for all boxes or for the
-- rule's box.
create function public.rule_rests(r public.rules, p_day text) returns text language sql stable set search_path = '' as $$
  select case
    when extract(isodow from to_date(p_day, 'YYYYMMDD')) <> r.weekday or p_day < r.from_day or p_day > r.until_day then 'not-its-day'
    when r.is_paused then 'paused'
    when exists (select from public.rule_exceptions e where e.rule_id = r.id and e.day = p_day and e.skip) then 'skipped'
    when exists (select from public.rule_pauses v where v.user_id = r.user_id and p_day between v.from_day and v.until_day
      and coalesce(v.box_id, r.box_id) = r.box_id) then 'vacation'
  end
$$;

-- What a rule asks for on a day; null if it asks for nothing.
create function public.wish_of_rule(r public.rules, p_day text) returns jsonb language sql stable set search_path = '' as $$
  select case when public.rule_rests(r, p_day) is null then
    jsonb_strip_nulls(jsonb_build_object('boxId', r.box_id, 'timeId', r.time_id, 'className', r.class_name, 'familyId', r.family_id,
      'waitlist', r.waitlist, 'alternatives', r.alternatives))
    || coalesce((select e.fields from public.rule_exceptions e where e.rule_id = r.id and e.day = p_day), '{}') end
$$;

-- Called after any change to what a member's rules ask for. Waiting prebookings that the member's rules made, and that no race has claimed, are
-- changed to fit the rules. If no rule asks for a prebooking's class any more, the prebooking is withdrawn, and the rules may fill its day anew. A
-- change of a rule's `waitlist` or `alternatives` alone is written into its unclaimed prebookings. Claimed, armed and ended prebookings stay as they
-- are. To lock the member's rules, this call first waits for each running `create_rule_prebooking`, whose prebooking this call then sees. A
-- later `create_rule_prebooking` waits for the end of this call's transaction. Returns { withdrawn, kept }: the ids of the prebookings withdrawn, and
-- of those that stay although no rule asks for them.
create function public.follow_rules(p_user_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare withdrawn uuid[]; kept uuid[];
begin
  perform from public.rules r where r.user_id = p_user_id order by r.id for update;
  update public.rules r set plan_at = '-infinity' where r.user_id = p_user_id and r.plan_at <> '-infinity';
  with changed as (
    select d.rule_id, d.day, d.prebooking_id, w.wish from public.rule_days d join public.rules r on r.id = d.rule_id
      cross join lateral (select public.wish_of_rule(r, d.day) as wish) w
    where d.user_id = p_user_id and d.prebooking_id is not null and w.wish <> d.asked
      and w.wish - '{waitlist,alternatives}'::text[] = d.asked - '{waitlist,alternatives}'::text[]
  ), followed as (
    update public.prebookings p set waitlist = (c.wish ->> 'waitlist')::boolean, alternatives = c.wish -> 'alternatives', updated_at = p_now
    from changed c where p.id = c.prebooking_id and p.is_live and p.status in ('scheduling', 'scheduled') returning p.id)
  update public.rule_days d set asked = c.wish from changed c join followed f on f.id = c.prebooking_id where d.rule_id = c.rule_id and d.day = c.day;
  with over as (
    select d.prebooking_id as id from public.rule_days d join public.rules r on r.id = d.rule_id
      cross join lateral (select public.wish_of_rule(r, d.day) as wish) w
    where d.user_id = p_user_id and d.prebooking_id is not null
      and (w.wish is null or w.wish - '{waitlist,alternatives}'::text[] <> d.asked - '{waitlist,alternatives}'::text[])
  ), gone as (
    update public.prebookings p set status = 'withdrawn', outcome = 'withdrawn', reason = 'the rule', claim_epoch = p.claim_epoch + 1,
      settled_at = p_now, updated_at = p_now
    from over o where p.id = o.id and p.is_live and p.status in ('scheduling', 'scheduled') returning p.id)
  select coalesce((select array_agg(g.id) from gone g), '{}'),
    coalesce((select array_agg(p.id) from over o join public.prebookings p on p.id = o.id
      where p.is_live and not exists (select from gone g where g.id = p.id)), '{}') into withdrawn, kept;
  -- Deletes the rows of `rule_days` that have no prebooking or whose prebooking this call withdrew, so that the changed rules can fill those days
  -- anew.
  delete from public.rule_days d where d.user_id = p_user_id and (d.prebooking_id is null or d.prebooking_id = any (withdrawn));
  return jsonb_build_object('withdrawn', to_jsonb(withdrawn), 'kept', to_jsonb(kept));
end $$;

-- ── a member's rules ───────────────────────────────────────────────────────────────────────────────────────────────────────────
create function public.read_rules(p_user_id uuid) returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.rule_card(r) from public.rules r where r.user_id = p_user_id order by r.weekday, r.time_id nulls last, r.created_at, r.id
$$;

-- Creates a rule or, if p_id names a rule of the member, changes it. Returns { rule, withdrawn, kept }, the last two as `follow_rules` does; null for
-- another member's rule, and for a missing rule if p_is_new is false. Raises box/missing, rule/duplicate, rule/too-many, account/erasing.
create function public.keep_rule(
  p_id uuid, p_user_id uuid, p_is_new boolean, p_box_id uuid, p_weekday integer, p_time_id text, p_class_name text, p_family_id text,
  p_waitlist boolean, p_alternatives jsonb, p_from text, p_until text, p_paused boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare r public.rules; followed jsonb; most constant integer := 60;
begin
  if not exists (select from public.user_boxes ub where ub.user_id = p_user_id and ub.box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  perform from public.members m where m.id = p_user_id and m.erasing_at is not null;
  if found then raise exception 'account/erasing' using errcode = 'PT409'; end if;
  -- The calls that count one member's rules run one after the other, so that calls at the same time cannot exceed the limit on rules.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('rules ' || p_user_id, 0));
  select * into r from public.rules k where k.id = p_id for update;
  if (r.id is null and not p_is_new) or r.user_id <> p_user_id then return null; end if;
  insert into public.rules as k (id, user_id, box_id, weekday, time_id, class_name, family_id, waitlist, alternatives, from_day, until_day, is_paused,
    created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_weekday, p_time_id, p_class_name, p_family_id, p_waitlist, p_alternatives, p_from, p_until, p_paused, p_now, p_now)
  on conflict (id) do update set box_id = excluded.box_id, weekday = excluded.weekday, time_id = excluded.time_id, class_name = excluded.class_name,
    family_id = excluded.family_id, waitlist = excluded.waitlist, alternatives = excluded.alternatives, from_day = excluded.from_day,
    until_day = excluded.until_day, is_paused = excluded.is_paused, updated_at = p_now;
  if (select count(*) > most from public.rules k where k.user_id = p_user_id) then raise exception 'rule/too-many' using errcode = 'PT409'; end if;
  followed := public.follow_rules(p_user_id, p_now);
  select * into strict r from public.rules k where k.id = p_id;
  return jsonb_build_object('rule', public.rule_card(r)) || followed;
exception when unique_violation then
  raise exception 'rule/duplicate' using errcode = 'PT409';
end $$;

-- Deletes a rule and withdraws the prebookings that the rule made and that no race has claimed. Returns { withdrawn, kept } as `follow_rules` does;
-- null if p_id names no rule of the member.
create function public.delete_rule(p_id uuid, p_user_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare followed jsonb;
begin
  update public.rules r set is_paused = true where r.id = p_id and r.user_id = p_user_id;
  if not found then return null; end if;
  -- The rule has just been paused and asks for nothing, so `follow_rules` withdraws its prebookings.
  followed := public.follow_rules(p_user_id, p_now);
  delete from public.rules r where r.id = p_id;
  return followed;
end $$;

-- Stores an exception for one day of a rule: p_skip true means no class on that day, false means that p_fields replace the rule's. If p_skip is null,
-- the exception is removed. Returns { rule, withdrawn, kept }, the last two as `follow_rules` does; null if p_id names no rule of the member. Raises
-- rule/other-weekday, rule/too-many.
create function public.keep_rule_exception(p_id uuid, p_user_id uuid, p_day text, p_skip boolean, p_fields jsonb, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare r public.rules; followed jsonb; most constant integer := 100;
begin
  select * into r from public.rules k where k.id = p_id and k.user_id = p_user_id for update;
  if not found then return null; end if;
  if p_skip is null then
    delete from public.rule_exceptions e where e.rule_id = p_id and e.day = p_day;
  else
    if extract(isodow from to_date(p_day, 'YYYYMMDD')) <> r.weekday then raise exception 'rule/other-weekday' using errcode = 'PT422'; end if;
    delete from public.rule_exceptions e where e.rule_id = p_id and e.day < to_char(p_now - interval '60 days', 'YYYYMMDD');
    insert into public.rule_exceptions (rule_id, day, user_id, skip, fields) values (p_id, p_day, p_user_id, p_skip, p_fields)
    on conflict (rule_id, day) do update set skip = excluded.skip, fields = excluded.fields;
    if (select count(*) > most from public.rule_exceptions e where e.rule_id = p_id) then raise exception 'rule/too-many' using errcode = 'PT409'; end if;
  end if;
  followed := public.follow_rules(p_user_id, p_now);
  return jsonb_build_object('rule', public.rule_card(r)) || followed;
end $$;

create function public.rule_pause_card(v public.rule_pauses) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', v.id, 'from', v.from_day, 'to', v.until_day, 'boxId', v.box_id, 'createdAt', v.created_at)
$$;

create function public.read_rule_pauses(p_user_id uuid) returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.rule_pause_card(v) from public.rule_pauses v where v.user_id = p_user_id order by v.from_day, v.id
$$;

-- Stores a pause of a member's rules. Returns { pause, withdrawn, kept }, the last two as `follow_rules` does. A call repeated under the same id
-- stores no second pause. Raises box/missing, pause/too-many, account/erasing.
create function public.keep_rule_pause(p_id uuid, p_user_id uuid, p_box_id uuid, p_from text, p_to text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare v public.rule_pauses; followed jsonb; most constant integer := 60;
begin
  if p_box_id is not null and not exists (select from public.user_boxes ub where ub.user_id = p_user_id and ub.box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  perform from public.members m where m.id = p_user_id and m.erasing_at is not null;
  if found then raise exception 'account/erasing' using errcode = 'PT409'; end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('rules ' || p_user_id, 0));
  insert into public.rule_pauses (id, user_id, box_id, from_day, until_day, created_at) values (p_id, p_user_id, p_box_id, p_from, p_to, p_now)
  on conflict (id) do nothing;
  if (select count(*) > most from public.rule_pauses o where o.user_id = p_user_id and o.until_day >= to_char(p_now - interval '2 days', 'YYYYMMDD')) then
    raise exception 'pause/too-many' using errcode = 'PT409';
  end if;
  delete from public.rule_pauses o where o.user_id = p_user_id and o.until_day < to_char(p_now - interval '400 days', 'YYYYMMDD');
  followed := public.follow_rules(p_user_id, p_now);
  select * into strict v from public.rule_pauses o where o.id = p_id and o.user_id = p_user_id;
  return jsonb_build_object('pause', public.rule_pause_card(v)) || followed;
end $$;

-- Deletes a pause of a member's rules. Returns 0 if p_id names no pause of the member.
create function public.delete_rule_pause(p_id uuid, p_user_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.rule_pauses v where v.id = p_id and v.user_id = p_user_id;
  get diagnostics n = row_count;
  if n > 0 then perform public.follow_rules(p_user_id, p_now); end if;
  return n;
end $$;

-- What is stored about the days p_days of a rule, each { day, rests, wish, finding, said, prebooking }; `rests` says why the rule does not ask for
-- the day.
create function public.read_rule_days(p_rule_id uuid, p_days text[]) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('day', x.day, 'rests', public.rule_rests(r, x.day), 'wish', public.wish_of_rule(r, x.day), 'finding', d.finding, 'said', d.said,
    'prebooking', (select public.prebooking_card(p) from public.prebookings p where p.id = d.prebooking_id))
  from public.rules r cross join unnest(p_days) as x(day) left join public.rule_days d on d.rule_id = r.id and d.day = x.day
  where r.id = p_rule_id order by x.day
$$;

-- The days of a member's rules from p_from to p_to that have no prebooking yet.
create function public.read_open_rule_days(p_user_id uuid, p_from text, p_to text) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('ruleId', d.rule_id, 'boxId', d.box_id, 'day', d.day, 'opensAt', d.opens_at, 'finding', d.finding, 'wish', w.wish)
  from public.rule_days d join public.rules r on r.id = d.rule_id cross join lateral (select public.wish_of_rule(r, d.day) as wish) w
  where d.user_id = p_user_id and d.day between p_from and p_to and d.prebooking_id is null and w.wish is not null order by d.day
$$;

-- A member's prebookings of classes on the days from p_from to p_to (YYYYMMDD, both included), at most the 300 that were created last.
create function public.read_prebookings_between(p_user_id uuid, p_from text, p_to text) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.prebooking_card(p) from public.prebookings p
  where p.user_id = p_user_id and p.day between p_from and p_to order by p.created_at desc, p.id limit 300
$$;

-- ── refused and erased members ─────────────────────────────────────────────────────────────────────────────────────────────────
-- Deletes the rules and pauses of a member that was refused, or whose erasure has begun.
create function public.end_rules() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from public.rules r where r.user_id = new.id;
  delete from public.rule_pauses v where v.user_id = new.id;
  return null;
end $$;
create trigger end_rules after update of admission, erasing_at on public.members for each row
  when ((new.admission = 'refused' and old.admission <> 'refused') or (new.erasing_at is not null and old.erasing_at is null))
  execute function public.end_rules();

-- A member's rules and pauses for the export; each rule has the dates for which a prebooking was or was not made.
create function public.export_rules(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'rules', coalesce((select jsonb_agg(public.rule_card(r) - 'userId' || jsonb_build_object('days', coalesce((
        select jsonb_agg(to_jsonb(d) - '{user_id,rule_id}'::text[] order by d.day) from public.rule_days d where d.rule_id = r.id), '[]')) order by r.created_at)
      from public.rules r where r.user_id = p_user_id), '[]'),
    'pauses', coalesce((select jsonb_agg(public.rule_pause_card(v) order by v.from_day) from public.rule_pauses v where v.user_id = p_user_id), '[]'))
$$;

revoke all on function public.prebooking_card, public.rule_card, public.rule_rests, public.wish_of_rule, public.follow_rules, public.read_rules,
  public.keep_rule, public.delete_rule, public.keep_rule_exception, public.rule_pause_card, public.read_rule_pauses, public.keep_rule_pause,
  public.delete_rule_pause, public.read_rule_days, public.read_open_rule_days, public.read_prebookings_between,
  public.end_rules, public.export_rules
  from public, anon, authenticated, service_role;
grant execute on function public.read_rules, public.keep_rule, public.delete_rule, public.keep_rule_exception, public.read_rule_pauses,
  public.keep_rule_pause, public.delete_rule_pause, public.read_rule_days, public.read_open_rule_days, public.read_prebookings_between,
  public.export_rules to service_role;
