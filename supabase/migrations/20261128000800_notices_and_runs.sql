set check_function_bodies = off;

-- What members are to be notified of, which jobs ran and how the runs ended, and which deliveries of the queue came in. Metrics are kept as rows,
-- since a serverless process keeps nothing in memory between requests.

-- ── notices ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
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

-- The channels on which members want to receive their notices. A channel's address and signing secret are sealed under the member's own key: an
-- address may itself contain a secret.
create table public.notice_channels (
  id uuid primary key,
  user_id uuid not null references public.members (id) on delete cascade,
  kind text not null check (kind in ('webhook')),
  address_sealed text not null,
  secret_sealed text not null,
  created_at timestamptz not null,
  unique (user_id, kind)
);

-- Puts a notice into the outbox; a second call with the same dedupe key adds none. Returns the notice's id, or null when the notice existed already.
create function public.post_notice(p_user_id uuid, p_kind text, p_dedupe_key text, p_payload jsonb, p_now timestamptz) returns bigint
language sql security definer set search_path = '' as $$
  insert into public.outbox (user_id, kind, dedupe_key, payload, created_at) values (p_user_id, p_kind, p_dedupe_key, p_payload, p_now)
  on conflict (dedupe_key) do nothing returning id
$$;

-- Leases at most p_limit notices that are due to be sent, and returns each with the channels, prebooking and box that its delivery needs. A notice
-- leased by a process that dies is leased again: the notice may be delivered twice under one id, but is never lost.
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

-- Stores how the delivery of notices went. Each line of p_lines is { id, sent, error, nextAttemptAt }. A notice that was not sent and has no next
-- attempt is given up, and its row stays in the outbox for 90 days.
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

-- Stores a member's notice channel of one kind; a new channel replaces the member's old channel of that kind. Returns the number of channels written.
create function public.keep_notice_channel(p_id uuid, p_user_id uuid, p_kind text, p_address_sealed text, p_secret_sealed text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.notice_channels values (p_id, p_user_id, p_kind, p_address_sealed, p_secret_sealed, p_now)
  on conflict (user_id, kind) do update set id = excluded.id, address_sealed = excluded.address_sealed, secret_sealed = excluded.secret_sealed, created_at = p_now;
  get diagnostics n = row_count;
  return n;
end $$;

-- Reads a member's own notice channel, to show or test it: one row, its address still sealed, with the member's wrapped data key, which opens the
-- seal.
create function public.read_notice_channel(p_user_id uuid, p_kind text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'addressSealed', c.address_sealed, 'secretSealed', c.secret_sealed,
    'createdAt', c.created_at, 'wrapped', k.wrapped)
  from public.notice_channels c join public.user_keys k on k.user_id = c.user_id
  where c.user_id = p_user_id and c.kind = p_kind
$$;

create function public.remove_notice_channel(p_user_id uuid, p_kind text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.notice_channels where user_id = p_user_id and kind = p_kind;
  get diagnostics n = row_count;
  return n;
end $$;

-- ── deliveries of the queue ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Deliveries of the queue by the id of their signature (jti). A second delivery of the queue with the same signature id is a replay.
create table public.webhook_seen (
  jti text primary key,
  message_id text,
  first_seen timestamptz not null,
  result text
);
create index webhook_seen_by_age on public.webhook_seen (first_seen);

-- Notes a delivery of the queue under the id of its signature. Returns { replayed, result }: `replayed` is true if the jti came before. `result` is
-- the result of the first delivery with this jti: null while that delivery is still running, or if its process died.
create function public.note_delivery(p_jti text, p_message_id text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare w public.webhook_seen;
begin
  insert into public.webhook_seen (jti, message_id, first_seen) values (p_jti, p_message_id, p_now) on conflict (jti) do nothing returning * into w;
  if found then
    delete from public.webhook_seen where jti in (select jti from public.webhook_seen where first_seen < p_now - interval '7 days' limit 100);
    return jsonb_build_object('replayed', false);
  end if;
  select * into w from public.webhook_seen where jti = p_jti;
  return jsonb_build_object('replayed', true, 'result', w.result);
end $$;

create function public.end_delivery(p_jti text, p_result text) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.webhook_seen set result = coalesce(result, p_result) where jti = p_jti;
  get diagnostics n = row_count;
  return n;
end $$;

-- Deliveries of the queue with a valid signature, but with a time that is wrong by the receiving process's clock: then a clock is wrong, not a key.
-- Each signature counts once, so that one old message sent over and over neither triggers the alert of a wrong clock nor fills the table.
create table public.skewed_deliveries (
  jti text primary key,
  seen_at timestamptz not null
);
create index skewed_deliveries_by_age on public.skewed_deliveries (seen_at);

-- Notes a delivery with a signature of our queue, if the times in the signature do not fit the clock of the process that received the delivery.
-- Returns 1 if p_jti, the id of the delivery's signature, was not stored yet, else 0.
create function public.note_clock_skew(p_jti text, p_now timestamptz) returns integer language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.skewed_deliveries d where d.seen_at < p_now - interval '30 days';
  insert into public.skewed_deliveries values (p_jti, p_now) on conflict (jti) do nothing;
  get diagnostics n = row_count;
  return n;
end $$;

-- ── runs ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table public.runs (
  id uuid primary key,
  job text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  report jsonb,
  failure_code text
);
create index runs_by_job on public.runs (job, started_at desc);

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

-- One snapshot of the service's state, for /metrics, /monitor and psql.
create function public.read_monitor(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'sessions', coalesce((select jsonb_agg(public.session_card(s) order by s.id) from public.auth_sessions s where s.session_type = 'background'), '[]'),
    'devices', (select count(*) from public.auth_sessions where session_type = 'device'),
    'prebookings', coalesce((select jsonb_object_agg(x.status, x.n) from (select status, count(*) n from public.prebookings group by status) x), '{}'),
    'races', coalesce((select jsonb_agg(r.receipt || jsonb_build_object('outcome', r.outcome)) from (select receipt, outcome from public.prebookings where receipt is not null order by settled_at desc nulls last limit 200) r), '[]'),
    'upcoming', coalesce((select jsonb_agg(public.prebooking_card(p)) from (select * from public.prebookings
      where is_live order by opens_at limit 50) p), '[]'),
    'runs', coalesce((select jsonb_agg(to_jsonb(r) order by r.started_at desc) from (select distinct on (job) * from public.runs order by job, started_at desc) r), '[]'),
    'lastGoodRefreshAt', (select max(finished_at) from public.runs where job = 'refresh-background-sessions' and finished_at is not null and failure_code is null),
    'skewedDeliveries', (select count(*) from public.skewed_deliveries d where d.seen_at > p_now - interval '7 days'),
    'unsentNotices', (select count(*) from public.outbox where sent_at is null and given_up_at is null))
$$;
