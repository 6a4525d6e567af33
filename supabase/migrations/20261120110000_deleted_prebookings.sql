-- A wake-up names one prebooking and stands for all of its box and instant. Of one that was deleted it is remembered which: no more.

create table public.deleted_prebookings (
  id uuid primary key,
  box_id uuid not null references public.boxes (id) on delete cascade,
  opens_at timestamptz not null
);
create index deleted_prebookings_by_age on public.deleted_prebookings (opens_at);
alter table public.deleted_prebookings enable row level security;
alter table public.deleted_prebookings force row level security;
revoke all on public.deleted_prebookings from public, anon, authenticated, service_role;

create function public.remember_deleted_prebookings() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.deleted_prebookings (id, box_id, opens_at)
  select g.id, g.box_id, g.opens_at from gone_rows g join public.boxes b on b.id = g.box_id on conflict (id) do nothing;
  return null;
end $$;
create trigger remember_deleted_prebookings after delete on public.prebookings
referencing old table as gone_rows for each statement execute function public.remember_deleted_prebookings();
revoke all on function public.remember_deleted_prebookings from public, anon, authenticated;

-- As before, except that the named one may be gone: the others of its box and instant are taken all the same, and `missing` is said only
-- where none of them is left to be raced for.
create or replace function public.claim_prebookings(p_id uuid, p_owner text, p_lead_ms integer, p_claim_ms integer, p_late_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; at public.deleted_prebookings; taken json;
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
  perform public.miss_prebookings(at.box_id, at.opens_at, p_late_ms, p_now);
  -- A delivery may overtake the row's own 'scheduled'.
  update public.prebookings set status = 'scheduled', updated_at = p_now
  where box_id = at.box_id and opens_at = at.opens_at and status = 'scheduling' and starts_at > p_now;
  with mates as (
    select m.id from public.prebookings m
    where m.box_id = at.box_id and m.opens_at = at.opens_at and m.starts_at > p_now
      and (m.status = 'scheduled' or (m.status = 'claimed' and (m.claim_until < pg_catalog.clock_timestamp() or m.claim_owner = p_owner)))
    order by m.created_at, m.id for update skip locked
  ), got as (
    update public.prebookings u set status = 'claimed', claim_owner = p_owner, claim_epoch = u.claim_epoch + 1,
      claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond', woken_at = p_now, updated_at = p_now
    from mates where u.id = mates.id returning u.*
  )
  select json_agg(public.shape_prebooking(got) order by got.created_at, got.id) into taken from got;
  if taken is not null then return json_build_object('state', 'claimed', 'prebookings', taken); end if;
  p := public.prebooking_of_opening(p_id, at.box_id, at.opens_at);
  if p.id is null then return json_build_object('state', 'missing'); end if;
  return json_build_object('state', case when p.status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown') then 'in-progress' else 'settled' end,
    'prebooking', public.prebooking_card(p));
end $$;

-- The named one, or where it is gone the first of its opening that is not at its end.
create function public.prebooking_of_opening(p_id uuid, p_box_id uuid, p_opens_at timestamptz) returns public.prebookings
language sql stable security definer set search_path = '' as $$
  select * from public.prebookings p where p.id = p_id
  union all
  (select * from public.prebookings p where p.box_id = p_box_id and p.opens_at = p_opens_at and p.id <> p_id
    and p.status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown') order by p.created_at, p.id limit 1)
  limit 1
$$;
revoke all on function public.prebooking_of_opening from public, anon, authenticated;
