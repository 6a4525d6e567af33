-- What members have beside their gym sessions: a subscription, turns and conversations, answers kept for a repeated request,
-- and the limit on wrong passwords. Tables that members write themselves are under row security; all else goes through functions.

-- Whoever first owns a row here is known as a member from then on. Row security judges the insert after this: a row in somebody
-- else's name is refused, and takes the member it would have made along.
create function public.know_member() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.members (id, email, created_at)
  values (new.user_id, case when auth.uid() = new.user_id then auth.jwt() ->> 'email' end, pg_catalog.now()) on conflict (id) do nothing;
  return new;
end $$;

-- ── subscriptions ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
create table public.subscriptions (
  user_id uuid primary key references public.members (id) on delete cascade,
  plan text not null default 'free' check (plan in ('free', 'pro')),
  -- Places that may still be won in this period; says nothing where the plan is unlimited.
  tokens integer not null default 30 check (tokens >= 0),
  status text not null default 'active',
  period_started_at timestamptz not null default now()
);
create trigger know_member before insert on public.subscriptions for each row execute function public.know_member();

-- One line for each place that cost a token, so that it can cost only one, and be given back only once.
create table public.token_spends (
  prebooking_id uuid primary key references public.prebookings (id) on delete cascade,
  user_id uuid not null references public.members (id) on delete cascade,
  tokens integer not null,
  spent_at timestamptz not null,
  refunded_at timestamptz,
  refund_reason text
);
create index token_spends_by_user on public.token_spends (user_id);

-- Signing in at a gym begins a Free subscription: only such a member can win places. A member who came by Supabase alone has
-- none until they do, or until whoever sells subscriptions writes one.
create function public.begin_subscription() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.platform_user_id is not null then
    insert into public.subscriptions (user_id, period_started_at) values (new.id, new.created_at) on conflict (user_id) do nothing;
  end if;
  return null;
end $$;
create trigger begin_subscription after insert or update of platform_user_id on public.members
for each row execute function public.begin_subscription();

-- Locks the subscription, and begins a new period where the month is over.
create function public.open_period(p_user_id uuid, p_now timestamptz) returns public.subscriptions
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; gone interval;
begin
  select * into s from public.subscriptions where user_id = p_user_id for update;
  if s.plan = 'free' and p_now >= s.period_started_at + interval '1 month' then
    gone := age(p_now, s.period_started_at);
    update public.subscriptions set tokens = 30,
      period_started_at = period_started_at + make_interval(months => (extract(year from gone) * 12 + extract(month from gone))::integer)
    where user_id = p_user_id returning * into s;
  end if;
  return s;
end $$;

create function public.read_usage(p_user_id uuid, p_now timestamptz) returns jsonb
language sql security definer set search_path = '' as $$
  select jsonb_build_object('plan', s.plan, 'tokens', s.tokens, 'status', s.status)
  from public.open_period(p_user_id, p_now) s where s.user_id is not null
$$;

-- One token for one won place, whoever settles it and however often. A member without tokens keeps the place: it is won.
create function public.spend_token(p_user_id uuid, p_prebooking_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; cost integer; n integer;
begin
  s := public.open_period(p_user_id, p_now);
  if s.user_id is null then return 0; end if;
  cost := case when s.plan = 'pro' then 0 else least(s.tokens, 1) end;
  insert into public.token_spends (prebooking_id, user_id, tokens, spent_at) values (p_prebooking_id, p_user_id, cost, p_now)
  on conflict (prebooking_id) do nothing;
  get diagnostics n = row_count;
  if n = 1 then update public.subscriptions set tokens = tokens - cost where user_id = p_user_id; end if;
  return n;
end $$;

-- Our own fault: the token comes back, once, with the reason written down. Answers how many places were refunded.
create function public.refund_token(p_prebooking_id uuid, p_reason text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare t public.token_spends;
begin
  update public.token_spends set refunded_at = p_now, refund_reason = p_reason
  where prebooking_id = p_prebooking_id and refunded_at is null returning * into t;
  if not found then return 0; end if;
  update public.subscriptions set tokens = least(tokens + t.tokens, 30) where user_id = t.user_id and plan = 'free';
  return 1;
end $$;

-- A place that we won costs a token in the same statement that settles it. One the member had taken by hand meanwhile
-- (claimed, and found booked) was not won by us. Waiting is not winning.
create function public.charge_won_place() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  perform public.spend_token(new.user_id, new.id, new.updated_at);
  return null;
end $$;
create trigger charge_won_place after update of status on public.prebookings for each row
when (new.status = 'booked' and old.status in ('armed', 'unknown')) execute function public.charge_won_place();

-- ── turns and conversations, written by their owners under row security ────────────────────────────────────────────────────────
create table public.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references public.members (id) on delete cascade,
  turn_count integer not null default 0 check (turn_count >= 0),
  -- The database's own clock: these rows come straight from a client, whose word on the time is not taken.
  created_at timestamptz not null default now()
);
create index sessions_by_user on public.sessions (user_id);
create trigger know_member before insert on public.sessions for each row execute function public.know_member();

create table public.chat_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references public.members (id) on delete cascade,
  created_at timestamptz not null default now()
);
create index chat_sessions_by_user on public.chat_sessions (user_id);
create trigger know_member before insert on public.chat_sessions for each row execute function public.know_member();

