-- A pause of one account or box holds up nobody else: a lease leaves out the members who rest, and what a run left is picked up within
-- a minute. Also: a survey counts what a run left, and the sessions that only a new login can help.

drop function public.lease_due_sessions(timestamptz, text, integer, integer, boolean, uuid, timestamptz);

-- Leases up to p_limit background sessions whose last success is at or before p_stale_at. Soonest fire first, then those whose last
-- attempt went well, then oldest: a session that fails again and again is never in front of one that does not.
-- A success in the future is a clock gone wrong and proves nothing; five seconds are what two good clocks may differ by.
-- p_owner is new for every call: only a repeated call (its answer was lost) may take over what it was already given.
-- p_resting: groups of members to leave out, each the slugs of their boxes in order with a blank between.
create function public.lease_due_sessions(
  p_stale_at timestamptz, p_owner text, p_limit integer, p_lease_ms integer, p_only_troubled boolean, p_run_id uuid, p_now timestamptz,
  p_resting text[] default '{}'
) returns setof jsonb language plpgsql security definer set search_path = '' as $$
declare ids uuid[]; x uuid; one jsonb; plain jsonb; left_at timestamptz;
begin
  if p_only_troubled then
    -- Due when the last whole run began, and still due: that run left it. A run is over when it says so, or can last no longer.
    select max(r.started_at) - (p_now - p_stale_at) into left_at from public.runs r where r.job = 'refresh-background-sessions'
      and (r.finished_at is not null or r.started_at <= p_now - interval '15 minutes');
    -- Older than two cycles: whatever the runs say.
    left_at := greatest(left_at, p_now - interval '40 minutes');
  end if;
  ids := array(
    select s.id from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
      and (s.last_token_update_date <= p_stale_at or s.last_token_update_date > p_now + interval '5 seconds')
      -- A lease that ran out and was never given back: its holder died, perhaps after the gym had answered.
      and (not p_only_troubled or s.failure_streak > 0 or s.status <> 'live' or s.lease_until is not null
        or s.last_token_update_error is not null or s.last_token_update_date <= left_at)
      and (s.next_attempt_at is null or s.next_attempt_at <= p_now)
      and (s.held_until is null or s.held_until <= p_now)
      and (s.lease_until is null or s.lease_until < pg_catalog.clock_timestamp() or s.lease_owner = p_owner)
      and ((s.failure_streak = 0 and s.status = 'live') or s.lease_owner = p_owner or public.has_tries_left(s.id, p_now))
      -- One try a run: a failure goes to the next run, not round in circles. Turned away with a pause that is over: again, but
      -- four times and no more.
      and (select count(*) filter (where a.state <> 'turned-away' or s.next_attempt_at is null) = 0 and count(*) < 4
        from public.refresh_attempts a where a.session_id = s.id and a.run_id = p_run_id
        and a.state <> 'released' and (a.state <> 'sent' or s.lease_owner is distinct from p_owner))
      and (cardinality(p_resting) = 0 or not (coalesce((select string_agg(b.subdomain, ' ' order by b.subdomain collate "C")
        from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = s.user_id), '') = any (p_resting)))
    order by (select min(p.opens_at) from public.prebookings p
              where p.user_id = s.user_id and p.status in ('scheduling', 'scheduled', 'claimed')) nulls last,
             s.last_token_update_error is not null, s.last_token_update_date
    limit p_limit for update of s skip locked);
  select coalesce(jsonb_object_agg(g ->> 'id', g), '{}') into plain from public.grant_plain_leases(ids, p_owner, p_lease_ms, p_run_id, p_now) g;
  foreach x in array ids loop
    one := coalesce(plain -> x::text, public.grant_lease(x, p_owner, p_lease_ms, p_run_id, p_now));
    if one is not null then return next one; end if;
  end loop;
end $$;
revoke all on function public.lease_due_sessions from public, anon, authenticated;
grant execute on function public.lease_due_sessions to service_role;

-- Gives back leases of renewals that were never begun. Answers how many were still theirs to give.
-- Members of a box that rests are leased and given back each minute: the marks of that are kept for an hour.
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

-- What the refresh run must know beyond its own batch: is anything stale that no rule would ever pick, poisoned, from the future, left,
-- or beyond help but for a new login?
create or replace function public.survey_background_sessions(p_stale_at timestamptz, p_alarm_at timestamptz, p_since timestamptz, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  with alive as (
    select s.*, s.last_token_update_date > p_now + interval '5 seconds' as from_the_future,
      s.lease_until is not null and s.lease_until >= pg_catalog.clock_timestamp() as leased
    from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null),
  due as (select * from alive s where s.last_token_update_date <= p_stale_at or s.from_the_future)
  select jsonb_build_object(
    'live', (select count(*) from alive),
    'due', (select count(*) from due),
    'waiting', (select count(*) from due d where d.next_attempt_at > p_now or d.held_until > p_now or d.leased),
    'left', (select count(*) from due d where (d.held_until is null or d.held_until <= p_now) and not d.leased),
    'atWork', (select count(*) from due d where d.leased),
    'needsLogin', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.status = 'needs-login'),
    'overdue', coalesce((select jsonb_agg(o.id) from (select d.id from due d where (d.last_token_update_date <= p_alarm_at or d.from_the_future)
      and (d.held_until is null or d.held_until <= p_now) and not d.leased limit 20) o), '[]'),
    'fromTheFuture', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.from_the_future limit 20) o), '[]'),
    'unsure', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.status <> 'live'
      and a.last_token_update_date <= p_now - interval '58 minutes' limit 20) o), '[]'),
    'quarantined', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at is not null),
    'quarantinedNow', coalesce((select jsonb_agg(s.id) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at >= p_since), '[]'),
    'waitingWithoutSession', coalesce((select jsonb_agg(distinct p.user_id) from public.prebookings p
      where p.is_live and p.status in ('scheduling', 'scheduled') and not exists (select 1 from alive b where b.user_id = p.user_id)), '[]'))
$$;
