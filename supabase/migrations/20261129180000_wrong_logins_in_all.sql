-- Wrong login tries are limited over all gym accounts and all network addresses together: a gym that gets many wrong passwords from this service may
-- bar the service's address, and then no session of any member is renewed. This limit of all logins does not stop a device on which the account has
-- signed in before; the limits of the account and of the network address do.

-- `unread`: the gym turned the login try away without reading the password, because it bars the service's address or is busy. Such a try counts
-- towards the limit of all logins only: a gym that bars the address should not be asked again and again.
alter table public.login_limits drop constraint login_limits_verdict_check;
alter table public.login_limits add constraint login_limits_verdict_check check (verdict in ('open', 'wrong', 'locked', 'right', 'unread'));
create index login_limits_not_right on public.login_limits (tried_at) where verdict <> 'right';
create index device_sessions_by_fingerprint on public.auth_sessions (fingerprint) where session_type = 'device';

-- Asks whether a login with this gym account may be tried at the gym now. Returns how many milliseconds to wait before the login; 0 means that the
-- login may be tried now, and that this login try is counted. Within p_window_ms, at most p_most_an_account wrong login tries are allowed for one
-- account, p_most_an_address from one network address, and p_most_in_all of all accounts from all addresses. Only the limit p_most_in_all also counts
-- `unread` login tries. After the gym itself has locked the account, no login with it is tried for p_locked_ms. At most p_most_right login tries with
-- the right password are allowed for one account within p_window_ms. The limit p_most_in_all does not apply if it is null, or if p_fingerprint names
-- a device on which the member with this account has signed in before.
drop function public.begin_login(uuid, text, text, integer, integer, integer, integer, timestamptz, integer);
create function public.begin_login(
  p_id uuid, p_account text, p_address text, p_most_an_account integer, p_most_an_address integer, p_window_ms integer, p_locked_ms integer,
  p_now timestamptz, p_most_right integer default 100, p_most_in_all integer default null, p_fingerprint text default null
) returns bigint language plpgsql security definer set search_path = '' as $$
declare since timestamptz := p_now - p_window_ms * interval '1 millisecond'; free_at timestamptz; all_free_at timestamptz;
begin
  delete from public.login_limits where tried_at < p_now - interval '1 day';
  -- Calls of `begin_login` for one gym account, or from one network address, run one after the other, so that each counts the login tries of the
  -- earlier ones. Every call takes the lock of the account before the lock of the network address, and the lock of all logins last, so that two calls
  -- never deadlock.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('account ' || p_account, 0));
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('address ' || p_address, 0));
  if exists (select from public.login_limits where id = p_id) then return 0; end if;
  with counted as (select l.*, row_number() over (partition by l.verdict = 'right' order by l.tried_at desc, l.id) as n from public.login_limits l
      where l.account = p_account and l.tried_at > since and l.verdict <> 'unread'),
    also as (select l.*, row_number() over (order by l.tried_at desc, l.id) as n from public.login_limits l
      where l.address = p_address and l.tried_at > since and l.verdict not in ('right', 'unread'))
  select max(x.at) into free_at from (
    select c.tried_at + p_window_ms * interval '1 millisecond' as at from counted c
      where c.n = case when c.verdict = 'right' then p_most_right else p_most_an_account end
    union all select a.tried_at + p_window_ms * interval '1 millisecond' from also a where a.n = p_most_an_address
    union all select l.tried_at + p_locked_ms * interval '1 millisecond' from public.login_limits l
      where l.account = p_account and l.verdict = 'locked') x;
  if free_at > p_now then return ceil(extract(epoch from free_at - p_now) * 1000); end if;
  if p_most_in_all is not null and not public.is_known_device(p_account, p_fingerprint) then
    perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('all logins', 0));
    select l.tried_at + p_window_ms * interval '1 millisecond' into all_free_at from public.login_limits l
    where l.verdict <> 'right' and l.tried_at > since order by l.tried_at desc offset p_most_in_all - 1 limit 1;
    if all_free_at > p_now then return ceil(extract(epoch from all_free_at - p_now) * 1000); end if;
  end if;
  insert into public.login_limits (id, account, address, tried_at) values (p_id, p_account, p_address, p_now);
  return 0;
end $$;

-- True if a member with this gym account has signed in on the device with this fingerprint. p_account is the digest under which the account's login
-- tries are counted.
create function public.is_known_device(p_account text, p_fingerprint text) returns boolean language sql stable security definer set search_path = '' as $$
  select exists (select from public.auth_sessions s join public.members m on m.id = s.user_id
    where s.session_type = 'device' and s.fingerprint = p_fingerprint
      and encode(sha256(convert_to(lower(normalize(btrim(m.email), NFKC)), 'UTF8')), 'hex') = p_account)
$$;

revoke all on function public.begin_login, public.is_known_device from public, anon, authenticated, service_role;
grant execute on function public.begin_login to service_role;
