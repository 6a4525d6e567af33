-- For a box without a lesson about its clock, the card has what `npm run doctor` found: whether the gym stamps `Date` when its work starts or ends.
create or replace function public.box_card(b public.boxes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'aimharderBoxId', b.aimharder_box_id, 'subdomain', b.subdomain, 'name', b.name,
    'timeZone', b.time_zone, 'timeZoneSource', b.time_zone_source, 'openingRule', b.opening_rule, 'openingRuleSource', b.opening_rule_source,
    'ruleAgreed', b.rule_agreed, 'ruleContradicted', b.rule_contradicted,
    'learnedMarginMs', least(b.learned_margin_ms, 250), 'clock', jsonb_build_object(
      'evidence', case when b.clock_evidence <> 0 then b.clock_evidence
        else coalesce((select case f.reading when 'end' then 2 when 'start' then -2 end from public.gym_facts f where f.fact = 'date-stamp'), 0) end, 'marginMs', b.learned_margin_ms, 'refusedMarginMs', b.refused_margin_ms,
      'refusedAt', b.margin_refused_at, 'address', b.clock_address, 'addressThinkingMs', b.clock_address_thinking_ms,
      'addressAt', b.clock_address_at))
$$;
revoke all on function public.box_card from public, anon, authenticated;
