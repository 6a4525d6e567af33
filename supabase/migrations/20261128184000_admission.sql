-- Which members are admitted to this installation. A member is a guest (uses only what needs no admission), waiting for the operator, admitted or
-- refused. The statement that would create a new member also decides whether the member is admitted, waits, or is not created.

alter table public.members
  add column admission text not null default 'guest' check (admission in ('guest', 'waiting', 'admitted', 'refused')),
  add column admission_at timestamptz;
-- Members created before this migration are admitted.
update public.members set admission = 'admitted';

-- An invitation that can be used once; of its secret, only a hash is stored.
create table public.invitations (
  id uuid primary key,
  secret_hash text not null unique,
  note text check (char_length(note) between 1 and 200),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  used_by uuid references public.members (id) on delete set null,
  revoked_at timestamptz
);
create index invitations_by_user on public.invitations (used_by);
alter table public.invitations enable row level security;
alter table public.invitations force row level security;
revoke all on public.invitations from public, anon, authenticated, service_role;

-- ── signing in ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- Lets in a member that the gym has just authenticated. p_slugs has the addresses of the boxes that the login named; p_box_ids has the gym's ids of
-- the boxes that the login named without an address. p_admit_boxes lists the boxes whose members are admitted; an empty list admits all. p_link_to is
-- a signed-in member: if that member has no gym account yet, the account p_platform_user_id is linked to them. Returns { verdict, member }; the
-- verdict is admitted | waiting | refused | other-box | invitation-over | uninvited | closed. Nothing is written unless the verdict is `admitted` or
-- `waiting`. Raises auth/account-taken if the account to be linked belongs to another member.
create function public.admit_at_gym(
  p_platform_user_id text, p_email text, p_name text, p_slugs text[], p_box_ids text[], p_mode text, p_admit_boxes text[],
  p_invitation_hash text, p_now timestamptz, p_link_to uuid default null
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare m public.members; i public.invitations; target uuid; was text; is_first boolean; verdict text;
begin
  -- If two first logins with one gym account come at the same time, the later one waits here, and then finds the member that the earlier one wrote.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('gym account ' || p_platform_user_id, 0));
  select * into m from public.members where id = p_link_to for update;
  target := p_link_to;
  if p_link_to is null or m.platform_user_id is not null then
    select * into m from public.members where platform = 'aimharder' and platform_user_id = p_platform_user_id for update;
    target := coalesce(m.id, gen_random_uuid());
  elsif exists (select from public.members o where o.platform = 'aimharder' and o.platform_user_id = p_platform_user_id and o.id <> target) then
    raise exception 'auth/account-taken' using errcode = 'PT409';
  end if;
  was := coalesce(m.admission, 'guest');
  is_first := m.platform_user_id is null;
  if p_invitation_hash is not null and p_mode in ('invite', 'approve') and was in ('guest', 'waiting') then
    select * into i from public.invitations
    where secret_hash = p_invitation_hash and used_at is null and revoked_at is null and expires_at > p_now for update;
  end if;
  verdict := case
    when was = 'refused' then 'refused'
    when (was <> 'admitted' or is_first) and p_admit_boxes <> '{}' and not p_slugs && p_admit_boxes and not exists (
      select from public.boxes b where b.aimharder_box_id = any (p_box_ids) and b.subdomain = any (p_admit_boxes)) then 'other-box'
    when was = 'admitted' or p_mode = 'open' or i.id is not null then 'admitted'
    when was = 'waiting' or p_mode = 'approve' then 'waiting'
    when p_mode = 'closed' then 'closed'
    when p_invitation_hash is not null then 'invitation-over'
    else 'uninvited' end;
  if verdict not in ('admitted', 'waiting') then return jsonb_build_object('verdict', verdict); end if;
  insert into public.members as k (id, platform_user_id, email, display_name, created_at, admission, admission_at)
  values (target, p_platform_user_id, p_email, p_name, p_now, verdict, p_now)
  on conflict (id) do update set platform_user_id = excluded.platform_user_id, email = excluded.email, display_name = excluded.display_name,
    admission = excluded.admission, admission_at = case when k.admission = excluded.admission then k.admission_at else p_now end
  returning * into m;
  update public.invitations set used_at = p_now, used_by = m.id where id = i.id;
  return jsonb_build_object('verdict', verdict, 'member', jsonb_build_object('id', m.id, 'email', m.email, 'name', m.display_name));
