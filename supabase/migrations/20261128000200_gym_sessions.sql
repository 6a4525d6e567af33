set check_function_bodies = off;

-- Gym sessions: a row of auth_sessions points at the token in force, token_journal holds the tokens received, and refresh_attempts has every attempt
-- to get a new token. Sealed tokens and cookies are in token_journal only. A session's pointer (current_attempt, token_digest) names the journal row
-- in force, so that token and cookies change together. The functions that renew a session are in 20261128000300_renewals.sql.

create table public.auth_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.members (id) on delete cascade,
  user_email text,
  session_type text not null check (session_type in ('background', 'device')),
  fingerprint text not null,
  status text not null default 'live' check (status in ('live', 'uncertain', 'suspect', 'needs-login', 'revoked')),
  -- A chain is the id that one login and all its renewals share; the next login starts a new chain. A token that is received for a renewal of an
  -- earlier login never comes into force.
  chain uuid not null,
  generation integer not null default 0,
  current_attempt uuid not null,
  token_digest text not null,
  previous_token_digest text,
  token_update_count integer not null default 0,
  token_success_count integer not null default 0,
  failure_streak integer not null default 0,
  last_attempt_at timestamptz,
  last_token_update_date timestamptz not null,
  last_token_update_error text,
  next_attempt_at timestamptz,
  refused_digest text,
  refused_since timestamptz,
  lease_owner text,
  lease_epoch bigint not null default 0,
  lease_until timestamptz,
  held_until timestamptz,
  quarantined_at timestamptz,
  quarantine_reason text,
  -- When the member was notified that this session needs a login; null again once a notice has said that the session works.
  told_dead_at timestamptz,
  last_seen_at timestamptz not null,
  created_at timestamptz not null
  -- The fillfactor leaves room on the row's page for the versions that one renewal writes (lease, commit), even while an older snapshot keeps them
  -- from being pruned.
) with (fillfactor = 33);

-- The columns that change at every renewal have no index, so that Postgres updates the row in place (HOT). A renewal writes 1.2 KB of write-ahead
-- log for a session.
create unique index one_background_session_a_member on public.auth_sessions (user_id) where session_type = 'background';
create unique index one_device_session_a_fingerprint on public.auth_sessions (user_id, fingerprint) where session_type = 'device';

-- Each row of token_journal holds one sealed pair of token and cookies, which is written once and never changed. A session's row in auth_sessions
-- says which of its journal rows is in force. A journal row keeps the state 'current' when the session's next row comes into force; the earlier row's
-- token is then the parent token of that next row. A 'candidate' row has a token that was received and never put into force. A candidate row becomes
-- 'superseded' when the renewal that was sent with its token brings the next row into force.
create table public.token_journal (
  attempt_id uuid not null,
  token_digest text not null,
  session_id uuid not null,
  user_id uuid not null,
  chain uuid not null,
  generation integer not null,
  parent_digest text,
  token_sealed text not null,
  cookies_sealed text not null,
  state text not null check (state in ('candidate', 'current', 'superseded', 'suspect', 'dead')),
  refusals integer not null default 0,
  received_at timestamptz not null,
  primary key (attempt_id, token_digest)
);
create index token_journal_by_session on public.token_journal (session_id);

-- Deletes the journal rows of deleted members. A trigger deletes the journal rows of deleted members, since a foreign key on `members` would write to
-- the member's row at every renewal.
create function public.purge_journal() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from public.token_journal j using gone where j.user_id = gone.id;
  return null;
end $$;

create trigger journal_leaves_with_member after delete on public.members
referencing old table as gone for each statement execute function public.purge_journal();

create table public.refresh_attempts (
  id uuid primary key,
  session_id uuid not null references public.auth_sessions (id) on delete cascade,
  chain uuid not null,
  lease_epoch bigint not null,
  parent_digest text not null,
  generation integer not null,
  state text not null default 'sent' check (state in ('sent', 'ok', 'refused', 'unknown', 'not-sent', 'turned-away', 'released')),
  reason text,
  run_id uuid,
  started_at timestamptz not null,
  settled_at timestamptz
) with (fillfactor = 45);
create index refresh_attempts_by_session on public.refresh_attempts (session_id);

