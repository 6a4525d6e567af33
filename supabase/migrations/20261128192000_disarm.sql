-- Takes back an arming (`arm_prebookings`) whose answer from the database never reached the process. A process that never heard the answer to its
-- arming does not know whether its prebookings are armed, and has sent nothing, since it sends only what it knows to be armed. An arming whose answer
-- from the database was lost is taken back, so that the next process may race and the member is not told that a request may have been sent.

-- Releases prebookings that the process p_owner has claimed or armed, so that another process can claim them immediately. A released prebooking is
-- `claimed`, with a claim that has expired. The raised `claim_epoch` invalidates an arming that is still on its way to the database. The caller names
-- only prebookings for which no request was sent. Returns how many prebookings were released; a repeated call returns the same number.
create function public.disarm_prebookings(p_claims jsonb, p_owner text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings p set status = 'claimed', claim_epoch = p.claim_epoch + 1, claim_until = pg_catalog.clock_timestamp(), fires_at = null,
    updated_at = p_now
  from jsonb_to_recordset(p_claims) as c(id uuid, epoch bigint)
  where p.id = c.id and p.claim_epoch = c.epoch and p.claim_owner = p_owner and p.status in ('claimed', 'armed');
  select count(*) into n from public.prebookings p join jsonb_to_recordset(p_claims) as c(id uuid, epoch bigint)
    on p.id = c.id and p.claim_epoch = c.epoch + 1 and p.claim_owner = p_owner and p.status = 'claimed';
  return n;
end $$;

revoke all on function public.disarm_prebookings from public, anon, authenticated, service_role;
grant execute on function public.disarm_prebookings to service_role;
