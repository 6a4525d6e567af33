-- If a pause begins after a session was leased, the lease is given back without a request to the gym. Each lease that is given back leaves an attempt
-- in the state `released`, which is kept for an hour. `lease_due_sessions` leaves out sessions of members whose group (all members with the same
-- boxes) is paused (20261128110000_keys_of_another_process.sql).

-- Gives back the leases of renewals that were not sent, and deletes released attempts older than an hour. Returns how many of the leases were still
-- the caller's when they were given back.
create or replace function public.release_leases(p_renewals uuid[], p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  with given as (
    update public.refresh_attempts set state = 'released', settled_at = p_now
    where id = any (p_renewals) and state = 'sent' returning session_id, lease_epoch),
  forgotten as (
    delete from public.refresh_attempts a using given where a.session_id = given.session_id and a.state = 'released'
      and a.settled_at < p_now - interval '1 hour')
  update public.auth_sessions s set lease_owner = null, lease_until = null
  from given where s.id = given.session_id and s.lease_epoch = given.lease_epoch;
  get diagnostics n = row_count;
  return n;
end $$;