create table public.chat_messages (
  id bigint generated always as identity primary key,
  session_id uuid not null references public.chat_sessions (id) on delete cascade,
  role text not null check (role in ('user', 'model')),
  content text not null check (char_length(content) between 1 and 8000),
  created_at timestamptz not null default now()
);
create index chat_messages_by_session on public.chat_messages (session_id, id);

-- ── answers kept for a request that is sent again ──────────────────────────────────────────────────────────────────────────────
create table public.idempotency_keys (
  user_id uuid not null references public.members (id) on delete cascade,
  key text not null,
  request_hash text not null,
  owner uuid not null,
  -- While the request runs. A process that died leaves it to run out; the jobs look before they send, so a second run is safe.
  running_until timestamptz,
  status integer,
  answer jsonb,
  created_at timestamptz not null,
  primary key (user_id, key)
);
create index idempotency_keys_by_age on public.idempotency_keys (created_at);
create trigger know_member before insert on public.idempotency_keys for each row execute function public.know_member();

-- state: begun | running | mismatch | done (with status and answer).
create function public.begin_request(p_user_id uuid, p_key text, p_request_hash text, p_owner uuid, p_running_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare r public.idempotency_keys; until timestamptz := pg_catalog.clock_timestamp() + p_running_ms * interval '1 millisecond';
begin
  -- Kept for two days: at least the promised one.
  delete from public.idempotency_keys where created_at < p_now - interval '2 days';
  insert into public.idempotency_keys (user_id, key, request_hash, owner, running_until, created_at)
  values (p_user_id, p_key, p_request_hash, p_owner, until, p_now) on conflict (user_id, key) do nothing;
  select * into strict r from public.idempotency_keys where user_id = p_user_id and key = p_key for update;
  if r.request_hash <> p_request_hash then return jsonb_build_object('state', 'mismatch'); end if;
  if r.status is not null then return jsonb_build_object('state', 'done', 'status', r.status, 'answer', r.answer); end if;
  if r.owner <> p_owner and r.running_until > pg_catalog.clock_timestamp() then return jsonb_build_object('state', 'running'); end if;
  update public.idempotency_keys set owner = p_owner, running_until = until where user_id = p_user_id and key = p_key;
  return jsonb_build_object('state', 'begun');
end $$;

-- Keeps the answer; without one the key is free again, since nothing came of the request. Answers how many rows it touched.
create function public.end_request(p_user_id uuid, p_key text, p_owner uuid, p_status integer, p_answer jsonb) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  if p_status is null then
    delete from public.idempotency_keys where user_id = p_user_id and key = p_key and owner = p_owner and status is null;
  else
    update public.idempotency_keys set status = p_status, answer = p_answer, running_until = null
    where user_id = p_user_id and key = p_key and owner = p_owner;
  end if;
  get diagnostics n = row_count;
  return n;
end $$;

-- ── tries at the gym's door ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Accounts and addresses come as digests: the limiter has to tell them apart, not to know them.
create table public.login_limits (
  id uuid primary key,
  account text not null,
  address text not null,
  -- A try counts as wrong from its start, so that a thousand at once are still three.
  verdict text not null default 'open' check (verdict in ('open', 'wrong', 'locked')),
  tried_at timestamptz not null
);
create index login_limits_by_account on public.login_limits (account, tried_at);
create index login_limits_by_address on public.login_limits (address, tried_at);

-- May this account be tried at the gym once more? Answers the milliseconds to wait: 0 is yes, and the try is counted.
-- Three wrong ones in p_window_ms an account, p_most_an_address an address, and none for p_locked_ms after the gym's own lock-out.
create function public.begin_login(
  p_id uuid, p_account text, p_address text, p_most_an_account integer, p_most_an_address integer, p_window_ms integer, p_locked_ms integer, p_now timestamptz
) returns bigint language plpgsql security definer set search_path = '' as $$
declare since timestamptz := p_now - p_window_ms * interval '1 millisecond'; free_at timestamptz;
begin
  delete from public.login_limits where tried_at < p_now - interval '1 day';
  -- One account's tries are judged one after the other, and so are one address's; always in this order.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('account ' || p_account, 0));
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('address ' || p_address, 0));
  if exists (select from public.login_limits where id = p_id) then return 0; end if;
  with counted as (select l.*, row_number() over (order by l.tried_at desc, l.id) as n from public.login_limits l
      where l.account = p_account and l.tried_at > since),
    also as (select l.*, row_number() over (order by l.tried_at desc, l.id) as n from public.login_limits l
      where l.address = p_address and l.tried_at > since)
  select max(x.at) into free_at from (
    select c.tried_at + p_window_ms * interval '1 millisecond' as at from counted c where c.n = p_most_an_account
    union all select a.tried_at + p_window_ms * interval '1 millisecond' from also a where a.n = p_most_an_address
    union all select l.tried_at + p_locked_ms * interval '1 millisecond' from public.login_limits l
      where l.account = p_account and l.verdict = 'locked') x;
  if free_at > p_now then return ceil(extract(epoch from free_at - p_now) * 1000); end if;
  insert into public.login_limits (id, account, address, tried_at) values (p_id, p_account, p_address, p_now);
  return 0;
