-- A row that is written at the very moment of the claim is taken too, half a second later at most: passed over, it would have no race
-- until the next sweep. Two claims of one instant at once come one after the other, or they would share its members between them.
-- Otherwise as before.
create or replace function public.claim_prebookings(p_id uuid, p_owner text, p_lead_ms integer, p_claim_ms integer, p_late_ms integer, p_now timestamptz) returns json
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; at public.deleted_prebookings; taken json; more json; looks integer := 0;
begin
  select m.id, m.box_id, m.opens_at into at from public.prebookings m where m.id = p_id;
  if not found then
    select * into at from public.deleted_prebookings d where d.id = p_id;
    if not found then return json_build_object('state', 'missing'); end if;
    -- The queue keeps no message for so long.
    delete from public.deleted_prebookings d where d.opens_at < p_now - interval '30 days';
  end if;
  if p_now < at.opens_at - p_lead_ms * interval '1 millisecond' then
    p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
    if p.id is null then return json_build_object('state', 'missing'); end if;
    return json_build_object('state', 'too-soon', 'prebooking', public.prebooking_card(p));
  end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(at.box_id || ' ' || at.opens_at, 0));
  perform public.miss_prebookings(at.box_id, at.opens_at, p_late_ms, p_now);
  -- A delivery may overtake the row's own 'scheduled'.
  update public.prebookings set status = 'scheduled', updated_at = p_now
  where is_live and box_id = at.box_id and opens_at = at.opens_at and status = 'scheduling' and starts_at > p_now;
  with mates as (
    select m.id from public.prebookings m
    where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and (m.claim_until < pg_catalog.clock_timestamp() or m.claim_owner = p_owner)))
    for update skip locked
  ), got as (
    update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
      claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
    from mates where u.id = mates.id returning u.*
  )
  select json_agg(public.claimed_shape_of(got) order by got.created_at, got.id) into taken from got;
  -- Written by somebody just now (a look, a mark, a withdrawal): over in a moment, and then ours like the others, or another claim's.
  while looks < 25 and exists (select 1 from public.prebookings m
    where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp())))
  loop
    perform pg_catalog.pg_sleep(0.02);
    looks := looks + 1;
    with mates as (
      select m.id from public.prebookings m
      where m.is_live and m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
        and (m.status = 'scheduled' or (m.status = 'claimed' and m.claim_until < pg_catalog.clock_timestamp()))
      for update skip locked
    ), got as (
      update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
        claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
      from mates where u.id = mates.id returning u.*
    )
    select json_agg(public.claimed_shape_of(got)) into more from got;
    if more is not null then
      select json_agg(one order by (one ->> 'createdAt')::timestamptz, one ->> 'id') into taken
        from (select json_array_elements(taken) as one union all select json_array_elements(more)) all_of_them;
    end if;
  end loop;
  if taken is not null then return json_build_object('state', 'claimed', 'prebookings', taken); end if;
  p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
  if p.id is null then return json_build_object('state', 'missing'); end if;
  return json_build_object('state', case when p.is_live then 'in-progress' else 'settled' end,
    'prebooking', public.prebooking_card(p));
end $$;
