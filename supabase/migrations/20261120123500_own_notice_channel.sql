-- A member looks at their own channel, and has it tried: one row, still sealed, with the key that opens it.

create function public.read_notice_channel(p_user_id uuid, p_kind text) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'addressSealed', c.address_sealed, 'secretSealed', c.secret_sealed,
    'createdAt', c.created_at, 'wrapped', k.wrapped)
  from public.notice_channels c join public.user_keys k on k.user_id = c.user_id
  where c.user_id = p_user_id and c.kind = p_kind
$$;
revoke all on function public.read_notice_channel from public, anon, authenticated;
grant execute on function public.read_notice_channel to service_role;
