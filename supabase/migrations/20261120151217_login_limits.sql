-- Right passwords are limited, too, loosely: each is two logins at the gym, and nobody needs a hundred in a quarter of an hour.

alter table public.login_limits drop constraint login_limits_verdict_check;
alter table public.login_limits add constraint login_limits_verdict_check check (verdict in ('open', 'wrong', 'locked', 'right'));

-- As before, with a bound of its own for right ones, which do not count among the wrong.
drop function public.begin_login(uuid, text, text, integer, integer, integer, integer, timestamptz);
create function public.begin_login(
  p_id uuid, p_account text, p_address text, p_most_an_account integer, p_most_an_address integer, p_window_ms integer, p_locked_ms integer,
  p_now timestamptz, p_most_right integer default 100
) returns bigint language plpgsql security definer set search_path = '' as $$
declare since timestamptz := p_now - p_window_ms * interval '1 millisecond'; free_at timestamptz;
begin
  delete from public.login_limits where tried_at < p_now - interval '1 day';
  -- One account's tries are judged one after the other, and so are one address's; always in this order.
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

revoke all on function public.begin_login from public, anon, authenticated;
grant execute on function public.begin_login to service_role;