-- ── reading ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A member's own view of their gym sessions: columns that hold nothing secret. Row security applies to the role that reads the view.
create view public.my_sessions with (security_invoker = true) as
  select s.id, s.user_id, s.session_type, s.status, s.token_update_count, s.last_token_update_date, s.created_at from public.auth_sessions s;

-- What a caller may see of a gym session, without its secrets. The function sets no search_path: Postgres inlines only functions without a `set`
-- clause, and the function's body uses nothing but pg_catalog.
create function public.session_card(s public.auth_sessions) returns jsonb language sql stable as $$
  select jsonb_build_object('id', s.id, 'userId', s.user_id, 'sessionType', s.session_type, 'fingerprint', s.fingerprint,
    'status', s.status, 'chain', s.chain, 'generation', s.generation, 'tokenDigest', s.token_digest,
    'previousTokenDigest', s.previous_token_digest, 'tokenUpdateCount', s.token_update_count,
    'tokenSuccessCount', s.token_success_count, 'failureStreak', s.failure_streak, 'lastAttemptAt', s.last_attempt_at,
    'lastSuccessAt', s.last_token_update_date, 'lastError', s.last_token_update_error, 'heldUntil', s.held_until,
    'quarantinedAt', s.quarantined_at)
$$;

-- The session's card, plus the sealed token and cookies, and the member's wrapped data key, which opens them.
create function public.session_with_secrets(s public.auth_sessions) returns jsonb language sql stable set search_path = '' as $$
  select public.session_card(s) || jsonb_build_object('attemptId', j.attempt_id, 'tokenSealed', j.token_sealed,
    'cookiesSealed', j.cookies_sealed, 'sealedGeneration', j.generation, 'wrapped', k.wrapped)
  from public.token_journal j, public.user_keys k
  where j.attempt_id = s.current_attempt and j.token_digest = s.token_digest and k.user_id = s.user_id
$$;

-- Reads the member's background session; device sessions have a function of their own, `read_device_session`. `read_background_session` returns no
-- device session, and `read_device_session` no background session.
create function public.read_background_session(p_user_id uuid) returns jsonb
language sql stable security definer set search_path = '' as $$
  select public.session_with_secrets(s) from public.auth_sessions s
  where s.user_id = p_user_id and s.session_type = 'background'
$$;

