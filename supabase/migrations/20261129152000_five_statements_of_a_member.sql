-- At most five statements that one member sends to PostgREST run at the same time. PostgREST has about ten connections, which members and the service
-- share: a member with twenty slow statements (rows within rows within rows) would keep the service from the database, and so lose the races of all.

-- `takes_place` is in a schema of its own, because PostgREST lets its callers call each function of `public` for which they have the right. Row
-- security calls `takes_place` as the member.
create schema row_security;
revoke all on schema row_security from public;
grant usage on schema row_security to authenticated;

-- Takes one of the member's five places for running statements until the end of the transaction, or raises database/busy. Each place is a lock.
-- Row security calls the function for each table that a statement reads. The setting puntual.has_place, which ends with the transaction, keeps the
-- statement from taking a second place.
create function row_security.takes_place() returns boolean language plpgsql security definer set search_path = '' as $$
begin
  if pg_catalog.current_setting('puntual.has_place', true) = 'yes' then return true; end if;
  for place in 1 .. 5 loop
    if pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended('statements ' || coalesce(auth.uid()::text, '') || ' ' || place, 0)) then
      perform pg_catalog.set_config('puntual.has_place', 'yes', true);
      return true;
    end if;
  end loop;
  raise exception 'database/busy' using errcode = 'PT503', detail = 'At most five statements of one member run at the same time.';
end $$;
revoke all on function row_security.takes_place() from public, anon, authenticated, service_role;
grant execute on function row_security.takes_place() to authenticated;

-- (select …) is evaluated once for each table of a statement, at the first row that the member may read.
create policy "five statements at once" on public.members as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.boxes as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.user_boxes as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.prebookings as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.prebooking_events as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.subscriptions as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.auth_sessions as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.user_sessions as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.sessions as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.chat_sessions as restrictive for select to authenticated using ((select row_security.takes_place()));
create policy "five statements at once" on public.chat_messages as restrictive for select to authenticated using ((select row_security.takes_place()));

-- Limits the rows that a member writes, as in 20261128160000_bounds_for_member_rows.sql. Statements of one member that add rows to
-- one table wait for each other. A waiting statement keeps its connection, so each statement first takes one of the member's five
-- places for running statements (row_security.takes_place).
create or replace function public.bound_member_rows() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  most integer := tg_argv[0]; an_hour integer := tg_argv[1]; me uuid := auth.uid(); lately integer; in_all integer;
  count_rows text := pg_catalog.format('select count(*) from (select from public.%I where user_id = $1 and created_at > $2 limit $3) x', tg_table_name);
begin
  if me is null or new.user_id is distinct from me then return new; end if;
  perform row_security.takes_place();
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(tg_table_name || ' ' || me, 0));
  execute count_rows into lately using me, pg_catalog.now() - interval '1 hour', an_hour;
  if lately < an_hour then execute count_rows into in_all using me, '-infinity'::timestamptz, most; end if;
  if lately >= an_hour or in_all >= most then
    raise exception 'request/limited' using errcode = 'PT429',
      detail = pg_catalog.format('At most %s rows of %s an hour, and %s in all.', an_hour, tg_table_name, most);
  end if;
  return new;
end $$;
