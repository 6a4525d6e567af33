-- What is known of the gym, one fact a row: for example, whether it still renews tokens, and whether it ends a session's cookies although the
-- session's token is still good. A fact is stored by a renewal that observes it, or by `npm run doctor -- gym --save`. Without a row for a fact,
-- puntual assumes its default for that fact.

-- One row for each fact about the gym. Renewals write two facts: `token-update` gets the value `gone` if the gym renews no tokens, and `cookies` gets
-- the value `die` if the gym ends a session's cookies although its token is still good. `npm run doctor -- gym --save` writes `date-stamp` (at which
-- point of its work the gym stamps `Date`), and `token-update` (whether the gym renews tokens).
create table public.gym_facts (
  fact text primary key,
  reading text not null,
  source text not null check (source in ('seen', 'doctor')),
  since timestamptz not null,
  -- When a renewal last asked for a new token although the gym was known to renew no tokens.
  tried_at timestamptz
);

-- One row for each session that is evidence for a fact: the gym refused its token and knew its cookies, or renewed its token and did not know its
-- cookies.
create table public.renewal_witnesses (
  session_id uuid not null references public.auth_sessions (id) on delete cascade,
  fact text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (session_id, fact)
);

-- How long logins of dead sessions lived at a gym that renews no tokens, each from the sign-in to the last time that the gym knew the login. The
-- table keeps the sixteen logins that ended last, of all members together.
create table public.login_lives (
  chain uuid primary key,
  lived interval not null,
  ended_at timestamptz not null
);

alter table public.gym_facts enable row level security, force row level security;
alter table public.renewal_witnesses enable row level security, force row level security;
alter table public.login_lives enable row level security, force row level security;
revoke all on public.gym_facts, public.renewal_witnesses, public.login_lives from public, anon, authenticated, service_role;

alter table public.refresh_attempts drop constraint refresh_attempts_state_check;
-- The attempt's state `alive` means that the token was not renewed, and that the gym knows the session by its cookies.
alter table public.refresh_attempts add constraint refresh_attempts_state_check
  check (state in ('sent', 'ok', 'alive', 'refused', 'unknown', 'not-sent', 'turned-away', 'released'));

create function public.read_gym_facts() returns jsonb language sql stable security definer set search_path = '' as $$
  select coalesce(jsonb_object_agg(f.fact, f.reading), '{}') from public.gym_facts f
$$;

