-- What ran and how it ended, and what members are to be told. Metrics are rows: a serverless process forgets.

create table public.runs (
  id uuid primary key,
  job text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  report jsonb,
  failure_code text
);
create index runs_by_job on public.runs (job, started_at desc);

create table public.outbox (
  id bigint generated always as identity primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  kind text not null,
  dedupe_key text not null unique,
  payload jsonb not null default '{}',
  created_at timestamptz not null,
  sent_at timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz,
  lease_until timestamptz,
  given_up_at timestamptz,
  last_error text
);
create index outbox_unsent on public.outbox (id) where sent_at is null;

-- Where a member wants to be told. Address and signing secret are sealed for the member: an address may hold a key of its own.
create table public.notice_channels (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  kind text not null check (kind in ('webhook')),
  address_sealed text not null,
  secret_sealed text not null,
  created_at timestamptz not null,
  unique (user_id, kind)
);

-- Told once: the same dedupe key a second time is no second notice. Answers the notice's id, or null when it stood already.
create function public.post_notice(p_user_id uuid, p_kind text, p_dedupe_key text, p_payload jsonb, p_now timestamptz) returns bigint
language sql security definer set search_path = '' as $$
  insert into public.outbox (user_id, kind, dedupe_key, payload, created_at) values (p_user_id, p_kind, p_dedupe_key, p_payload, p_now)
  on conflict (dedupe_key) do nothing returning id
$$;

-- Takes notices that are due. What is taken by a process that dies is taken again: a notice may be told twice under one id, never not at all.
create function public.lease_notices(p_limit integer, p_lease_ms integer, p_now timestamptz) returns setof jsonb
language sql security definer set search_path = '' as $$
  with due as (
    select o.id from public.outbox o where o.sent_at is null and o.given_up_at is null
      and (o.next_attempt_at is null or o.next_attempt_at <= p_now)
      and (o.lease_until is null or o.lease_until < pg_catalog.clock_timestamp())
    order by o.id for update skip locked limit p_limit
  ), taken as (
    update public.outbox o set attempts = o.attempts + 1, lease_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from due where o.id = due.id returning o.*
  )
  select jsonb_build_object('id', t.id, 'userId', t.user_id, 'kind', t.kind, 'payload', t.payload, 'createdAt', t.created_at, 'attempts', t.attempts,
    'wrapped', (select k.wrapped from public.user_keys k where k.user_id = t.user_id),
    'channels', coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'kind', c.kind, 'addressSealed', c.address_sealed, 'secretSealed', c.secret_sealed))
      from public.notice_channels c where c.user_id = t.user_id), '[]'),
    'prebooking', (select public.prebooking_card(p) from public.prebookings p where p.id = (t.payload ->> 'prebookingId')::uuid and p.user_id = t.user_id),
    'box', (select public.box_card(b) from public.boxes b join public.prebookings p on p.box_id = b.id where p.id = (t.payload ->> 'prebookingId')::uuid))
  from taken t order by t.id
$$;

-- How telling went. Each line { id, sent, error, nextAttemptAt }: not sent and no next attempt is giving up, which stays visible.
create function public.settle_notices(p_lines jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.outbox o set lease_until = null, last_error = l.error, next_attempt_at = l."nextAttemptAt",
    sent_at = case when l.sent then p_now end, given_up_at = case when not l.sent and l."nextAttemptAt" is null then p_now end
  from jsonb_to_recordset(p_lines) as l(id bigint, sent boolean, error text, "nextAttemptAt" timestamptz)
  where o.id = l.id and o.sent_at is null;
  get diagnostics n = row_count;
  delete from public.outbox where coalesce(sent_at, given_up_at) < p_now - interval '90 days';
  return n;
end $$;

-- One channel of a kind for a member; a new one takes the place of the old. Answers the number of rows.
create function public.keep_notice_channel(p_id uuid, p_user_id uuid, p_kind text, p_address_sealed text, p_secret_sealed text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.notice_channels values (p_id, p_user_id, p_kind, p_address_sealed, p_secret_sealed, p_now)
  on conflict (user_id, kind) do update set id = excluded.id, address_sealed = excluded.address_sealed, secret_sealed = excluded.secret_sealed, created_at = p_now;
  get diagnostics n = row_count;
  return n;
end $$;
create function public.remove_notice_channel(p_user_id uuid, p_kind text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.notice_channels where user_id = p_user_id and kind = p_kind;
  get diagnostics n = row_count;
  return n;
end $$;
create function public.read_member_key(p_user_id uuid) returns text language sql stable security definer set search_path = '' as $$
  select k.wrapped from public.user_keys k where k.user_id = p_user_id
$$;

create function public.start_run(p_id uuid, p_job text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.runs (id, job, started_at) values (p_id, p_job, p_now) on conflict (id) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;
create function public.finish_run(p_id uuid, p_report jsonb, p_failure_code text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.runs set finished_at = p_now, report = p_report, failure_code = p_failure_code where id = p_id and finished_at is null;
  get diagnostics n = row_count;
  delete from public.runs where started_at < p_now - interval '30 days';
  return n;
end $$;

-- What the refresh run must know beyond its own batch: is anything stale that no rule would ever pick, poisoned, or from the future?
create function public.survey_background_sessions(p_stale_at timestamptz, p_alarm_at timestamptz, p_since timestamptz, p_now timestamptz) returns jsonb
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
    'overdue', coalesce((select jsonb_agg(o.id) from (select d.id from due d where (d.last_token_update_date <= p_alarm_at or d.from_the_future)
      and (d.held_until is null or d.held_until <= p_now) and not d.leased limit 20) o), '[]'),
    'fromTheFuture', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.from_the_future limit 20) o), '[]'),
    'unsure', coalesce((select jsonb_agg(o.id) from (select a.id from alive a where a.status <> 'live'
      and a.last_token_update_date <= p_now - interval '58 minutes' limit 20) o), '[]'),
    'quarantined', (select count(*) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at is not null),
    'quarantinedNow', coalesce((select jsonb_agg(s.id) from public.auth_sessions s where s.session_type = 'background' and s.quarantined_at >= p_since), '[]'),
    'waitingWithoutSession', coalesce((select jsonb_agg(distinct p.user_id) from public.prebookings p
      where p.status in ('scheduling', 'scheduled') and not exists (select 1 from alive b where b.user_id = p.user_id)), '[]'))
$$;

-- One snapshot for /metrics, /monitor and psql to agree on.
create function public.read_monitor(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(public.session_card(s) order by s.id) from public.auth_sessions s where s.session_type = 'background'), '[]'),
    'devices', (select count(*) from public.auth_sessions where session_type = 'device'),
    'prebookings', coalesce((select jsonb_object_agg(x.status, x.n) from (select status, count(*) n from public.prebookings group by status) x), '{}'),
    'races', coalesce((select jsonb_agg(r.receipt || jsonb_build_object('outcome', r.outcome)) from (select receipt, outcome from public.prebookings where receipt is not null order by settled_at desc nulls last limit 200) r), '[]'),
    'upcoming', coalesce((select jsonb_agg(public.prebooking_card(p)) from (select * from public.prebookings
      where status in ('scheduling', 'scheduled', 'claimed', 'armed', 'unknown') order by opens_at limit 50) p), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null and given_up_at is null))
$$;

-- One sealed value of each key in use, for the boot check that every one can be opened.
create function public.read_seal_canaries() returns setof jsonb language sql stable security definer set search_path = '' as $$
  select distinct on (k.kid) jsonb_build_object('kid', k.kid, 'userId', k.user_id, 'wrapped', k.wrapped) from public.user_keys k order by k.kid, k.user_id
$$;
