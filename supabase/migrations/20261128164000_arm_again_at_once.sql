-- A race that goes on after its send deadline must arm its prebooking again, because every reader of the row must know until when a booking may be
-- sent. `fires_at` is set to the present, because the next shot follows at once. With a later `fires_at`, `free_dead_owners` would treat the
-- request of a dead process as not sent, and release the prebooking for another race. Only the owner of a claim that has not run out may arm a
-- prebooking again.

-- Moves the send deadline of an armed prebooking to p_send_deadline. Returns true when the send deadline was moved; false when the caller's claim has
-- ended.
create or replace function public.arm_again(
  p_id uuid, p_epoch bigint, p_owner text, p_send_deadline timestamptz, p_claim_ms integer, p_now timestamptz
) returns boolean language plpgsql security definer set search_path = '' as $$
begin
  update public.prebookings p set send_deadline = p_send_deadline, fires_at = pg_catalog.clock_timestamp(), updated_at = p_now,
    claim_until = pg_catalog.clock_timestamp() + p_claim_ms * interval '1 millisecond'
  where p.id = p_id and p.claim_epoch = p_epoch and p.claim_owner = p_owner and p.status = 'armed'
    and p.claim_until > pg_catalog.clock_timestamp();
  return found;
end $$;

revoke all on function public.arm_again from public, anon, authenticated;
grant execute on function public.arm_again to service_role;