-- Stores what `npm run doctor` found out about the gym, as { fact: value }; the value null deletes the fact's row, and puntual's default holds
-- again. Returns how many facts p_facts names.
create function public.keep_gym_facts(p_facts jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.gym_facts f using jsonb_each_text(p_facts) x where x.key = f.fact and x.value is null;
  insert into public.gym_facts (fact, reading, source, since, tried_at)
  select x.key, x.value, 'doctor', p_now, p_now from jsonb_each_text(p_facts) x where x.value is not null
  on conflict (fact) do update set reading = excluded.reading, source = 'doctor',
    since = case when public.gym_facts.reading = excluded.reading then public.gym_facts.since else p_now end, tried_at = p_now;
  select count(*) into n from jsonb_object_keys(p_facts);
  return n;
end $$;

-- Says how a process is to renew the session that it has leased. Returns 'whoami' where the gym is known to renew no tokens: the session is then kept
-- alive by the gym's whoami request, which names the login of the session's cookies. Returns 'trial' for one session at a time, which is to ask for a
-- new token although the gym is known to renew none. Two trials, of any sessions, are at least a minute apart. The longer the gym has been known to
-- renew no tokens, the longer is the least time between two trials, up to an hour. A session whose token's refusal was recorded within the last hour
-- is not chosen for a trial. Returns null unless the gym is known to renew no tokens.
create function public.take_renewal_rule(p_session uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.gym_facts where fact = 'token-update' and reading = 'gone') then return null; end if;
  if exists (select 1 from public.renewal_witnesses w
    where w.session_id = p_session and w.fact = 'token-update' and w.last_at > p_now - interval '1 hour') then return 'whoami'; end if;
  update public.gym_facts set tried_at = p_now where fact = 'token-update' and reading = 'gone'
    and (tried_at is null or tried_at <= p_now - least(interval '1 hour', greatest(interval '1 minute', tried_at - since)));
  return case when found then 'trial' else 'whoami' end;
end $$;

-- Records that the gym refused to renew a session's token although it knows the session's cookies. The gym counts as renewing no tokens if within 25
-- minutes it refused tokens of three members or more, and renewed few sessions meanwhile. Few sessions means: since the first of these refusals, at
-- most one session (of any member) for every four refused members. A session is evidence that the gym renews no tokens only if no renewal's answer
-- was lost since the session's token came: the refused token is then certainly the session's latest. Returns whether the gym is known to renew no
-- tokens.
create function public.note_refusal(p_renewal uuid, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = '' as $$
declare a public.refresh_attempts; s public.auth_sessions; members integer; begun_at timestamptz; renewed integer;
begin
  if exists (select 1 from public.gym_facts where fact = 'token-update' and reading = 'gone') then return true; end if;
  select * into a from public.refresh_attempts where id = p_renewal;
  select * into s from public.auth_sessions where id = a.session_id and chain = a.chain and token_digest = a.parent_digest;
  if s.id is null or exists (
    select 1 from public.refresh_attempts r
    where r.session_id = s.id and r.chain = s.chain and r.id <> a.id and r.state in ('sent', 'unknown') and r.started_at >= (
      select j.received_at from public.token_journal j where j.attempt_id = s.current_attempt and j.token_digest = s.token_digest))
  then return false; end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('gym facts', 0));
  insert into public.renewal_witnesses values (s.id, 'token-update', a.started_at, p_now)
  on conflict (session_id, fact) do update set last_at = p_now,
    first_at = case when public.renewal_witnesses.last_at < p_now - interval '25 minutes' then a.started_at else public.renewal_witnesses.first_at end;
  select count(distinct x.user_id), min(w.first_at) into members, begun_at
  from public.renewal_witnesses w join public.auth_sessions x on x.id = w.session_id
  where w.fact = 'token-update' and w.last_at > p_now - interval '25 minutes';
  if members < 3 then return false; end if;
  -- A session whose renewal began in the last two minutes and has no answer yet is counted among the renewed sessions (`renewed`), unless its token
  -- was refused in the last 25 minutes. If the gym refuses all renewals of a refresh run, only the run's last refusal stores the fact that the gym
  -- renews no tokens (`token-update`).
  select count(distinct r.session_id) into renewed from public.refresh_attempts r
  where r.state = 'ok' and r.settled_at >= begun_at
    or r.state = 'sent' and r.id <> a.id and r.started_at > p_now - interval '2 minutes' and not exists (
      select 1 from public.renewal_witnesses w where w.session_id = r.session_id and w.fact = 'token-update'
        and w.last_at > p_now - interval '25 minutes');
  if members < 4 * renewed then return false; end if;
  insert into public.gym_facts values ('token-update', 'gone', 'seen', p_now, p_now)
  on conflict (fact) do update set reading = 'gone', source = 'seen', since = p_now, tried_at = p_now;
  return true;
end $$;

-- Records that the gym renewed a token. If the gym was known to renew no tokens, the fact `token-update` is deleted. Returns 1 if this call has
-- deleted the fact `token-update`, else 0.
create function public.note_token_works(p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.gym_facts where fact = 'token-update' and reading = 'gone';
  get diagnostics n = row_count;
  if n > 0 then delete from public.renewal_witnesses where fact = 'token-update'; end if;
  return n;
end $$;

-- Records whether the gym knows the cookies of a session whose token has just been renewed. If within 25 minutes the gym did not know the cookies of
-- three members' sessions, and knew no session's cookies meanwhile, the fact `cookies` gets the value `die`. The value `die` of the fact
-- `cookies` says that the gym ends a session's cookies although its token is still good. If the gym knows the cookies of this session, the fact
-- `cookies` is deleted. Returns true if the gym counts as ending the cookies of sessions whose tokens are still good.
create function public.note_cookies(p_session uuid, p_alive boolean, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = '' as $$
declare members integer;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('gym facts', 0));
  if p_alive then
    delete from public.gym_facts where fact = 'cookies' and reading = 'die';
    delete from public.renewal_witnesses where fact = 'cookies';
    return false;
  end if;
  insert into public.renewal_witnesses select s.id, 'cookies', p_now, p_now from public.auth_sessions s where s.id = p_session
  on conflict (session_id, fact) do update set last_at = p_now;
  select count(distinct x.user_id) into members from public.renewal_witnesses w join public.auth_sessions x on x.id = w.session_id
  where w.fact = 'cookies' and w.last_at > p_now - interval '25 minutes';
  if members < 3 then return false; end if;
  insert into public.gym_facts values ('cookies', 'die', 'seen', p_now, null) on conflict (fact) do nothing;
  return true;
end $$;

-- Settles a renewal attempt that brought no token, at a gym that renews no tokens but knows the session by its cookies: the session counts as
-- renewed. p_reason is `tried` if the attempt asked for a new token, and `looked` if it asked whoami alone.
create function public.settle_alive(p_renewal uuid, p_reason text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare a public.refresh_attempts; s public.auth_sessions;
begin
  select * into a from public.refresh_attempts where id = p_renewal;
  if not found then return jsonb_build_object('settled', false, 'exists', false); end if;
  select * into s from public.auth_sessions where id = a.session_id for update;
  update public.refresh_attempts set state = 'alive', reason = p_reason, settled_at = p_now where id = p_renewal and state = 'sent';
  if not found then return jsonb_build_object('settled', false, 'exists', s.id is not null); end if;
  delete from public.refresh_attempts where session_id = s.id and state <> 'sent' and id not in (p_renewal, s.current_attempt)
    and (state in ('ok', 'alive', 'released') or started_at < p_now - interval '1 hour');
  update public.auth_sessions set status = 'live', token_update_count = token_update_count + 1, failure_streak = 0,
    last_attempt_at = p_now, last_token_update_date = p_now, last_token_update_error = null, next_attempt_at = null,
    refused_digest = null, refused_since = null, lease_owner = null, lease_until = null
  where id = s.id and chain = a.chain and lease_epoch = a.lease_epoch and status not in ('needs-login', 'revoked');
  return jsonb_build_object('settled', true, 'exists', true);
end $$;

-- At a gym that renews no tokens, records how long the gym login of a dead session lived. From the recorded lifetimes of gym logins the service
-- estimates which members' gym logins will end before the members' next openings, and warns those members.
create function public.remember_life(p_session public.auth_sessions, p_now timestamptz) returns void
language plpgsql security definer set search_path = '' as $$
begin
  if not exists (select 1 from public.gym_facts where fact = 'token-update' and reading = 'gone') then return; end if;
  insert into public.login_lives
  select p_session.chain, p_session.last_token_update_date - j.received_at, p_now from public.token_journal j
  where j.attempt_id = p_session.current_attempt and j.token_digest = p_session.token_digest
    and p_session.last_token_update_date >= j.received_at
  on conflict (chain) do nothing;
  delete from public.login_lives where chain not in (select l.chain from public.login_lives l order by l.ended_at desc limit 16);
end $$;

-- Estimates how long a gym login lives: the median of the lives recorded in `login_lives`. Returns null if no life is recorded. Returns null, too,
-- unless the gym is known to renew no tokens.
create function public.login_life() returns interval language sql stable security definer set search_path = '' as $$
  select percentile_cont(0.5) within group (order by l.lived) from public.login_lives l
  where exists (select 1 from public.gym_facts where fact = 'token-update' and reading = 'gone')
$$;

revoke all on function public.read_gym_facts, public.keep_gym_facts, public.take_renewal_rule, public.note_refusal, public.note_token_works,
  public.note_cookies, public.settle_alive, public.remember_life, public.login_life from public, anon, authenticated, service_role;
grant execute on function public.read_gym_facts, public.keep_gym_facts, public.note_refusal, public.note_token_works, public.note_cookies,
  public.settle_alive to service_role;
