-- A box's time zone is assumed until an operator declares it or an observed opening has shown it. An opening computed in an assumed zone is marked
-- unsure. A refusal that contradicts an assumed zone keeps the wish alive for the next instant at which the class may open.

alter table public.boxes add column time_zone_source text not null default 'assumed'
  check (time_zone_source in ('assumed', 'learned', 'declared'));
-- A zone other than the default was set by an operator. An operator also set the zone of each box with a declared opening rule.
update public.boxes set time_zone_source = 'declared' where time_zone <> 'Europe/Madrid' or opening_rule_source = 'declared';
-- When an operator declared only a box's time zone, `declare_opening_rule` of 20261128000100_boxes.sql stored a null opening rule as declared. No
-- race replaces a declared opening rule, so a null rule is marked as unknown here.
update public.boxes set opening_rule_source = 'unknown' where opening_rule is null and opening_rule_source = 'declared';

create or replace function public.box_card(b public.boxes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'aimharderBoxId', b.aimharder_box_id, 'subdomain', b.subdomain, 'name', b.name,
    'timeZone', b.time_zone, 'timeZoneSource', b.time_zone_source, 'openingRule', b.opening_rule, 'openingRuleSource', b.opening_rule_source,
    'ruleAgreed', b.rule_agreed, 'ruleContradicted', b.rule_contradicted,
    'learnedMarginMs', least(b.learned_margin_ms, 250), 'clock', jsonb_build_object(
      'evidence', b.clock_evidence, 'marginMs', b.learned_margin_ms, 'refusedMarginMs', b.refused_margin_ms,
      'refusedAt', b.margin_refused_at, 'address', b.clock_address, 'addressThinkingMs', b.clock_address_thinking_ms,
      'addressAt', b.clock_address_at))
$$;

-- An operator declares a box's opening rule, its time zone, or both. If p_rule is null, the stored opening rule stays, and so do its counts of
-- confirmations and contradictions.
create or replace function public.declare_opening_rule(p_box_id uuid, p_rule jsonb, p_time_zone text, p_source text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  if p_time_zone is not null and not exists (select 1 from pg_catalog.pg_timezone_names z where z.name = p_time_zone) then
    raise exception 'Expected the name of a time zone, such as Atlantic/Canary.' using errcode = 'invalid_parameter_value';
  end if;
  update public.boxes set
    opening_rule = coalesce(p_rule, opening_rule),
    opening_rule_source = case when p_rule is null then opening_rule_source else p_source end,
    rule_agreed = case when p_rule is null then rule_agreed else 0 end,
    rule_contradicted = case when p_rule is null then rule_contradicted else 0 end,
    time_zone = coalesce(p_time_zone, time_zone),
    time_zone_source = case when p_time_zone is null then time_zone_source else 'declared' end
  where id = p_box_id and (p_source = 'declared' or opening_rule_source <> 'declared');
  get diagnostics n = row_count;
  return n;
end $$;

-- Stores the time zone that an observed opening showed, for a box whose zone is assumed. The caller passes null as p_postponed if,
-- in the caller's race, the gym first answered "too early" and later showed the class open. If p_postponed names a prebooking, the zone is stored
-- only if an answer "too early" of the gym had postponed that prebooking before. A time zone that an operator declared, or that an earlier opening
-- showed, never changes here. Returns the box's card as it stands after the call.
create function public.teach_time_zone(p_box_id uuid, p_time_zone text, p_postponed uuid) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare b public.boxes;
begin
  update public.boxes set time_zone = p_time_zone, time_zone_source = 'learned'
  where id = p_box_id and time_zone_source = 'assumed' and (p_postponed is null or exists (
    select 1 from public.prebooking_events e
    where e.prebooking_id = p_postponed and e.from_status = 'armed' and e.to_status = 'scheduling'))
  returning * into b;
  if not found then select * into b from public.boxes where id = p_box_id; end if;
  return case when b.id is null then null else public.box_card(b) end;
end $$;

-- When the gym keeps answering "too early", the class opens later, and the wish goes back to wait for the later opening.
insert into public.prebooking_transitions values ('armed', 'scheduling') on conflict do nothing;

-- Puts an armed prebooking back to 'scheduling' for a later opening. Returns the prebooking's card, also when an earlier call has postponed the
-- prebooking to p_opens_at; else null when the caller's claim on the prebooking has ended.
create function public.postpone_prebooking(p_id uuid, p_epoch bigint, p_opens_at timestamptz, p_starts_at timestamptz, p_now timestamptz)
returns jsonb language plpgsql security definer set search_path = '' as $$
declare p public.prebookings;
begin
  update public.prebookings m set status = 'scheduling', opens_at = p_opens_at, starts_at = greatest(m.starts_at, p_starts_at),
    reason = 'postponed', schedule_version = m.schedule_version + 1, message_id = null, spare_message_id = null, readiness = null, receipt = null,
    claim_owner = null, claim_until = null, woken_at = null, armed_at = null, send_deadline = null, fires_at = null,
    updated_at = p_now
  where m.id = p_id and m.claim_epoch = p_epoch and m.status = 'armed' and m.claim_until > pg_catalog.clock_timestamp() returning * into p;
  if not found then
    -- If a row is found here, an earlier call with the same claim postponed this prebooking, and the answer to that call was lost.
    select * into p from public.prebookings m
    where m.id = p_id and m.claim_epoch = p_epoch and m.status in ('scheduling', 'scheduled') and m.opens_at = p_opens_at;
    return case when p.id is null then null else public.prebooking_card(p) end;
  end if;
  perform public.post_notice(p.user_id, 'prebooking-at-risk', 'at-risk:' || p.id || ':opening-unsure',
    jsonb_build_object('prebookingId', p.id, 'finding', 'opening-unsure'), p_now);
  return public.prebooking_card(p);
end $$;

revoke all on function public.box_card, public.declare_opening_rule, public.teach_time_zone, public.postpone_prebooking
  from public, anon, authenticated;
grant execute on function public.declare_opening_rule, public.teach_time_zone, public.postpone_prebooking to service_role;
