set check_function_bodies = off;

-- What the database stores for members beside their gym sessions. The tables hold a subscription, counts of chat turns (`sessions`), conversations,
-- answers stored for repeated requests, the limit on login tries, and the rate limit on requests by hand. Row security guards the tables that members
-- write themselves; the other tables are written through functions.

-- The first row that a user writes in a table with this trigger makes the user a member. Row security checks the insert after this trigger: a row in
-- another member's name is refused, and the member that this trigger made for that row is rolled back.
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
  -- Plan tokens left: how many places the member may still win in the current month of the subscription; the number means nothing on an unlimited
  -- plan.
  tokens integer not null default 30 check (tokens >= 0),
  status text not null default 'active',
  period_started_at timestamptz not null default now()
);

create trigger know_member before insert on public.subscriptions for each row execute function public.know_member();

-- One row for each prebooking whose won place was charged to the member's plan (0 plan tokens on an unlimited plan). Thus a prebooking is charged
-- once at most, and its plan token is given back once at most.
create table public.token_spends (
  prebooking_id uuid primary key references public.prebookings (id) on delete cascade,
  user_id uuid not null references public.members (id) on delete cascade,
  tokens integer not null,
  spent_at timestamptz not null,
  refunded_at timestamptz,
  refund_reason text
);
create index token_spends_by_user on public.token_spends (user_id);

-- Begins a Free subscription when a member signs in at a gym, because only a member with a gym account can win places. A member that only Supabase
-- knows has no subscription until a sign-in at a gym, or until the shop that sells subscriptions writes one.
create function public.begin_subscription() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.platform_user_id is not null then
    insert into public.subscriptions (user_id, period_started_at) values (new.id, new.created_at) on conflict (user_id) do nothing;
  end if;
  return null;
end $$;

create trigger begin_subscription after insert or update of platform_user_id on public.members
for each row execute function public.begin_subscription();

-- A Pro plan is unlimited while its subscription runs, and counts as Free afterwards. A subscription that is past due still runs: the shop that sells
-- subscriptions tries the payment again for some days.
create function public.is_unlimited(s public.subscriptions) returns boolean language sql immutable set search_path = '' as $$
  select s.plan = 'pro' and s.status in ('active', 'trialing', 'past_due')
$$;

-- Locks the member's subscription, and begins a new period if the month of its current period is over and the plan is not unlimited. A period that
-- began on the 31st ends on the last day of a shorter following month, and the next period begins at that end. Months are added one by one with `+
-- interval '1 month'`, so that the result does not depend on how often the function was called. The function age() must not be used to count months:
-- it counts no month from 31 January to 28 February.
create function public.open_period(p_user_id uuid, p_now timestamptz) returns public.subscriptions
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; began timestamptz;
begin
  select * into s from public.subscriptions where user_id = p_user_id for update;
  if not public.is_unlimited(s) and p_now >= s.period_started_at + interval '1 month' then
    -- The shop that sells subscriptions may have written -infinity as the beginning of the plan's period.
    began := case when isfinite(s.period_started_at) then s.period_started_at else p_now end;
    while p_now >= began + interval '1 month' loop
      began := began + interval '1 month';
    end loop;
    update public.subscriptions set tokens = 30, period_started_at = began where user_id = p_user_id returning * into s;
  end if;
  return s;
end $$;

-- The member's plan and its plan tokens, as the member sees them; null for a member without a subscription.
create function public.read_usage(p_user_id uuid, p_now timestamptz) returns jsonb
language sql security definer set search_path = '' as $$
  select jsonb_build_object('plan', s.plan, 'tokens', s.tokens, 'status', s.status, 'unlimited', public.is_unlimited(s),
    'periodEndsAt', s.period_started_at + interval '1 month')
  from public.open_period(p_user_id, p_now) s where s.user_id is not null
$$;

