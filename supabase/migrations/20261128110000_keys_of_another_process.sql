-- A process that does not know a key of the keyring leases no session whose secrets that key protects. A session whose seal does not open in a
-- process that knows the session's key is quarantined.

-- `lease_due_sessions` leaves out sessions of members whose group (all members with the same boxes) is paused after a 403 or 429 of the gym, and
-- leases other due sessions in their place. The pass of each minute also leases a session that was due when the last ended whole run began and is
-- still due.

drop function public.lease_due_sessions(timestamptz, text, integer, integer, boolean, uuid, timestamptz);
-- Leases up to p_limit background sessions whose last successful renewal is at or before p_stale_at. The sessions are leased in the order of their
-- members' next openings. Among sessions of members with the same next opening, or with none, those whose last attempt went well come first, and of
-- these the one with the oldest success. Where openings do not decide the order, a session that fails again and again never comes before one that
-- does not fail. A session whose last success is dated in the future, by a wrong clock, also counts as due; five seconds are tolerated, since two
-- good clocks may differ by them. Each call has a new p_owner; only a call that is repeated because its answer was lost has the p_owner of the first
-- call. A repeated call may take over the leases that the first call was granted. An intent that the first call wrote for a session does not keep the
-- repeated call from leasing that session. The limit on attempts an hour applies to sessions in doubt as well as to failed sessions. A process that
-- dies during its attempt reports no failure, and without a limit on the attempts of sessions in doubt its session would be attempted each minute.
-- Each text in p_resting names boxes whose renewals are paused: their sorted slugs, with a blank between. A session is left out if a text in
-- p_resting names exactly its member's boxes. p_keys has the ids of the keyring's keys that the caller knows; null means that the caller knows all. A
-- session is left out if its member's data key is wrapped by a key that is not in p_keys. A damaged data key, which names no key id, does not leave
-- the member's session out.
create function public.lease_due_sessions(
  p_stale_at timestamptz, p_owner text, p_limit integer, p_lease_ms integer, p_only_troubled boolean, p_run_id uuid, p_now timestamptz,
  p_resting text[] default '{}', p_keys text[] default null
) returns setof jsonb language plpgsql security definer set search_path = '' set plan_cache_mode = force_custom_plan as $$
declare ids uuid[]; x uuid; one jsonb; plain jsonb; left_at timestamptz;
begin
  if p_only_troubled then
    -- A session that was due when the last ended whole run began, and is still due, counts as left out by that run. A run has ended when its row says
    -- so, or when 15 minutes, the longest that a run may take, have passed since it began.
    select max(r.started_at) - (p_now - p_stale_at) into left_at from public.runs r where r.job = 'refresh-background-sessions'
      and (r.finished_at is not null or r.started_at <= p_now - interval '15 minutes');
    -- The pass of each minute also leases a session whose last success is at least 40 minutes (two refresh cycles) old, whether or not the last
    -- whole run left the session out.
    left_at := greatest(left_at, p_now - interval '40 minutes');
  end if;
  ids := array(
    select s.id from public.auth_sessions s
    where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect') and s.quarantined_at is null
      and (s.last_token_update_date <= p_stale_at or s.last_token_update_date > p_now + interval '5 seconds')
      -- A session with a lease that was never given back counts as troubled: the lease's holder died, perhaps after the gym had answered.
      and (not p_only_troubled or s.failure_streak > 0 or s.status <> 'live' or s.lease_until is not null
        or s.last_token_update_error is not null or s.last_token_update_date <= left_at)
      and (s.next_attempt_at is null or s.next_attempt_at <= p_now)
      and (s.held_until is null or s.held_until <= p_now)
      and (s.lease_until is null or s.lease_until < pg_catalog.clock_timestamp() or s.lease_owner = p_owner)
      and ((s.failure_streak = 0 and s.status = 'live') or s.lease_owner = p_owner or public.has_tries_left(s.id, p_now))
      -- A session whose attempt failed in a refresh run waits for the next run, unless the gym answered 403 or 429 (`turned-away`). After a 403 or
      -- 429 a session that has a `next_attempt_at` is attempted again in the same run from that instant on. One refresh run makes at most four
      -- attempts for one session, the first included.
      and (select count(*) filter (where a.state <> 'turned-away' or s.next_attempt_at is null) = 0 and count(*) < 4
        from public.refresh_attempts a where a.session_id = s.id and a.run_id = p_run_id
        and a.state <> 'released' and (a.state <> 'sent' or s.lease_owner is distinct from p_owner))
      and (cardinality(p_resting) = 0 or not (coalesce((select string_agg(b.subdomain, ' ' order by b.subdomain collate "C")
        from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = s.user_id), '') = any (p_resting)))
      and (p_keys is null or not exists (select 1 from public.user_keys k where k.user_id = s.user_id
        and split_part(k.wrapped, '.', 2) ~ '^[a-z0-9-]{1,32}$' and split_part(k.wrapped, '.', 2) <> all (p_keys)))
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

-- Sessions in quarantine, each with its sealed token and cookies and the wrapped data key that is needed to open them. A session is left out if the
-- row of its token in force is missing from `token_journal`, or if its member has no data key.
create function public.read_quarantined(p_after uuid, p_limit integer) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select w.whole from (
    select s.id, public.session_with_secrets(s) as whole from public.auth_sessions s
    where s.quarantined_at is not null and (p_after is null or s.id > p_after)) w
  where w.whole is not null order by w.id limit p_limit
$$;
-- No renewal moves a row into or out of this index, so a renewal can update its row in place (a HOT update).
create index auth_sessions_quarantined on public.auth_sessions (id) where quarantined_at is not null;

-- Takes sessions whose seal opens again out of quarantine, and lets them be attempted immediately. Returns how many sessions the call took out of
-- quarantine.
create function public.release_quarantined(p_ids uuid[]) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.auth_sessions set quarantined_at = null, quarantine_reason = null, next_attempt_at = null
  where id = any (p_ids) and quarantined_at is not null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Counts the background sessions that are due, quarantined or in need of a login. A due session that is not quarantined also counts as `waiting` if
-- it is backed off, held or leased, and as `atWork` if it is leased. A quarantined session counts as due, too, when its last successful renewal is at
-- or before p_stale_at. Each list in the result holds ids of sessions, except `waitingWithoutSession`, which holds ids of members.
create or replace function public.survey_background_sessions(p_stale_at timestamptz, p_alarm_at timestamptz, p_since timestamptz, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  with own as (
    select s.*, s.last_token_update_date > p_now + interval '5 seconds' as from_the_future,
      s.lease_until is not null and s.lease_until >= pg_catalog.clock_timestamp() as leased
    from public.auth_sessions s where s.session_type = 'background' and s.status in ('live', 'uncertain', 'suspect')),
  alive as (select * from own s where s.quarantined_at is null),
  due as (select * from alive s where s.last_token_update_date <= p_stale_at or s.from_the_future),
  aside as (select * from own s where s.quarantined_at is not null and s.last_token_update_date <= p_stale_at)
  select jsonb_build_object(
    'live', (select count(*) from alive),
    'due', (select count(*) from due) + (select count(*) from aside),
    'waiting', (select count(*) from due d where d.next_attempt_at > p_now or d.held_until > p_now or d.leased),
    'left', (select count(*) from due d where (d.held_until is null or d.held_until <= p_now) and not d.leased) + (select count(*) from aside),
    'atWork', (select count(*) from due d where d.leased),
    'needsLogin', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.status = 'needs-login'),
    'overdue', coalesce((select jsonb_agg(o.id) from (select d.id from due d where (d.last_token_update_date <= p_alarm_at or d.from_the_future)
      and (d.held_until is null or d.held_until <= p_now) and not d.leased limit 20) o), '[]'),
    'putAside', coalesce((select jsonb_agg(o.id) from (select d.id from aside d limit 20) o), '[]'),
    'fromTheFuture', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.from_the_future limit 20) o), '[]'),
    'unsure', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.status <> 'live'
      and a.last_token_update_date <= p_now - interval '58 minutes' limit 20) o), '[]'),
    'quarantined', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at is not null),
    'quarantinedNow', coalesce((select jsonb_agg(s.id) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at >= p_since), '[]'),
    'waitingWithoutSession', coalesce((select jsonb_agg(distinct p.user_id) from public.prebookings p
      where p.is_live and p.status in ('scheduling', 'scheduled') and not exists (select 1 from alive b where b.user_id = p.user_id)), '[]'))
$$;

-- A member sees a quarantined session as quarantined, not as live.
create or replace view public.my_sessions with (security_invoker = true) as
  select s.id, s.user_id, s.session_type, case when s.quarantined_at is null then s.status else 'quarantined' end as status,
    s.token_update_count, s.last_token_update_date, s.created_at from public.auth_sessions s;
grant select (quarantined_at) on public.auth_sessions to authenticated;

revoke all on function public.lease_due_sessions, public.read_quarantined, public.release_quarantined from public, anon, authenticated;
grant execute on function public.lease_due_sessions, public.read_quarantined, public.release_quarantined to service_role;