exception when unique_violation then
  raise exception 'auth/account-taken' using errcode = 'PT409';
end $$;

-- Lets in a member that signs in through Supabase. Writes the member, a puntual session and the session's first refresh token together, or only a
-- waiting member, or nothing. Returns { verdict, session }: the verdict is admitted | waiting | refused | closed | uninvited, and only `admitted`
-- comes with a session. Raises auth/session-revoked if the Supabase session p_supabase_session_id has ended, or if Supabase has banned or deleted the
-- user.
create function public.bridge_member(
  p_mode text, p_id uuid, p_user_id uuid, p_email text, p_supabase_session_id text, p_user_agent text, p_ip text, p_token_hash text,
  p_idle_ms bigint, p_absolute_ms bigint, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare was text; verdict text;
begin
  if not public.supabase_user_stands(p_user_id, p_supabase_session_id, p_now) then
    raise exception 'auth/session-revoked' using errcode = 'PT401';
  end if;
  select m.admission into was from public.members m where m.id = p_user_id for update;
  verdict := case
    when was = 'refused' then 'refused'
    when was = 'admitted' or p_mode = 'open' then 'admitted'
    when was = 'waiting' or p_mode = 'approve' then 'waiting'
    when p_mode = 'closed' then 'closed'
    else 'uninvited' end;
  if verdict not in ('admitted', 'waiting') then return jsonb_build_object('verdict', verdict); end if;
  insert into public.members as k (id, email, created_at, admission, admission_at) values (p_user_id, p_email, p_now, verdict, p_now)
  on conflict (id) do update set admission = excluded.admission, admission_at = p_now where k.admission <> excluded.admission;
  return jsonb_build_object('verdict', verdict, 'session', case when verdict = 'admitted' then public.open_user_session(p_id, p_user_id, null,
    p_supabase_session_id, p_user_agent, p_ip, p_token_hash, p_idle_ms, p_absolute_ms, p_now) end);
end $$;

-- Returns the fingerprint of this Supabase session's device, and the member's admission (a member without a row in `members` is a guest). Raises
-- auth/session-revoked if Supabase has ended the session or banned or deleted the user, or if the token was issued before its member was erased.
create function public.read_supabase_member(p_user_id uuid, p_supabase_session_id text, p_now timestamptz, p_issued_at timestamptz default null)
returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('deviceFingerprint', public.read_supabase_device(p_user_id, p_supabase_session_id, p_now, p_issued_at),
    'admission', coalesce((select m.admission from public.members m where m.id = p_user_id), 'guest'))
$$;

-- One puntual session, with its member's admission. provedAt: when the member signed in with the gym's password; null for a session bridged from
-- Supabase.
create or replace function public.read_user_session(p_id uuid, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', s.id, 'userId', s.user_id,
    'deviceFingerprint', coalesce(s.device_fingerprint, public.device_of_supabase_session(s.user_id, s.supabase_session_id)),
    'provedAt', case when s.device_fingerprint is not null then s.created_at end,
    'revokedAt', coalesce(s.revoked_at, case when not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now) then p_now end),
    'admission', m.admission)
  from public.user_sessions s join public.members m on m.id = s.user_id where s.id = p_id
$$;

