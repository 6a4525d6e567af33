-- True if the run with this id is in `runs`. A process asks for the run that it finished last: a database that does not know that run was put back to
-- an earlier state, and its tokens are older than the gym's.
create function public.is_run_known(p_id uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.runs r where r.id = p_id)
$$;
revoke all on function public.is_run_known from public, anon, authenticated, service_role;
grant execute on function public.is_run_known to service_role;
