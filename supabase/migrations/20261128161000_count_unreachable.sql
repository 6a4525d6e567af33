-- Counts the notices that could not be delivered, and their members. An undelivered notice is counted for thirty days after it was given up (the
-- member has no channel, or no channel accepted the notice).

create index outbox_given_up on public.outbox (given_up_at) where given_up_at is not null;

-- How many notices were given up in the last thirty days, and for how many members: { notices, members }.
create function public.count_unreachable(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('notices', count(*), 'members', count(distinct o.user_id))
  from public.outbox o where o.given_up_at > p_now - interval '30 days'
$$;

revoke all on function public.count_unreachable(timestamptz) from public, anon, authenticated, service_role;
grant execute on function public.count_unreachable(timestamptz) to service_role;