create function public.read_device_session(p_user_id uuid, p_fingerprint text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select public.session_with_secrets(s) from public.auth_sessions s
  where s.user_id = p_user_id and s.session_type = 'device' and s.fingerprint = p_fingerprint
$$;

-- The session of one device at the gym, and when its latest token was received: that token proves that a request comes from the device. For a
-- day after the device's latest token was received, the token before it is proof as well.
create function public.read_device_proof(p_user_id uuid, p_fingerprint text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select public.session_with_secrets(s) || jsonb_build_object('tokenReceivedAt',
    (select j.received_at from public.token_journal j where j.attempt_id = s.current_attempt and j.token_digest = s.token_digest))
  from public.auth_sessions s
  where s.user_id = p_user_id and s.session_type = 'device' and s.fingerprint = p_fingerprint
$$;

-- ── beginning and ending ───────────────────────────────────────────────────────────────────────────────────────────────────────
-- Stores a gym login: takes over the member's row of type p_type (for a device, with p_fingerprint) under a new chain id, or inserts the row. Returns
-- the session's card.
create function public.open_gym_session(
  p_user_id uuid, p_type text, p_fingerprint text, p_chain uuid, p_attempt uuid, p_token_digest text,
  p_token_sealed text, p_cookies_sealed text, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_user_id::text, 0));
  select * into s from public.auth_sessions
  where user_id = p_user_id and session_type = p_type and (p_type = 'background' or fingerprint = p_fingerprint) for update;
  if s.chain = p_chain then return public.session_card(s); end if;
  if s.id is not null then
    if s.told_dead_at is not null then
      perform public.post_notice(p_user_id, 'session-recovered', 'recovered:' || p_chain || ':' || p_type, jsonb_build_object('sessionType', p_type), p_now);
    end if;
    update public.token_journal set state = 'dead' where session_id = s.id and state <> 'dead';
    -- When the member logs in again, a renewal that is still unanswered belongs to the session's earlier login and says nothing about the new login.
    -- If the gym answers a renewal of the member's earlier login only after the new login, the received token is stored with the state 'dead'.
    update public.refresh_attempts set state = 'unknown', reason = 'new login', settled_at = p_now where session_id = s.id and state = 'sent';
    update public.auth_sessions set fingerprint = p_fingerprint, status = 'live', chain = p_chain, generation = 0,
      current_attempt = p_attempt, token_digest = p_token_digest, previous_token_digest = null,
      last_token_update_date = p_now, last_token_update_error = null, failure_streak = 0, next_attempt_at = null,
      refused_digest = null, refused_since = null, quarantined_at = null, quarantine_reason = null, told_dead_at = null,
      lease_epoch = lease_epoch + 1, lease_owner = null, lease_until = null, last_seen_at = p_now
    where id = s.id returning * into s;
  else
    insert into public.auth_sessions (user_id, user_email, session_type, fingerprint, chain, current_attempt, token_digest,
      last_token_update_date, last_seen_at, created_at)
    select p_user_id, m.email, p_type, p_fingerprint, p_chain, p_attempt, p_token_digest, p_now, p_now, p_now
    from public.members m where m.id = p_user_id returning * into s;
    if s.id is null then raise exception 'member % is missing', p_user_id using errcode = 'PT404'; end if;
  end if;
  insert into public.token_journal (attempt_id, token_digest, session_id, user_id, chain, generation, parent_digest,
    token_sealed, cookies_sealed, state, received_at)
  values (p_attempt, p_token_digest, s.id, p_user_id, p_chain, 0, null, p_token_sealed, p_cookies_sealed, 'current', p_now);
  return public.session_card(s);
end $$;

-- Quarantines a session until a process can open its seal again, or until `open_gym_session` stores a new gym login in the session's row. A
-- quarantined session is not renewed. Stores the reason for the quarantine, and returns the number of sessions changed, 0 or 1.
create function public.quarantine_session(p_id uuid, p_reason text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.auth_sessions set quarantined_at = p_now, quarantine_reason = p_reason, lease_owner = null, lease_until = null,
    token_update_count = token_update_count + 1, last_attempt_at = p_now, last_token_update_error = p_reason
  where id = p_id;
  get diagnostics n = row_count;
  update public.refresh_attempts set state = 'not-sent', reason = p_reason, settled_at = p_now where session_id = p_id and state = 'sent';
  return n;
end $$;

-- Revokes the gym session of a device from which the member signs out. If a renewal of the session is under way, the token that the renewal receives
-- is stored with the state 'dead'. Returns the number of sessions revoked.
create function public.revoke_device_session(p_user_id uuid, p_fingerprint text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  with gone as (
    update public.auth_sessions set status = 'revoked', lease_epoch = lease_epoch + 1, lease_owner = null, lease_until = null, last_seen_at = p_now
    where user_id = p_user_id and session_type = 'device' and fingerprint = p_fingerprint and status <> 'revoked' returning id),
  dead as (update public.token_journal j set state = 'dead' from gone where j.session_id = gone.id)
  select count(*) into n from gone;
  return n;
end $$;

-- Deletes device sessions that were last used before p_before; the age of a session does not count, so that a device in daily use keeps its session.
create function public.purge_device_sessions(p_before timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  with gone as (delete from public.auth_sessions where session_type = 'device' and last_seen_at < p_before returning id),
       swept as (delete from public.token_journal j using gone where j.session_id = gone.id)
  select count(*) into n from gone;
  return n;
end $$;
