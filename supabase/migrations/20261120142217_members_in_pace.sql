-- What members ask of the gym by hand keeps a pace: a gym that is asked too often by one address bars it, for everybody.

-- Full buckets that fill again with time; one that is not there is full.
create table public.rate_buckets (
  name text primary key,
  -- What is left, at filled_at.
  level double precision not null,
  filled_at timestamptz not null
);
create index rate_buckets_by_age on public.rate_buckets (filled_at);
alter table public.rate_buckets enable row level security;
alter table public.rate_buckets force row level security;
revoke all on public.rate_buckets from public, anon, authenticated, service_role;

-- Takes one from each of [{ name, perSecond, burst }], or nothing. Answers the milliseconds to wait: 0 is taken.
create function public.take_from_buckets(p_buckets jsonb, p_now timestamptz) returns bigint
language plpgsql security definer set search_path = '' as $$
declare wait_ms bigint;
begin
  delete from public.rate_buckets where filled_at < p_now - interval '1 day';
  -- Always in this order, so that two who take from the same never wait for each other.
  insert into public.rate_buckets as b (name, level, filled_at)
  select w.name, w.burst, p_now from jsonb_to_recordset(p_buckets) as w (name text, "perSecond" double precision, burst integer)
  order by w.name
  on conflict (name) do update set filled_at = p_now,
    -- Another process's clock may be behind: time that went backwards fills nothing.
    level = least(b.level + greatest(extract(epoch from p_now - b.filled_at), 0) * (select w."perSecond"
      from jsonb_to_recordset(p_buckets) as w (name text, "perSecond" double precision) where w.name = b.name), excluded.level);
  select coalesce(max(ceil((1 - b.level) / w."perSecond" * 1000)) filter (where b.level < 1), 0) into wait_ms
  from jsonb_to_recordset(p_buckets) as w (name text, "perSecond" double precision) join public.rate_buckets b on b.name = w.name;
  if wait_ms = 0 then
    update public.rate_buckets b set level = b.level - 1
    from jsonb_to_recordset(p_buckets) as w (name text) where b.name = w.name;
  end if;
  return wait_ms;
end $$;

-- As before; and a device's session, which is renewed whenever somebody asks for it, has eight tries in any hour whether in trouble
-- or not: five at once, and three an hour, which is more than its own freshness needs. Who rests is told for how long.
create or replace function public.lease_session(
  p_id uuid, p_type text, p_stale_at timestamptz, p_owner text, p_lease_ms integer, p_through_hold boolean, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions; granted jsonb; rest_ms bigint := 0;
begin
  select * into s from public.auth_sessions where id = p_id and session_type = p_type for update;
  if not found then return jsonb_build_object('state', 'missing'); end if;
  if s.status in ('needs-login', 'revoked') or s.quarantined_at is not null then return jsonb_build_object('state', 'dead'); end if;
  if s.last_token_update_date > p_stale_at and s.last_token_update_date <= p_now + interval '5 seconds' then
    return coalesce(public.session_with_secrets(s) || jsonb_build_object('state', 'fresh'), jsonb_build_object('state', 'dead'));
  end if;
  if s.held_until > p_now and not p_through_hold then return jsonb_build_object('state', 'held'); end if;
  if s.lease_until >= pg_catalog.clock_timestamp() and s.lease_owner <> p_owner then return jsonb_build_object('state', 'busy'); end if;
  if s.failure_streak > 0 and not p_through_hold and not public.has_tries_left(s.id, p_now) then
    rest_ms := 60000;
  elsif s.session_type = 'device' then
    rest_ms := public.take_from_buckets(jsonb_build_array(jsonb_build_object(
      'name', 'device ' || s.id, 'perSecond', 3 / 3600.0, 'burst', 5)), p_now);
  end if;
  if rest_ms > 0 then return jsonb_build_object('state', 'resting', 'retryAfterMs', rest_ms); end if;
  granted := public.grant_lease(s.id, p_owner, p_lease_ms, null, p_now);
  if granted is null then return jsonb_build_object('state', 'dead'); end if;
  return granted || jsonb_build_object('state', 'leased');
end $$;

revoke all on function public.take_from_buckets from public, anon, authenticated;
grant execute on function public.take_from_buckets to service_role;
