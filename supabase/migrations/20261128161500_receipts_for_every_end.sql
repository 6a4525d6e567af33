-- Every prebooking that ends gets a receipt, unless it was withdrawn. A race whose process was killed, and a missed prebooking, leave a row without a
-- receipt. A sweep builds each missing receipt from the prebooking's events, which are rows of their own and outlive the process that ran the race.

-- Few ended prebookings have no receipt, so the index is small. The index's predicate has no status and no column that claiming or arming writes, so
-- that claiming and arming change the row in place (HOT updates).
create index prebookings_without_receipt on public.prebookings (id) where not is_live and receipt is null;

-- Ended prebookings without a receipt, except withdrawn prebookings, each with its events as [{ to, at }] in order. The answer is one json value,
-- since the API in front of the database cuts an answer off at a thousand rows.
create function public.prebookings_without_receipt(p_limit integer, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_agg(jsonb_build_object('prebooking', public.prebooking_card(p), 'events', (
      select coalesce(jsonb_agg(jsonb_build_object('to', e.to_status, 'at', e.at) order by e.id), '[]')
      from public.prebooking_events e where e.prebooking_id = p.id))), '[]')
  from (select * from public.prebookings q where not q.is_live and q.receipt is null and q.status <> 'withdrawn'
    and q.settled_at > p_now - interval '7 days' order by q.id limit p_limit) p
$$;

-- Writes receipts of ended prebookings. Each line of p_lines is { id, status, receipt }. A prebooking that already has a receipt, or whose status
-- differs from the `status` of its line, is left unchanged. Returns how many receipts were written.
create function public.write_receipts(p_lines jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.prebookings p set receipt = l.receipt, updated_at = p_now
  from jsonb_to_recordset(p_lines) as l(id uuid, status text, receipt jsonb)
  where p.id = l.id and p.status = l.status and p.receipt is null;
  get diagnostics n = row_count;
  return n;
end $$;

revoke all on function public.prebookings_without_receipt, public.write_receipts from public, anon, authenticated;
grant execute on function public.prebookings_without_receipt, public.write_receipts to service_role;