-- Spends one plan token of the member for a won place; further calls for the same prebooking spend nothing. A member that has no plan tokens left
-- keeps the won place.
create function public.spend_token(p_user_id uuid, p_prebooking_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare s public.subscriptions; cost integer; n integer;
begin
  s := public.open_period(p_user_id, p_now);
  if s.user_id is null then return 0; end if;
  cost := case when public.is_unlimited(s) then 0 else least(s.tokens, 1) end;
  insert into public.token_spends (prebooking_id, user_id, tokens, spent_at) values (p_prebooking_id, p_user_id, cost, p_now)
  on conflict (prebooking_id) do nothing;
  get diagnostics n = row_count;
  if n = 1 then update public.subscriptions set tokens = tokens - cost where user_id = p_user_id; end if;
  return n;
end $$;

-- After a fault of the service, gives back the plan token that a place cost, even if the member's plan has changed since, and stores the reason. A
-- plan token is given back at most once. Returns for how many places a plan token was given back, 0 or 1.
create function public.refund_token(p_prebooking_id uuid, p_reason text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare t public.token_spends;
begin
  update public.token_spends set refunded_at = p_now, refund_reason = p_reason
  where prebooking_id = p_prebooking_id and refunded_at is null returning * into t;
  if not found then return 0; end if;
  update public.subscriptions set tokens = greatest(tokens, least(tokens + t.tokens, 30)) where user_id = t.user_id;
  return 1;
end $$;

-- A place that a race won costs a plan token, which is spent in the same statement that settles the prebooking. A waitlist place costs no plan token.
-- A place that the race found already booked, such as by the member's own hand, costs no plan token. The plan token is spent and given back in the
-- same statement if another of the member's prebookings has already paid for the very same place. If the service finds the won place in the gym's
-- list only after the class has begun, the plan token is given back: until then the member saw the state "checking".
create function public.charge_won_place() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.outcome = 'already-booked' then return null; end if;
  -- `spend_token` locks the member's subscription until the transaction ends. Of two transactions that settle the member's prebookings at the same
  -- time, the later waits, and then sees for which place the earlier has spent a plan token.
  perform public.spend_token(new.user_id, new.id, new.updated_at);
  if exists (select from public.prebookings p join public.token_spends t on t.prebooking_id = p.id and t.refunded_at is null
      where p.user_id = new.user_id and p.box_id = new.box_id and p.reservation_id = new.reservation_id and p.id <> new.id) then
    perform public.refund_token(new.id, 'one place, paid for already', new.updated_at);
  elsif old.status = 'unknown' and new.updated_at >= new.starts_at then
    perform public.refund_token(new.id, 'found only after the class had begun', new.updated_at);
  end if;
  return null;
end $$;

create trigger charge_won_place after update of status on public.prebookings for each row
when (new.status = 'booked' and old.status in ('armed', 'unknown')) execute function public.charge_won_place();

-- ── turn counts and conversations, written by their owners under row security ──────────────────────────────────────────────────
create table public.sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references public.members (id) on delete cascade,
  turn_count integer not null default 0 check (turn_count >= 0),
  -- The database's clock sets `created_at`: members insert their rows of `sessions` (turn counts) directly, with their access tokens, and must not
  -- choose the time.
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
-- A request under an idempotency key writes down that it is about to send something to the gym. If the first request may have sent something to the
-- gym, even if its process died, a repeated request sends nothing, and looks in the gym's list for what the first one did.
create table public.idempotency_keys (
  user_id uuid not null references public.members (id) on delete cascade,
  key text not null,
  request_hash text not null,
  owner uuid not null,
  -- `running_until`: until when a process counts as running the request; if the process died, another may run the request from that instant on. A
  -- request that is run again reads the gym's list before it sends anything, so that running it twice is safe.
  running_until timestamptz,
  sent_at timestamptz,
  status integer,
  answer jsonb,
  created_at timestamptz not null,
  primary key (user_id, key)
);
create index idempotency_keys_by_age on public.idempotency_keys (created_at);

create trigger know_member before insert on public.idempotency_keys for each row execute function public.know_member();

-- Records that a member's request to puntual begins, under its idempotency key. The state returned is begun (`sentAt`: when a process was last about
-- to send something to the gym under this key; null if none was) | running (in another process) | mismatch (the key belongs to a different request) |
-- done (with status and answer).
create function public.begin_request(p_user_id uuid, p_key text, p_request_hash text, p_owner uuid, p_running_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare r public.idempotency_keys; until timestamptz := pg_catalog.clock_timestamp() + p_running_ms * interval '1 millisecond';
begin
  -- Idempotency keys are kept for two days; clients are promised one day.
  delete from public.idempotency_keys where created_at < p_now - interval '2 days';
  insert into public.idempotency_keys (user_id, key, request_hash, owner, running_until, created_at)
  values (p_user_id, p_key, p_request_hash, p_owner, until, p_now) on conflict (user_id, key) do nothing;
  select * into strict r from public.idempotency_keys where user_id = p_user_id and key = p_key for update;
  if r.request_hash <> p_request_hash then return jsonb_build_object('state', 'mismatch'); end if;
  if r.status is not null then return jsonb_build_object('state', 'done', 'status', r.status, 'answer', r.answer); end if;
  if r.owner <> p_owner and r.running_until > pg_catalog.clock_timestamp() then return jsonb_build_object('state', 'running'); end if;
  update public.idempotency_keys set owner = p_owner, running_until = until where user_id = p_user_id and key = p_key;
  return jsonb_build_object('state', 'begun', 'sentAt', r.sent_at);
end $$;

-- Notes, before the first byte is sent to the gym, that something may have been sent for the member's request with the key p_key. Returns the number
-- of rows changed: 0 when another process has taken the request over, and then the caller must send nothing.
create function public.note_request_sent(p_user_id uuid, p_key text, p_owner uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.idempotency_keys set sent_at = p_now where user_id = p_user_id and key = p_key and owner = p_owner and status is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Stores puntual's answer to a request that has an idempotency key. Without an answer (p_status is null), the idempotency key is free again if
-- nothing was sent to the gym; otherwise the key's row remembers that something may have been sent. Returns the number of rows of `idempotency_keys`
-- changed, 0 or 1.
create function public.end_request(p_user_id uuid, p_key text, p_owner uuid, p_status integer, p_answer jsonb, p_sent boolean) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  if p_status is null and not p_sent then
    delete from public.idempotency_keys where user_id = p_user_id and key = p_key and owner = p_owner and status is null;
  else
    update public.idempotency_keys set status = p_status, answer = p_answer, running_until = null
    where user_id = p_user_id and key = p_key and owner = p_owner;
  end if;
  get diagnostics n = row_count;
  return n;
end $$;

-- ── logins ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Accounts and network addresses are stored as digests: the limiter only has to tell them apart.
create table public.login_limits (
  id uuid primary key,
  account text not null,
  address text not null,
  -- A login try counts as wrong from its start, so that of a thousand tries at the same time only as many are made as the limit allows.
  verdict text not null default 'open' check (verdict in ('open', 'wrong', 'locked', 'right')),
  tried_at timestamptz not null
);
create index login_limits_by_account on public.login_limits (account, tried_at);
create index login_limits_by_address on public.login_limits (address, tried_at);

-- Asks whether a login with this gym account may be tried at the gym now. Returns how many milliseconds to wait before the login; 0 means that the
-- login may be tried now, and that this login try is counted. Within p_window_ms, at most p_most_an_account wrong login tries are allowed for one
-- account, and p_most_an_address from one network address. After the gym itself has locked the account, no login with it is tried for p_locked_ms.
-- Login tries with the right password have a separate, higher limit, p_most_right: they must be limited, too, because each makes two logins at the
-- gym. The default of p_most_right, 100, is more sign-ins than any member needs in the 15 minutes that the service passes as p_window_ms.
create function public.begin_login(
  p_id uuid, p_account text, p_address text, p_most_an_account integer, p_most_an_address integer, p_window_ms integer, p_locked_ms integer,
  p_now timestamptz, p_most_right integer default 100
) returns bigint language plpgsql security definer set search_path = '' as $$
declare since timestamptz := p_now - p_window_ms * interval '1 millisecond'; free_at timestamptz;
begin
  delete from public.login_limits where tried_at < p_now - interval '1 day';
  -- Calls of `begin_login` for one gym account, or from one network address, run one after the other, so that each counts the login tries of the
  -- earlier ones. Every call takes the lock of the account before the lock of the network address, so that two calls never deadlock.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('account ' || p_account, 0));
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('address ' || p_address, 0));
  if exists (select from public.login_limits where id = p_id) then return 0; end if;
  with counted as (select l.*, row_number() over (partition by l.verdict = 'right' order by l.tried_at desc, l.id) as n from public.login_limits l
      where l.account = p_account and l.tried_at > since),
    also as (select l.*, row_number() over (order by l.tried_at desc, l.id) as n from public.login_limits l
      where l.address = p_address and l.tried_at > since and l.verdict <> 'right')
  select max(x.at) into free_at from (
    select c.tried_at + p_window_ms * interval '1 millisecond' as at from counted c
      where c.n = case when c.verdict = 'right' then p_most_right else p_most_an_account end
    union all select a.tried_at + p_window_ms * interval '1 millisecond' from also a where a.n = p_most_an_address
    union all select l.tried_at + p_locked_ms * interval '1 millisecond' from public.login_limits l
      where l.account = p_account and l.verdict = 'locked') x;
  if free_at > p_now then return ceil(extract(epoch from free_at - p_now) * 1000); end if;
  insert into public.login_limits (id, account, address, tried_at) values (p_id, p_account, p_address, p_now);
  return 0;
end $$;

-- Stores how a login try at the gym ended. The verdict 'fine' means that the gym cannot have checked the password, or that the gym's refusal was not
-- about the password. A login try with the verdict 'fine' does not count towards the limits. Returns the number of rows of `login_limits` changed, 0
-- or 1.
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

-- ── rate limit of requests by hand ─────────────────────────────────────────────────────────────────────────────────────────────
-- Token buckets, which limit the requests that members make by hand; they refill with time, and a bucket without a row is full. A gym that is asked
-- too often from one network address blocks that address, and with it every member whose requests come from there.
create table public.rate_buckets (
  name text primary key,
  -- `level`: how many more requests the bucket allowed at the instant `filled_at`.
  level double precision not null,
  filled_at timestamptz not null
);
create index rate_buckets_by_age on public.rate_buckets (filled_at);

-- Takes one token from each bucket of [{ name, perSecond, burst }] if every bucket has one, else none. Returns 0 if the tokens were taken, else in
-- how many milliseconds every bucket will have a token.
create function public.take_from_buckets(p_buckets jsonb, p_now timestamptz) returns bigint
language plpgsql security definer set search_path = '' as $$
declare wait_ms bigint;
begin
  delete from public.rate_buckets where filled_at < p_now - interval '1 day';
  -- Every call locks its buckets in order of name, so that two calls that take from the same buckets never deadlock.
  insert into public.rate_buckets as b (name, level, filled_at)
  select w.name, w.burst, p_now from jsonb_to_recordset(p_buckets) as w (name text, "perSecond" double precision, burst integer)
  order by w.name
  on conflict (name) do update set filled_at = p_now,
    -- Another process's clock may be behind: time that went backwards adds no tokens to the bucket.
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