-- Stores a kept login; returns 0 for a member that is not admitted. The call locks the member's row: if the operator refuses the member at the same
-- time, the refusal comes entirely before or entirely after the call.
create or replace function public.keep_login(p_id uuid, p_user_id uuid, p_login_sealed text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  perform from public.members m where m.id = p_user_id and m.admission = 'admitted' for share;
  if not found then return 0; end if;
  insert into public.kept_logins values (p_user_id, p_id, p_login_sealed, p_now)
  on conflict (user_id) do update set id = excluded.id, login_sealed = excluded.login_sealed, kept_at = excluded.kept_at;
  get diagnostics n = row_count;
  return n;
end $$;

-- `enrol_member` and `bridge_user_session` keep the parameters with which a process of an older version calls them. A process of an older version
-- does not know admission, so these two functions admit every member, except one that the operator has refused.
create or replace function public.enrol_member(p_platform_user_id text, p_email text, p_name text, p_now timestamptz, p_link_to uuid default null)
returns jsonb language sql security definer set search_path = '' as $$
  select public.admit_at_gym(p_platform_user_id, p_email, p_name, '{}', '{}', 'open', '{}', null, p_now, p_link_to) -> 'member'
$$;
create or replace function public.bridge_user_session(
  p_id uuid, p_user_id uuid, p_email text, p_supabase_session_id text, p_user_agent text, p_ip text, p_token_hash text,
  p_idle_ms bigint, p_absolute_ms bigint, p_now timestamptz
) returns jsonb language sql security definer set search_path = '' as $$
  select public.bridge_member('open', p_id, p_user_id, p_email, p_supabase_session_id, p_user_agent, p_ip, p_token_hash, p_idle_ms,
    p_absolute_ms, p_now) -> 'session'
$$;

-- ── the operator ───────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- The next p_limit members by id after p_after: those in the admission state p_admission (null: all). The returned rows hold no token, key, password
-- or e-mail address.
create function public.list_members(p_admission text, p_after uuid, p_limit integer) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', m.id, 'name', m.display_name, 'admission', m.admission, 'since', m.admission_at,
    'boxes', coalesce((select jsonb_agg(jsonb_build_object('id', b.id, 'subdomain', b.subdomain, 'name', b.name) order by b.name)
      from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = m.id), '[]'),
    'wishes', (select count(*) from public.prebookings p where p.user_id = m.id and p.is_live),
    'lastSeenAt', (select max(s.last_seen_at) from public.user_sessions s where s.user_id = m.id))
  from public.members m where (p_admission is null or m.admission = p_admission) and (p_after is null or m.id > p_after)
  order by m.id limit p_limit
$$;

