-- What is known of a box's clock: from which page it is read, when in its work the gym stamps `Date`, and the margin with which races send. The
-- columns of this migration replace a margin (the first shot's delay after the opening) that grew by 15 ms with each shot refused as too early, and
-- faded over weeks.
drop function public.teach_margin(uuid, integer, integer, timestamptz, uuid);
-- The stored margins were learned for an estimate of the gym's clock that races do not use any more, so the margins are reset.
update public.boxes set learned_margin_ms = 0 where learned_margin_ms <> 0;
alter table public.boxes
  drop constraint boxes_learned_margin_ms_check,
  add constraint boxes_learned_margin_ms_check check (learned_margin_ms between 0 and 1000),
  drop column margin_taught_at,
  -- Evidence, from earlier readings and races, that the gym stamps its Date header at the end of its work (above 0) or at the start (below 0).
  add column clock_evidence real not null default 0 check (clock_evidence between -2 and 2),
  -- The margin of the last shot that came too early (`refused_margin_ms`), and when that shot was sent.
  add column refused_margin_ms real check (refused_margin_ms between 0 and 1000),
  add column margin_refused_at timestamptz,
  -- The cheap address (the page that costs the gym the least work); the gym's working time for it (thinking), ms; when that time was measured.
  add column clock_address text check (clock_address ~ '^/([A-Za-z0-9._-][A-Za-z0-9._/-]{0,60})?$'),
  add column clock_address_thinking_ms real check (clock_address_thinking_ms >= 0),
  add column clock_address_at timestamptz;

-- What a caller may see of a box, as JSON. A process of an earlier version reads `learnedMarginMs`, so the card keeps that field.
create or replace function public.box_card(b public.boxes) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', b.id, 'aimharderBoxId', b.aimharder_box_id, 'subdomain', b.subdomain, 'name', b.name,
    'timeZone', b.time_zone, 'openingRule', b.opening_rule, 'openingRuleSource', b.opening_rule_source,
    'ruleAgreed', b.rule_agreed, 'ruleContradicted', b.rule_contradicted,
    'learnedMarginMs', least(b.learned_margin_ms, 250), 'clock', jsonb_build_object(
      'evidence', b.clock_evidence, 'marginMs', b.learned_margin_ms, 'refusedMarginMs', b.refused_margin_ms,
      'refusedAt', b.margin_refused_at, 'address', b.clock_address, 'addressThinkingMs', b.clock_address_thinking_ms,
      'addressAt', b.clock_address_at))
$$;

-- Stores what a clock reading or a race taught about a box's clock. The values given replace the stored values, so that a lesson repeated after a
-- lost answer counts once. A field that is missing in p_clock keeps its stored value. Returns the box's card.
create function public.note_clock(p_box_id uuid, p_clock jsonb) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare b public.boxes;
begin
  update public.boxes set
    clock_evidence = coalesce((p_clock ->> 'evidence')::real, clock_evidence),
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
