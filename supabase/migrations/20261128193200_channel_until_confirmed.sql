-- A confirmed channel stays in use until its replacement is confirmed. If an unconfirmed channel replaced a working one, a mistyped mailbox or a chat
-- that is never opened would leave the member without notices.

drop index public.one_channel_of_a_kind;
create unique index one_channel_of_a_kind on public.notice_channels (user_id, kind) where kind <> 'web-push' and state <> 'unconfirmed';
create unique index one_newcomer_of_a_kind on public.notice_channels (user_id, kind) where kind <> 'web-push' and state = 'unconfirmed';

-- Stores a channel. A channel that has to be confirmed replaces an `unconfirmed` or `gone` channel of its kind at once. A `live` or `failing`
-- channel stays until its replacement is confirmed.
create or replace function public.keep_notice_channel(
  p_id uuid, p_user_id uuid, p_kind text, p_address_sealed text, p_secret_sealed text, p_now timestamptz,
  p_state text default 'live', p_lookup text default null, p_code_hash text default null, p_code_expires_at timestamptz default null, p_max integer default 12
) returns integer language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.members m where m.id = p_user_id for update;
  delete from public.notice_channels c where c.user_id = p_user_id and c.kind = p_kind and (p_kind <> 'web-push' or c.lookup = p_lookup)
    and (p_state <> 'unconfirmed' or c.state in ('unconfirmed', 'gone'));
  if (select count(*) from public.notice_channels c where c.user_id = p_user_id) >= p_max then return 0; end if;
  insert into public.notice_channels (id, user_id, kind, address_sealed, secret_sealed, created_at, state, lookup, code_hash, code_expires_at)
  values (p_id, p_user_id, p_kind, p_address_sealed, p_secret_sealed, p_now, p_state, p_lookup, p_code_hash, p_code_expires_at);
  return 1;
end $$;

-- Confirms the notice channel for which the code was made, and uses the code up: a second call returns 0. For a Telegram chat the call also stores
-- the chat's address, which arrives with the code. The member's earlier channel of the same kind is deleted.
create or replace function public.confirm_channel(p_code_hash text, p_address_sealed text, p_lookup text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare c public.notice_channels;
begin
  select * into c from public.notice_channels x where x.code_hash = p_code_hash and x.code_expires_at > p_now for update;
  if not found then return 0; end if;
  delete from public.notice_channels x where x.user_id = c.user_id and x.kind = c.kind and x.id <> c.id;
  update public.notice_channels x set state = 'live', code_hash = null, code_expires_at = null,
    address_sealed = coalesce(p_address_sealed, x.address_sealed), lookup = coalesce(p_lookup, x.lookup)
  where x.id = c.id;
  return 1;
end $$;

revoke all on function public.keep_notice_channel, public.confirm_channel from public, anon, authenticated, service_role;
grant execute on function public.keep_notice_channel, public.confirm_channel to service_role;