-- Ends everything that a refused member has at puntual. The member's puntual sessions, kept login and waiting prebookings end immediately. The
-- member's logins at the gym end once no race of the member is running, since a running race needs one. Returns whether the logins at the gym have
-- ended, too: false while a race of the member is running.
create function public.show_out(p_user_id uuid, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  -- The kept login is deleted before the sessions: `revoke_user_sessions` would otherwise delete it, and notify the member that a new login is
  -- needed.
  delete from public.kept_logins k where k.user_id = p_user_id;
  perform public.revoke_user_sessions(p_user_id, null, p_now);
  update public.prebookings set status = 'withdrawn', outcome = 'withdrawn', reason = 'the operator', claim_epoch = claim_epoch + 1,
    settled_at = p_now, updated_at = p_now
  where user_id = p_user_id and is_live and status in ('scheduling', 'scheduled', 'claimed');
  if exists (select from public.prebookings p where p.user_id = p_user_id and p.is_live) then return false; end if;
  with gone as (
    update public.auth_sessions set status = 'revoked', lease_epoch = lease_epoch + 1, lease_owner = null, lease_until = null
    where user_id = p_user_id and status <> 'revoked' returning id)
  update public.token_journal j set state = 'dead' from gone where j.session_id = gone.id and j.state <> 'dead';
  return true;
end $$;

-- Admits or refuses a member, as the operator decided. Returns { admission, ended }, or null for a missing member; `ended` is false while a running
-- race keeps a refused member's logins at the gym alive.
create function public.judge_member(p_id uuid, p_admission text, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare ended boolean := true;
begin
  if p_admission not in ('admitted', 'refused') then raise exception 'Expected admitted or refused.' using errcode = 'invalid_parameter_value'; end if;
  update public.members set admission_at = case when admission = p_admission then admission_at else p_now end, admission = p_admission where id = p_id;
  if not found then return null; end if;
  if p_admission = 'refused' then ended := public.show_out(p_id, p_now); end if;
  return jsonb_build_object('admission', p_admission, 'ended', ended);
end $$;

-- Deletes a member and all the member's data, as an erasure does: first the key that opens the member's sealed data, then the rows. An access token
-- that was issued before the deletion is refused. If a restored backup brings the member back, `repeat_erasures` deletes the member again when its
-- p_list names the member. While a race of the member is running, the call only refuses the member (`judge_member`), and must be repeated after the
-- race. The member's bookings at the gym stay.
create function public.remove_member(p_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare judged jsonb := public.judge_member(p_id, 'refused', p_now);
begin
  if not coalesce((judged ->> 'ended')::boolean, false) then return judged; end if;
  delete from public.user_keys k where k.user_id = p_id;
  insert into public.erased_members values (p_id, p_now) on conflict (user_id) do update set erased_at = excluded.erased_at;
  delete from public.members m where m.id = p_id;
  -- The member's rate limits at boxes are rows of `rate_buckets` with the member's id in their name; no foreign key deletes them together with the
  -- member.
  delete from public.rate_buckets b where b.name like '%' || p_id || '%';
  return judged;
end $$;

-- Ends the gym logins of refused members that had a race running at the time of the refusal (`show_out`), once the race is over. Returns for how
-- many refused members this call ended the gym logins.
create function public.show_out_refused(p_now timestamptz) returns integer
language sql security definer set search_path = '' as $$
  select count(*) filter (where public.show_out(m.id, p_now))::integer from public.members m
  where m.admission = 'refused' and exists (select from public.auth_sessions s where s.user_id = m.id and s.status <> 'revoked')
$$;

-- Stores an invitation, and deletes all invitations that ended more than 30 days ago: by use, revocation or expiry.
create function public.create_invitation(p_id uuid, p_secret_hash text, p_note text, p_expires_at timestamptz, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.invitations where coalesce(used_at, revoked_at, expires_at) < p_now - interval '30 days';
  insert into public.invitations (id, secret_hash, note, created_at, expires_at) values (p_id, p_secret_hash, p_note, p_now, p_expires_at)
  on conflict (id) do nothing;
  select count(*) into n from public.invitations where id = p_id and secret_hash = p_secret_hash;
  return n;
end $$;

create function public.invitation_card(i public.invitations, p_now timestamptz) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', i.id, 'note', i.note, 'createdAt', i.created_at, 'expiresAt', i.expires_at, 'usedAt', i.used_at, 'usedBy', i.used_by,
    'state', case when i.used_at is not null then 'used' when i.revoked_at is not null then 'revoked' when i.expires_at <= p_now then 'expired' else 'open' end)
$$;

-- Reads an invitation by its hash; a read changes nothing.
create function public.read_invitation(p_secret_hash text, p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select public.invitation_card(i, p_now) from public.invitations i where i.secret_hash = p_secret_hash
$$;

create function public.list_invitations(p_now timestamptz) returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.invitation_card(i, p_now) from public.invitations i order by i.created_at desc, i.id limit 500
$$;

-- Revokes an invitation. Returns 0 for an invitation that is missing, used or already revoked.
create function public.revoke_invitation(p_id uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.invitations set revoked_at = p_now where id = p_id and used_at is null and revoked_at is null;
  get diagnostics n = row_count;
  return n;
end $$;

create function public.list_boxes() returns setof jsonb language sql stable security definer set search_path = '' as $$
  select public.box_card(b) || jsonb_build_object('members', (select count(*) from public.user_boxes ub where ub.box_id = b.id))
  from public.boxes b order by b.name, b.id limit 1000
$$;

revoke all on function public.admit_at_gym, public.bridge_member, public.read_supabase_member, public.read_user_session, public.keep_login, public.enrol_member,
  public.bridge_user_session, public.list_members, public.show_out, public.judge_member, public.remove_member, public.show_out_refused,
  public.create_invitation, public.invitation_card, public.read_invitation, public.list_invitations, public.revoke_invitation, public.list_boxes
  from public, anon, authenticated, service_role;
grant execute on function public.admit_at_gym, public.bridge_member, public.read_supabase_member, public.read_user_session, public.keep_login, public.enrol_member,
  public.bridge_user_session, public.list_members, public.judge_member, public.remove_member, public.show_out_refused,
  public.create_invitation, public.read_invitation, public.list_invitations, public.revoke_invitation, public.list_boxes
  to service_role;
