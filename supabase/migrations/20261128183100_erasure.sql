-- How a member exports their data, and erases their account. An erasure withdraws prebookings that are not armed, and waits until the armed ones have
-- ended. Once no prebooking is armed, the erasure sends a notice about itself, deletes the key that opens the member's seals, and deletes every row
-- of the member. The member's id and the instant of the erasure stay stored: with them the erasure can be repeated in a restored backup, and an
-- access token (puntual's own or Supabase's) that was issued before the erasure is refused.

alter table public.members add column erasing_at timestamptz;

create table public.erased_members (
  user_id uuid primary key,
  erased_at timestamptz not null
);
alter table public.erased_members enable row level security, force row level security;
revoke all on public.erased_members from public, anon, authenticated, service_role;

-- Whether this member was erased at or after p_issued_at, the instant at which the token that names the member was issued; with null, whether the
-- member was ever erased.
create function public.is_erased_since(p_user_id uuid, p_issued_at timestamptz) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select from public.erased_members e where e.user_id = p_user_id and (p_issued_at is null or e.erased_at >= p_issued_at))
$$;

-- A member whose erasure has begun cannot create a prebooking.
create function public.refuse_wishes_of_leavers() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if exists (select from public.members m where m.id = new.user_id and m.erasing_at is not null) then
    raise exception 'account/erasing' using errcode = 'PT409';
  end if;
  return new;
end $$;
create trigger refuse_wishes_of_leavers before insert on public.prebookings
for each row execute function public.refuse_wishes_of_leavers();

