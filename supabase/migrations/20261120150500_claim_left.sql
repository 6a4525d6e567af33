-- How long somebody else's claim still lasts, ms: whoever finds a prebooking claimed comes again then, in case its owner is gone.
-- Null when nobody holds one.
create function public.read_claim_left(p_id uuid) returns double precision
language sql stable security definer set search_path = '' as $$
  select greatest(0, extract(epoch from p.claim_until - pg_catalog.clock_timestamp()) * 1000) from public.prebookings p
  where p.id = p_id and p.status = 'claimed'
$$;
revoke all on function public.read_claim_left from public, anon, authenticated;
grant execute on function public.read_claim_left to service_role;
