-- An export in pages: what one member may have much of (prebookings, watches, notices, messages) is read a page at a time. A single
-- statement over years of use would take longer than the database allows, so that the export would always fail.

-- Everything of one member as JSON, without the lists that `read_export_page` reads; the conversations come without their messages.
create or replace function public.read_export(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object(
    'member', to_jsonb(m),
    'boxes', coalesce((select jsonb_agg(public.own_box_card(b, ub.role) || jsonb_build_object('joinedAt', ub.joined_at) order by b.name)
      from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = m.id), '[]'),
    'gymSessions', coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'sessionType', s.session_type, 'fingerprint', s.fingerprint,
        'status', s.status, 'tokenUpdateCount', s.token_update_count, 'lastTokenUpdateDate', s.last_token_update_date,
        'lastTokenUpdateError', s.last_token_update_error, 'lastSeenAt', s.last_seen_at, 'createdAt', s.created_at) order by s.created_at)
      from public.auth_sessions s where s.user_id = m.id), '[]'),
    'keptLogin', public.read_kept_login(m.id),
    'sessions', coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'userAgent', s.user_agent, 'ipAddress', s.ip_address,
        'deviceFingerprint', s.device_fingerprint, 'createdAt', s.created_at, 'lastSeenAt', s.last_seen_at, 'revokedAt', s.revoked_at) order by s.created_at)
      from public.user_sessions s where s.user_id = m.id), '[]'),
    'subscription', (select to_jsonb(s) - 'user_id' from public.subscriptions s where s.user_id = m.id),
    'tokensSpent', coalesce((select jsonb_agg(to_jsonb(t) - 'user_id' order by t.spent_at) from public.token_spends t where t.user_id = m.id), '[]'),
    'turns', coalesce((select jsonb_agg(to_jsonb(t) - 'user_id' order by t.created_at) from public.sessions t where t.user_id = m.id), '[]'),
    'conversations', coalesce((select jsonb_agg(to_jsonb(c) - 'user_id' order by c.created_at, c.id)
      from public.chat_sessions c where c.user_id = m.id), '[]'),
    'channels', coalesce((select jsonb_agg(public.channel_card(c) || jsonb_build_object('createdAt', c.created_at) order by c.created_at)
      from public.notice_channels c where c.user_id = m.id), '[]'),
    'calendar', (select jsonb_build_object('createdAt', c.created_at, 'askedAt', c.asked_at, 'staleSince', c.stale_since, 'entries', coalesce((
        select jsonb_agg(to_jsonb(e) - 'user_id' order by e.starts_at, e.uid) from public.calendar_entries e where e.user_id = c.user_id), '[]'))
      from public.calendars c where c.user_id = m.id))
  from public.members m where m.id = p_user_id
$$;

-- The next p_most rows of one of the member's lists: `prebookings`, `watches`, `notices` or `messages`. `after` marks the last row; it is null if no
-- row follows, and p_after of the next call otherwise. p_after is null for the first page. The messages come conversation by conversation, in the
-- order in which `read_export` lists the conversations, and each names its conversation.
create function public.read_export_page(p_user_id uuid, p_list text, p_after jsonb, p_most integer) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare
  after_at timestamptz := coalesce((p_after ->> 'at')::timestamptz, '-infinity');
  after_id uuid := coalesce((p_after ->> 'id')::uuid, '00000000-0000-0000-0000-000000000000');
  after_n bigint := coalesce((p_after ->> 'n')::bigint, 0);
  page jsonb;
begin
  if p_list = 'prebookings' then
    select jsonb_agg(jsonb_build_object('row', x.card, 'mark', jsonb_build_object('at', x.created_at, 'id', x.id)) order by x.created_at, x.id) into page
    from (select p.created_at, p.id, public.prebooking_card(p) || jsonb_build_object('events', coalesce((
        select jsonb_agg(jsonb_build_object('from', e.from_status, 'to', e.to_status, 'reason', e.reason, 'at', e.at) order by e.id)
        from public.prebooking_events e where e.prebooking_id = p.id), '[]')) as card
      from public.prebookings p where p.user_id = p_user_id and (p.created_at, p.id) > (after_at, after_id) order by p.created_at, p.id limit p_most) x;
  elsif p_list = 'watches' then
    select jsonb_agg(jsonb_build_object('row', x.card, 'mark', jsonb_build_object('at', x.created_at, 'id', x.id)) order by x.created_at, x.id) into page
    from (select w.created_at, w.id, to_jsonb(w) - 'user_id' - 'step_owner' as card
      from public.watches w where w.user_id = p_user_id and (w.created_at, w.id) > (after_at, after_id) order by w.created_at, w.id limit p_most) x;
  elsif p_list = 'notices' then
    select jsonb_agg(jsonb_build_object('row', x.card, 'mark', jsonb_build_object('n', x.id)) order by x.id) into page
    from (select o.id, jsonb_build_object('kind', o.kind, 'payload', o.payload, 'createdAt', o.created_at, 'sentAt', o.sent_at, 'readAt', o.read_at) as card
      from public.outbox o where o.user_id = p_user_id and o.id > after_n order by o.id limit p_most) x;
  elsif p_list = 'messages' then
    select jsonb_agg(jsonb_build_object('row', jsonb_build_object('conversation', x.session, 'message', x.card),
      'mark', jsonb_build_object('at', x.at, 'id', x.session, 'n', x.id)) order by x.at, x.session, x.id) into page
    from (select c.created_at as at, c.id as session, m.id, jsonb_build_object('role', m.role, 'content', m.content, 'createdAt', m.created_at) as card
      from public.chat_sessions c join public.chat_messages m on m.session_id = c.id
      where c.user_id = p_user_id and (c.created_at, c.id) >= (after_at, after_id) and (c.created_at, c.id, m.id) > (after_at, after_id, after_n)
      order by c.created_at, c.id, m.id limit p_most) x;
  else
    raise exception 'Expected a list of an export, not %.', p_list;
  end if;
  return jsonb_build_object('rows', coalesce(jsonb_path_query_array(page, '$[*].row'), '[]'),
    'after', case when jsonb_array_length(page) = p_most then page -> -1 -> 'mark' end);
end $$;

drop function public.export_watches(uuid);
revoke all on function public.read_export, public.read_export_page from public, anon, authenticated, service_role;
grant execute on function public.read_export, public.read_export_page to service_role;