end $$;

-- How that try ended. 'fine' (or anything that says nothing about the password) is forgotten. Answers how many rows it touched.
create function public.end_login(p_id uuid, p_verdict text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  if p_verdict = 'fine' then
    delete from public.login_limits where id = p_id;
  else
    update public.login_limits set verdict = p_verdict, tried_at = p_now where id = p_id;
  end if;
  get diagnostics n = row_count;
  return n;
end $$;

-- ── a device proves itself ─────────────────────────────────────────────────────────────────────────────────────────────────────
-- The device's session, and since when its token is in force: for so long has the one before it been out of force.
create function public.read_device_proof(p_user_id uuid, p_fingerprint text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select public.session_with_secrets(s) || jsonb_build_object('tokenReceivedAt',
    (select j.received_at from public.token_journal j where j.attempt_id = s.current_attempt and j.token_digest = s.token_digest))
  from public.auth_sessions s
  where s.user_id = p_user_id and s.session_type = 'device' and s.fingerprint = p_fingerprint
$$;

-- ── who may touch what ─────────────────────────────────────────────────────────────────────────────────────────────────────────
alter table public.subscriptions enable row level security;
alter table public.subscriptions force row level security;
alter table public.token_spends enable row level security;
alter table public.token_spends force row level security;
alter table public.sessions enable row level security;
alter table public.sessions force row level security;
alter table public.chat_sessions enable row level security;
alter table public.chat_sessions force row level security;
alter table public.chat_messages enable row level security;
alter table public.chat_messages force row level security;
alter table public.idempotency_keys enable row level security;
alter table public.idempotency_keys force row level security;
alter table public.login_limits enable row level security;
alter table public.login_limits force row level security;

-- A member's own view of their gym sessions: columns that hold nothing secret, and the view sees what its reader may see.
create view public.my_sessions with (security_invoker = true) as
  select s.id, s.user_id, s.session_type, s.status, s.token_update_count, s.last_token_update_date, s.created_at from public.auth_sessions s;

revoke all on public.subscriptions, public.token_spends, public.sessions, public.chat_sessions, public.chat_messages,
  public.idempotency_keys, public.login_limits, public.my_sessions from public, anon, authenticated, service_role;
revoke all on all sequences in schema public from public, anon, authenticated, service_role;
revoke all on all functions in schema public from public, anon, authenticated;

create policy "own gym sessions" on public.auth_sessions for select to authenticated using (user_id = (select auth.uid()));
grant select (id, user_id, session_type, status, token_update_count, last_token_update_date, created_at) on public.auth_sessions to authenticated;
grant select on public.my_sessions to authenticated;

create policy "own subscription" on public.subscriptions for select to authenticated using (user_id = (select auth.uid()));
grant select on public.subscriptions to authenticated;

create policy "own turns" on public.sessions for select to authenticated using (user_id = (select auth.uid()));
create policy "begin own turns" on public.sessions for insert to authenticated with check (user_id = (select auth.uid()) and turn_count = 0);
grant select, insert (id, user_id, turn_count) on public.sessions to authenticated;

create policy "own conversations" on public.chat_sessions for select to authenticated using (user_id = (select auth.uid()));
create policy "begin own conversations" on public.chat_sessions for insert to authenticated with check (user_id = (select auth.uid()));
grant select, insert (id, user_id) on public.chat_sessions to authenticated;

create policy "own messages" on public.chat_messages for select to authenticated
  using (exists (select 1 from public.chat_sessions s where s.id = session_id and s.user_id = (select auth.uid())));
create policy "speak in own conversations" on public.chat_messages for insert to authenticated
  with check (exists (select 1 from public.chat_sessions s where s.id = session_id and s.user_id = (select auth.uid())));
grant select, insert (session_id, role, content) on public.chat_messages to authenticated;

grant select on public.subscriptions, public.token_spends, public.sessions, public.chat_sessions, public.my_sessions to service_role;
-- Subscriptions are sold elsewhere: whoever does writes the row with the service's key. The one table written past the functions.
grant insert, update on public.subscriptions to service_role;
grant execute on function
  public.bridge_user_session, public.read_supabase_device, public.read_usage, public.refund_token, public.begin_request, public.end_request,
  public.begin_login, public.end_login, public.read_device_proof
  to service_role;