-- Begins or continues an erasure: withdraws prebookings that are not armed, and posts the notice of the erasure once no prebooking is live. Returns
-- { state, live }: waiting (until `live` prebookings have ended) | telling (the notice of the erasure is being delivered, for p_tell_ms at most) |
-- ready (the member's key and rows may be deleted). Returns null if there is no such member.
create function public.begin_erasure(p_user_id uuid, p_tell_ms bigint, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare n integer; o public.outbox;
begin
  update public.members m set erasing_at = coalesce(m.erasing_at, p_now) where m.id = p_user_id;
  if not found then return null; end if;
  update public.prebookings p set status = 'withdrawn', outcome = 'withdrawn', reason = 'the account is erased', claim_epoch = p.claim_epoch + 1,
    settled_at = p_now, updated_at = p_now
  where p.user_id = p_user_id and p.is_live and p.status in ('scheduling', 'scheduled', 'claimed');
  select count(*) into n from public.prebookings p where p.user_id = p_user_id and p.is_live;
  if n > 0 then return jsonb_build_object('state', 'waiting', 'live', n); end if;
  perform public.post_notice(p_user_id, 'account-erased', 'erased:' || p_user_id || ':' || m.erasing_at, '{}', p_now) from public.members m where m.id = p_user_id;
  -- The state is 'ready' only if no notice that is younger than `p_tell_ms` waits for delivery to the member, not even one about an armed
  -- prebooking's result.
  select * into o from public.outbox x where x.user_id = p_user_id and x.sent_at is null and x.given_up_at is null
    and x.created_at > p_now - p_tell_ms * interval '1 millisecond' limit 1;
  return jsonb_build_object('state', case when o.id is null then 'ready' else 'telling' end, 'live', 0);
end $$;

-- Members with an erasure under way, the earliest erasure first.
create function public.read_erasing(p_limit integer) returns setof uuid language sql stable security definer set search_path = '' as $$
  select m.id from public.members m where m.erasing_at is not null order by m.erasing_at limit p_limit
$$;

-- The first of the two last steps of an erasure: deletes the key that opens the member's seals, and records that the member is erased. Returns 1.
-- Changes nothing and returns 0 while a prebooking of the member is live, or if no erasure of the member has begun.
create function public.destroy_seals(p_user_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
begin
  perform from public.members m where m.id = p_user_id and m.erasing_at is not null
    and not exists (select from public.prebookings p where p.user_id = p_user_id and p.is_live) for update;
  if not found then return 0; end if;
  delete from public.user_keys k where k.user_id = p_user_id;
  insert into public.erased_members values (p_user_id, p_now) on conflict (user_id) do update set erased_at = excluded.erased_at;
  return 1;
end $$;

-- The second of the two last steps of an erasure: deletes every row of a member whose key is deleted. Returns how many members were deleted; 0 for a
-- repeated call.
create function public.delete_erased(p_user_id uuid) returns integer language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.members m using public.erased_members e where m.id = p_user_id and e.user_id = m.id and m.erasing_at is not null;
  get diagnostics n = row_count;
  -- The member's rate limits at boxes are rows of `rate_buckets` with the member's id in their name; no foreign key deletes them together with the
  -- member.
  if n > 0 then delete from public.rate_buckets b where b.name like '%' || p_user_id || '%'; end if;
  return n;
end $$;

-- Repeats erasures in a database restored from a backup, which still holds the members that were erased after the backup was made. p_list [{ userId,
-- erasedAt }] names the erased members. Members in p_list, or in `erased_members`, that were created before their erasure are deleted immediately,
-- their keys first. Returns how many members were deleted.
create function public.repeat_erasures(p_list jsonb) returns integer language plpgsql security definer set search_path = '' as $$
declare gone uuid[];
begin
  insert into public.erased_members as k select (x ->> 'userId')::uuid, max((x ->> 'erasedAt')::timestamptz) from jsonb_array_elements(p_list) x group by 1
  on conflict (user_id) do update set erased_at = greatest(k.erased_at, excluded.erased_at);
  select coalesce(array_agg(m.id), '{}') into gone from public.members m join public.erased_members e on e.user_id = m.id where m.created_at <= e.erased_at;
  delete from public.user_keys k where k.user_id = any (gone);
  delete from public.members m where m.id = any (gone);
  return cardinality(gone);
end $$;

-- Whether a member with this id was erased.
create function public.was_erased(p_user_id uuid) returns boolean language sql stable security definer set search_path = '' as $$
  select public.is_erased_since(p_user_id, null)
$$;

-- `read_supabase_device` refuses a token of Supabase that was issued before its member's erasure. A token of Supabase
-- outlives the erasure by up to an hour.
drop function public.read_supabase_device(uuid, text, timestamptz);
create function public.read_supabase_device(p_user_id uuid, p_supabase_session_id text, p_now timestamptz, p_issued_at timestamptz default null)
returns text language plpgsql stable security definer set search_path = '' as $$
begin
  if not public.supabase_user_stands(p_user_id, p_supabase_session_id, p_now)
    or (p_issued_at is not null and public.is_erased_since(p_user_id, p_issued_at)) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  return public.device_of_supabase_session(p_user_id, p_supabase_session_id);
end $$;

-- The first row that a user writes in a table with this trigger makes the user a member. Row security checks the insert after this trigger: a row in
-- another member's name is refused, and the member that this trigger made for that row is rolled back. An insert with an access token issued before
-- the member's erasure is refused, so that it does not create the member again.
create or replace function public.know_member() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if auth.uid() = new.user_id and (auth.jwt() ->> 'iat') is not null
    and public.is_erased_since(new.user_id, to_timestamp((auth.jwt() ->> 'iat')::double precision)) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  insert into public.members (id, email, created_at)
  values (new.user_id, case when auth.uid() = new.user_id then auth.jwt() ->> 'email' end, pg_catalog.now()) on conflict (id) do nothing;
  return new;
end $$;

-- One puntual session. provedAt: when the member signed in with the gym's password; null for a session bridged from Supabase.
create or replace function public.read_user_session(p_id uuid, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', s.id, 'userId', s.user_id,
    'deviceFingerprint', coalesce(s.device_fingerprint, public.device_of_supabase_session(s.user_id, s.supabase_session_id)),
    'provedAt', case when s.device_fingerprint is not null then s.created_at end,
    'revokedAt', coalesce(s.revoked_at, case when not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now) then p_now end))
  from public.user_sessions s where s.id = p_id
$$;

-- ── everything of one member ───────────────────────────────────────────────────────────────────────────────────────────────────
-- Everything of one member as JSON, without anything that leads to a secret: hashes, digests, seals. Returns null if there is no such member.
create function public.read_export(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
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
    'prebookings', coalesce((select jsonb_agg(public.prebooking_card(p) || jsonb_build_object('events', coalesce((
        select jsonb_agg(jsonb_build_object('from', e.from_status, 'to', e.to_status, 'reason', e.reason, 'at', e.at) order by e.id)
        from public.prebooking_events e where e.prebooking_id = p.id), '[]')) order by p.created_at)
      from public.prebookings p where p.user_id = m.id), '[]'),
    'subscription', (select to_jsonb(s) - 'user_id' from public.subscriptions s where s.user_id = m.id),
    'tokensSpent', coalesce((select jsonb_agg(to_jsonb(t) - 'user_id' order by t.spent_at) from public.token_spends t where t.user_id = m.id), '[]'),
    'turns', coalesce((select jsonb_agg(to_jsonb(t) - 'user_id' order by t.created_at) from public.sessions t where t.user_id = m.id), '[]'),
    'conversations', coalesce((select jsonb_agg(to_jsonb(c) - 'user_id' || jsonb_build_object('messages', coalesce((
        select jsonb_agg(jsonb_build_object('role', x.role, 'content', x.content, 'createdAt', x.created_at) order by x.id)
        from public.chat_messages x where x.session_id = c.id), '[]')) order by c.created_at)
      from public.chat_sessions c where c.user_id = m.id), '[]'),
    'notices', coalesce((select jsonb_agg(jsonb_build_object('kind', o.kind, 'payload', o.payload, 'createdAt', o.created_at, 'sentAt', o.sent_at) order by o.id)
      from public.outbox o where o.user_id = m.id), '[]'),
    'channels', coalesce((select jsonb_agg(public.channel_card(c) || jsonb_build_object('createdAt', c.created_at) order by c.created_at)
      from public.notice_channels c where c.user_id = m.id), '[]'))
  from public.members m where m.id = p_user_id
$$;

revoke all on function public.is_erased_since, public.refuse_wishes_of_leavers, public.begin_erasure, public.read_erasing, public.destroy_seals,
  public.delete_erased, public.repeat_erasures, public.was_erased, public.read_supabase_device, public.know_member, public.read_user_session,
  public.read_export from public, anon, authenticated, service_role;
grant execute on function public.begin_erasure, public.read_erasing, public.destroy_seals, public.delete_erased, public.repeat_erasures,
  public.was_erased, public.read_supabase_device, public.read_user_session, public.read_export to service_role;
