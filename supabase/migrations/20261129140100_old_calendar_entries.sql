-- Deletes the calendar entries of classes that began before p_before, and returns how many were deleted. A calendar shows the last thirty days, so
-- p_before must lie further back than thirty days.
create function public.purge_calendar_entries(p_before timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.calendar_entries e where e.starts_at < p_before;
  get diagnostics n = row_count;
  return n;
end $$;
revoke all on function public.purge_calendar_entries from public, anon, authenticated, service_role;
grant execute on function public.purge_calendar_entries to service_role;
