-- The rows that members write themselves, through PostgREST too, are limited: for each member the number of rows in all, and the number in an hour.
-- The table `chat_sessions` gets a column for a conversation's title. The table `user_sessions` gets an index on `created_at`.

alter table public.chat_sessions add column title text check (char_length(title) between 1 and 200);
grant insert (title) on public.chat_sessions to authenticated;

-- With `user_id` in the row of a message, a member's messages are counted without reading every conversation. The trigger `a_own_message` fills the
-- column `user_id`; a client cannot.
alter table public.chat_messages add column user_id uuid references public.members (id) on delete cascade;
update public.chat_messages m set user_id = s.user_id from public.chat_sessions s where s.id = m.session_id;
create function public.own_message() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  new.user_id := (select s.user_id from public.chat_sessions s where s.id = new.session_id);
  return new;
end $$;
create trigger a_own_message before insert on public.chat_messages for each row execute function public.own_message();

create index chat_messages_by_user on public.chat_messages (user_id, created_at);
create index chat_sessions_by_user_and_age on public.chat_sessions (user_id, created_at);
create index sessions_by_user_and_age on public.sessions (user_id, created_at);
drop index public.chat_sessions_by_user;
drop index public.sessions_by_user;

create index user_sessions_by_age on public.user_sessions (created_at);

-- The trigger's arguments are how many rows of the table a member may have in all, and how many the member may add in an hour. The trigger runs for
-- each row, so that a statement that inserts 20,000 rows stops at the first row beyond a limit. The trigger limits only rows that a member writes in
-- their own name. Rows that the service writes are not limited, and row security refuses a row in another member's name. Two inserts of one member
-- into one table run one after the other, even if they are sent at the same time.
create function public.bound_member_rows() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  most integer := tg_argv[0]; an_hour integer := tg_argv[1]; me uuid := auth.uid(); lately integer; in_all integer;
  count_rows text := pg_catalog.format('select count(*) from (select from public.%I where user_id = $1 and created_at > $2 limit $3) x', tg_table_name);
begin
  if me is null or new.user_id is distinct from me then return new; end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(tg_table_name || ' ' || me, 0));
  execute count_rows into lately using me, pg_catalog.now() - interval '1 hour', an_hour;
  if lately < an_hour then execute count_rows into in_all using me, '-infinity'::timestamptz, most; end if;
  if lately >= an_hour or in_all >= most then
    raise exception 'request/limited' using errcode = 'PT429',
      detail = pg_catalog.format('At most %s rows of %s an hour, and %s in all.', an_hour, tg_table_name, most);
  end if;
  return new;
end $$;

create trigger b_bound_member_rows before insert on public.sessions for each row execute function public.bound_member_rows('10000', '60');
create trigger b_bound_member_rows before insert on public.chat_sessions for each row execute function public.bound_member_rows('2000', '60');
create trigger b_bound_member_rows before insert on public.chat_messages for each row execute function public.bound_member_rows('20000', '300');

revoke all on function public.own_message(), public.bound_member_rows() from public, anon, authenticated, service_role;
