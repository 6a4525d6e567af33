-- When a place that is booked costs nothing after all: it was not our doing, or the fault was ours.

-- The prebooking's own token is spent as before, and given back in the same statement
--   where another prebooking has paid for the very same place (a second choice that met a first one, seen only afterwards),
--   where we found the place so late that its class had begun: the member was told "checking" until then.
-- What the member had taken by hand while we were at it is theirs: it costs nothing.
create or replace function public.charge_won_place() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.outcome = 'already-booked' then return null; end if;
  -- Holds the member's subscription until the end, so that of two at once the later sees what the earlier has paid.
  perform public.spend_token(new.user_id, new.id, new.updated_at);
  if exists (select from public.prebookings p join public.token_spends t on t.prebooking_id = p.id and t.refunded_at is null
      where p.user_id = new.user_id and p.box_id = new.box_id and p.reservation_id = new.reservation_id and p.id <> new.id) then
    perform public.refund_token(new.id, 'one place, paid for already', new.updated_at);
  elsif old.status = 'unknown' and new.updated_at >= new.starts_at then
    perform public.refund_token(new.id, 'found only after the class had begun', new.updated_at);
  end if;
  return null;
end $$;
