-- When the gym decides whether this box's class is open: `yes` means at the end of its work on a booking, `no` means earlier in that work, `to-try`
-- means that the next race is to find out. A reading of the box's clock cannot show when the gym decides whether a class is open; only the shots of
-- a race can show it.
alter table public.boxes add column judges_late text not null default 'unknown' check (judges_late in ('unknown', 'to-try', 'yes', 'no'));

-- The card of a box; `judgesLate` in its `clock` tells whether the gym decides only at the end of its work whether a class is open.
create or replace function public.box_card(b public.boxes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'aimharderBoxId', b.aimharder_box_id, 'subdomain', b.subdomain, 'name', b.name,
    'timeZone', b.time_zone, 'timeZoneSource', b.time_zone_source, 'openingRule', b.opening_rule, 'openingRuleSource', b.opening_rule_source,
    'ruleAgreed', b.rule_agreed, 'ruleContradicted', b.rule_contradicted,
    'learnedMarginMs', least(b.learned_margin_ms, 250), 'clock', jsonb_build_object(
      'evidence', case when b.clock_evidence <> 0 then b.clock_evidence
        else coalesce((select case f.reading when 'end' then 2 when 'start' then -2 end from public.gym_facts f where f.fact = 'date-stamp'), 0) end,
      'judgesLate', b.judges_late, 'marginMs', b.learned_margin_ms, 'refusedMarginMs', b.refused_margin_ms,
      'refusedAt', b.margin_refused_at, 'address', b.clock_address, 'addressThinkingMs', b.clock_address_thinking_ms,
      'addressAt', b.clock_address_at))
$$;
revoke all on function public.box_card from public, anon, authenticated;

-- Stores what a clock reading or a race taught about a box's clock; `judgesLate` tells whether the gym decides only at the end of its work whether a
-- class is open. Returns the box's card, or null for a missing box.
create or replace function public.note_clock(p_box_id uuid, p_clock jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare b public.boxes;
begin
  update public.boxes set
    clock_evidence = coalesce((p_clock ->> 'evidence')::real, clock_evidence),
    judges_late = coalesce(p_clock ->> 'judgesLate', judges_late),
    learned_margin_ms = coalesce((p_clock ->> 'marginMs')::real, learned_margin_ms),
    refused_margin_ms = coalesce((p_clock ->> 'refusedMarginMs')::real, refused_margin_ms),
    margin_refused_at = coalesce((p_clock ->> 'refusedAt')::timestamptz, margin_refused_at),
    clock_address = coalesce(p_clock ->> 'address', clock_address),
    clock_address_thinking_ms = coalesce((p_clock ->> 'addressThinkingMs')::real, clock_address_thinking_ms),
    clock_address_at = coalesce((p_clock ->> 'addressAt')::timestamptz, clock_address_at)
  where id = p_box_id returning * into b;
  return case when found then public.box_card(b) end;
end $$;
revoke execute on function public.note_clock from public, anon, authenticated;
grant execute on function public.note_clock to service_role;
