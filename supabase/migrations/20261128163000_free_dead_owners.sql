-- The claims and leases of a dead process end as soon as another process locks the dead process's data folder, which proves the death. Openings that
-- are near and for which no process was woken are found by `openings_ahead`.

-- The caller is the process that has just locked a data folder, so all other processes of that folder are dead. `p_life` is the name that the caller
-- has from this start on; an owner is dead if its name begins with `p_folder/` but not with `p_life/`. The function ends the claims and leases of
-- dead owners immediately. An armed prebooking is released for another race only while the database's clock is more than a second before `fires_at`:
-- no booking of it was sent by then. From a second before `fires_at`, a dead owner's armed prebooking only loses its claim: its place is looked for
-- in the gym's list, and its booking is never sent again. Returns four counts: `unsent` (armed prebookings released for another race), `armed` (armed
-- prebookings that only lost their claim), `claims` (claims that ended before arming), `leases` (leases that ended).
create function public.free_dead_owners(p_folder text, p_life text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare claims integer; unsent integer; armed integer; leases integer;
begin
  update public.prebookings p set status = 'claimed', claim_until = pg_catalog.clock_timestamp(), updated_at = p_now
  where p.is_live and p.status = 'armed' and public.is_dead_owner(p.claim_owner, p_folder, p_life)
    and pg_catalog.clock_timestamp() < p.fires_at - interval '1 second';
  get diagnostics unsent = row_count;
  update public.prebookings p set claim_until = pg_catalog.clock_timestamp()
  where p.is_live and p.status = 'armed' and public.is_dead_owner(p.claim_owner, p_folder, p_life) and p.claim_until > pg_catalog.clock_timestamp();
  get diagnostics armed = row_count;
  update public.prebookings p set claim_until = pg_catalog.clock_timestamp()
  where p.is_live and p.status = 'claimed' and public.is_dead_owner(p.claim_owner, p_folder, p_life) and p.claim_until > pg_catalog.clock_timestamp();
  get diagnostics claims = row_count;
  update public.auth_sessions s set lease_until = pg_catalog.clock_timestamp()
  where s.lease_until > pg_catalog.clock_timestamp() and public.is_dead_owner(s.lease_owner, p_folder, p_life);
  get diagnostics leases = row_count;
  return jsonb_build_object('claims', claims, 'unsent', unsent, 'armed', armed, 'leases', leases);
end $$;

create function public.is_dead_owner(p_owner text, p_folder text, p_life text) returns boolean language sql immutable
return starts_with(p_owner, p_folder || '/') and not starts_with(p_owner, p_life || '/');

-- Of each opening within p_within_ms that no living process has claimed: one prebooking (`id`), and the ms until the opening by the database's clock
-- (`inMs`). Openings of the last p_since_ms are returned as well; the sweep of each minute finds older ones.
create function public.openings_ahead(p_within_ms integer, p_since_ms integer) returns json
language sql stable security definer set search_path = '' as $$
  select coalesce(json_agg(json_build_object('id', o.id, 'inMs',
    extract(epoch from o.opens_at - pg_catalog.clock_timestamp()) * 1000) order by o.opens_at), '[]')
  from (select distinct on (p.box_id, p.opens_at) p.id, p.opens_at from public.prebookings p
    where p.is_live and p.opens_at < pg_catalog.clock_timestamp() + p_within_ms * interval '1 millisecond'
      and p.opens_at > pg_catalog.clock_timestamp() - p_since_ms * interval '1 millisecond'
      and (p.status in ('scheduling', 'scheduled') or (p.status = 'claimed' and p.claim_until < pg_catalog.clock_timestamp()))
    order by p.box_id, p.opens_at, p.created_at, p.id) o
$$;

revoke all on function public.free_dead_owners, public.is_dead_owner, public.openings_ahead from public, anon, authenticated;
grant execute on function public.free_dead_owners, public.openings_ahead to service_role;
