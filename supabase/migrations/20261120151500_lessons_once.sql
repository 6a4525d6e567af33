-- A lesson whose answer was lost is taught again under the same id, and counts once: one race is one witness.

-- The latest ones; an answer that was lost is asked for again within seconds.
alter table public.boxes add column lessons uuid[] not null default '{}';

-- As before, once for each lesson. Without an id, as a process of an older version calls it, always.
drop function public.teach_opening_rule;
create function public.teach_opening_rule(p_box_id uuid, p_rule jsonb, p_source text, p_lesson uuid default null) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare b public.boxes; is_same boolean; gives_way boolean;
begin
  select * into b from public.boxes where id = p_box_id for update;
  if not found then return null; end if;
  if p_lesson = any (b.lessons) then return public.box_card(b); end if;
  update public.boxes set lessons = (array_remove(array[p_lesson], null) || lessons)[1:16] where id = p_box_id;
  is_same := b.opening_rule is not distinct from p_rule;
  gives_way := p_rule is not null and b.opening_rule_source <> 'declared' and (b.opening_rule_source = 'unknown'
    or (b.opening_rule_source = 'observed' and p_source = 'announced')
    or (b.opening_rule_source = p_source and b.rule_contradicted >= b.rule_agreed));
  if is_same and p_rule is not null then
    update public.boxes set rule_agreed = rule_agreed + 1,
      opening_rule_source = case when opening_rule_source = 'observed' then p_source else opening_rule_source end
    where id = p_box_id returning * into b;
  elsif gives_way then
    update public.boxes set opening_rule = p_rule, opening_rule_source = p_source, rule_agreed = 1, rule_contradicted = 0
    where id = p_box_id returning * into b;
  elsif b.opening_rule is not null then
    update public.boxes set rule_contradicted = rule_contradicted + 1 where id = p_box_id returning * into b;
  end if;
  return public.box_card(b);
end $$;

drop function public.teach_margin;
create function public.teach_margin(p_box_id uuid, p_early integer, p_fine integer, p_now timestamptz, p_lesson uuid default null) returns real
language plpgsql security definer set search_path = '' as $$
declare b public.boxes;
begin
  select * into b from public.boxes where id = p_box_id for update;
  if not found then return null; end if;
  if p_lesson = any (b.lessons) then return b.learned_margin_ms; end if;
  update public.boxes set margin_taught_at = p_now, lessons = (array_remove(array[p_lesson], null) || lessons)[1:16],
    learned_margin_ms = least(250, greatest(0, learned_margin_ms
      * power(0.5, greatest(0, extract(epoch from p_now - coalesce(margin_taught_at, p_now))) / 1209600)
      * power(0.9, case when p_early > 0 then 0 else least(p_fine, 1) end) + 15 * least(p_early, 4)))
  where id = p_box_id returning * into b;
  return b.learned_margin_ms;
end $$;

revoke all on function public.teach_opening_rule, public.teach_margin from public, anon, authenticated;
grant execute on function public.teach_opening_rule, public.teach_margin to service_role;
