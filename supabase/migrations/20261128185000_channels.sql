-- Each channel, of whatever kind, has a state: unconfirmed, live, failing or gone. Each delivery of a notice is recorded in the database before it is
-- attempted, so that no record is lost if the sending process is killed. Members read their notices in the app, and most notices are delivered to a
-- channel only outside the member's quiet hours.
set check_function_bodies = off;

-- ── channels ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
-- A member has at most one channel of each kind, but a web push channel for each browser. `lookup` is a keyed digest of a chat's id or a push
-- endpoint: rows can be found by it, and it reveals neither.
alter table public.notice_channels
  drop constraint notice_channels_kind_check,
  drop constraint notice_channels_user_id_kind_key,
  add constraint notice_channels_kind_check check (kind in ('email', 'telegram', 'web-push', 'webhook')),
  add column state text not null default 'live' check (state in ('unconfirmed', 'live', 'failing', 'gone')),
  add column failing_since timestamptz,
  add column lookup text,
  -- SHA-256 of the one-time code that confirms the channel.
  add column code_hash text unique,
  add column code_expires_at timestamptz;
create unique index one_channel_of_a_kind on public.notice_channels (user_id, kind) where kind <> 'web-push';
create unique index one_push_of_an_endpoint on public.notice_channels (user_id, lookup) where kind = 'web-push';
create index notice_channels_by_lookup on public.notice_channels (lookup) where lookup is not null;

-- The check takes any two-letter code of a language, so that a third language needs one file of translations and no migration.
alter table public.members drop constraint members_language_check, add constraint members_language_check check (language ~ '^[a-z]{2}$');

create or replace function public.channel_card(c public.notice_channels) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'kind', c.kind, 'state', c.state)
$$;

-- A channel, for the member that owns it; the channel's address and secret are still sealed in the card.
create function public.sealed_channel_card(c public.notice_channels) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'kind', c.kind, 'state', c.state, 'createdAt', c.created_at,
    'addressSealed', c.address_sealed, 'secretSealed', c.secret_sealed)
$$;

-- Stores a channel in place of the member's channel of the same kind (for a web push, of the same endpoint). A member has at most p_max channels;
-- beyond p_max, nothing is written and 0 is returned.
drop function public.keep_notice_channel(uuid, uuid, text, text, text, timestamptz);
create function public.keep_notice_channel(
  p_id uuid, p_user_id uuid, p_kind text, p_address_sealed text, p_secret_sealed text, p_now timestamptz,
  p_state text default 'live', p_lookup text default null, p_code_hash text default null, p_code_expires_at timestamptz default null, p_max integer default 12
) returns integer language plpgsql security definer set search_path = '' as $$
begin
  perform 1 from public.members m where m.id = p_user_id for update;
  delete from public.notice_channels c where c.user_id = p_user_id and c.kind = p_kind and (p_kind <> 'web-push' or c.lookup = p_lookup);
  if (select count(*) from public.notice_channels c where c.user_id = p_user_id) >= p_max then return 0; end if;
  insert into public.notice_channels (id, user_id, kind, address_sealed, secret_sealed, created_at, state, lookup, code_hash, code_expires_at)
  values (p_id, p_user_id, p_kind, p_address_sealed, p_secret_sealed, p_now, p_state, p_lookup, p_code_hash, p_code_expires_at);
  return 1;
end $$;

create function public.read_notice_channels(p_user_id uuid) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.sealed_channel_card(c) || jsonb_build_object('wrapped', k.wrapped)
  from public.notice_channels c join public.user_keys k on k.user_id = c.user_id where c.user_id = p_user_id order by c.created_at, c.id
$$;

drop function public.read_notice_channel(uuid, text);

create function public.remove_own_channel(p_id uuid, p_user_id uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.notice_channels c where c.id = p_id and c.user_id = p_user_id;
  get diagnostics n = row_count;
  return n;
end $$;

-- The channel that the one-time code with this hash would confirm; null for a code that is unknown, expired or used up. `read_channel_of_code` does
-- not use the code up.
create function public.read_channel_of_code(p_code_hash text, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('id', c.id, 'kind', c.kind, 'userId', c.user_id, 'wrapped', k.wrapped, 'language', m.language)
  from public.notice_channels c join public.user_keys k on k.user_id = c.user_id join public.members m on m.id = c.user_id
  where c.code_hash = p_code_hash and c.code_expires_at > p_now
$$;

-- Confirms the channel that waits for this one-time code and uses the code up; returns 1, or 0 for a code that is unknown, expired or used up. For a
-- Telegram chat the call also stores the chat's address, which arrives with the code.
create function public.confirm_channel(p_code_hash text, p_address_sealed text, p_lookup text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.notice_channels c set state = 'live', code_hash = null, code_expires_at = null,
    address_sealed = coalesce(p_address_sealed, c.address_sealed), lookup = coalesce(p_lookup, c.lookup)
  where c.code_hash = p_code_hash and c.code_expires_at > p_now;
  get diagnostics n = row_count;
  return n;
end $$;

-- Whether the Telegram chat p_lookup belongs to the member p_user_id.
create function public.is_chat_of(p_lookup text, p_user_id uuid) returns boolean
language sql stable security definer set search_path = '' as $$
  select exists (select 1 from public.notice_channels c
    where c.kind = 'telegram' and c.state in ('live', 'failing') and c.lookup = p_lookup and c.user_id = p_user_id)
$$;

-- Stores the result of a delivery through a channel: p_state is `live` if the delivery succeeded, `failing` if it failed, `gone` if the address
-- exists no more. A channel whose deliveries have failed for p_drop_ms gets the state `gone`.
create function public.note_channel(p_id uuid, p_state text, p_drop_ms bigint, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.notice_channels c set
    state = case when p_state = 'failing' and c.failing_since <= p_now - p_drop_ms * interval '1 millisecond' then 'gone' else p_state end,
    failing_since = case when p_state = 'live' then null else coalesce(c.failing_since, p_now) end
  where c.id = p_id and c.state in ('live', 'failing') and not (c.state = 'live' and p_state = 'live');
  get diagnostics n = row_count;
  return n;
end $$;

-- ── deliveries of notices ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- One row for each notice and channel (a telling), written before the request that may deliver the notice. A process that dies while it sends a
-- notice leaves the row in the state `sending`, and the notice may have arrived. A notice that may have arrived is not sent to the same channel
-- again, unless the receiver recognises a repeated notice by its id.
create table public.notice_tellings (
  notice_id bigint not null,
  channel_id text not null,
  try_id uuid not null,
  state text not null check (state in ('sending', 'taken', 'failed', 'unclear')),
  at timestamptz not null,
  primary key (notice_id, channel_id)
);
create index notice_tellings_by_age on public.notice_tellings (at);
alter table public.notice_tellings enable row level security;
alter table public.notice_tellings force row level security;
revoke all on public.notice_tellings from public, anon, authenticated, service_role;

-- Deletes the rows of `notice_tellings` of deleted notices, as when a member is erased.
create function public.forget_tellings() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  delete from public.notice_tellings t using gone g where t.notice_id = g.id;
  return null;
end $$;
create trigger forget_tellings after delete on public.outbox referencing old table as gone
for each statement execute function public.forget_tellings();

-- Records that a process is about to send a notice to a channel. Returns `begun` if the process may send the notice, else the state of an earlier
-- delivery of the notice to that channel. If the answer `begun` was lost, a repeated call with the same p_try_id returns `begun` again.
create function public.begin_telling(p_notice_id bigint, p_channel_id text, p_try_id uuid, p_repeatable boolean, p_now timestamptz) returns text
language plpgsql security definer set search_path = '' as $$
declare t public.notice_tellings;
begin
  insert into public.notice_tellings as x values (p_notice_id, p_channel_id, p_try_id, 'sending', p_now)
  on conflict (notice_id, channel_id) do update set try_id = p_try_id, state = 'sending', at = p_now
    where x.state = 'failed' or x.try_id = p_try_id or (p_repeatable and x.state in ('sending', 'unclear'));
  if found then return 'begun'; end if;
  select * into t from public.notice_tellings x where x.notice_id = p_notice_id and x.channel_id = p_channel_id;
  return t.state;
end $$;

create function public.end_telling(p_notice_id bigint, p_channel_id text, p_try_id uuid, p_state text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.notice_tellings t set state = p_state, at = p_now
  where t.notice_id = p_notice_id and t.channel_id = p_channel_id and t.try_id = p_try_id;
  get diagnostics n = row_count;
  return n;
end $$;

-- Leases notices that are due, and returns each with everything that decides when and through which channels it is delivered. The notice of an
-- erasure does not wait for quiet hours to end. A notice leased by a process that died is leased again after its lease has run out.
create or replace function public.lease_notices(p_limit integer, p_lease_ms integer, p_now timestamptz) returns setof jsonb
language sql security definer set search_path = '' as $$
  with due as (
    select o.id from public.outbox o where o.sent_at is null and o.given_up_at is null
      and (o.next_attempt_at is null or o.next_attempt_at <= p_now)
      and (o.lease_until is null or o.lease_until < pg_catalog.clock_timestamp())
    order by o.id for update skip locked limit p_limit
  ), taken as (
    update public.outbox o set attempts = o.attempts + 1, lease_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond'
    from due where o.id = due.id returning o.*
  )
  select public.notice_card(t) || jsonb_build_object('attempts', t.attempts,
    'wrapped', (select k.wrapped from public.user_keys k where k.user_id = t.user_id),
    'channels', coalesce((select jsonb_agg(public.sealed_channel_card(c) order by c.created_at, c.id)
      from public.notice_channels c where c.user_id = t.user_id and c.state in ('live', 'failing')), '[]'),
    'language', m.language, 'quietHours', case when m.erasing_at is null then m.quiet_hours end, 'tell', m.tell,
    'zone', coalesce((select b.time_zone from public.boxes b join public.prebookings p on p.box_id = b.id where p.id = (t.payload ->> 'prebookingId')::uuid),
      (select b.time_zone from public.boxes b join public.user_boxes ub on ub.box_id = b.id where ub.user_id = t.user_id order by ub.joined_at limit 1)),
    'nextOpeningAt', (select min(p.opens_at) from public.prebookings p where p.user_id = t.user_id and p.is_live and p.opens_at > p_now))
  from taken t join public.members m on m.id = t.user_id order by t.id
$$;

-- A notice with the prebooking and the box that it is about.
create function public.notice_card(o public.outbox) returns jsonb language sql stable set search_path = '' as $$
  select jsonb_build_object('id', o.id, 'userId', o.user_id, 'kind', o.kind, 'payload', o.payload, 'createdAt', o.created_at,
    'prebooking', (select public.prebooking_card(p) from public.prebookings p where p.id = (o.payload ->> 'prebookingId')::uuid and p.user_id = o.user_id),
    'box', (select public.box_card(b) from public.boxes b where b.id = coalesce(
      (select p.box_id from public.prebookings p where p.id = (o.payload ->> 'prebookingId')::uuid and p.user_id = o.user_id), (o.payload ->> 'boxId')::uuid)))
$$;

-- Stores the results of deliveries of notices. Each line of p_lines is { id, sent, error, nextAttemptAt, isHeld }; `sent` and `isHeld` are booleans,
-- nextAttemptAt is an instant. A notice that was not sent and has no nextAttemptAt is given up; its row is kept for another 90 days. A held notice
-- (`isHeld`) waits until quiet hours have ended: no delivery was attempted, and none is counted.
create or replace function public.settle_notices(p_lines jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.outbox o set lease_until = null, last_error = l.error, next_attempt_at = l."nextAttemptAt",
    attempts = o.attempts - case when l."isHeld" then 1 else 0 end,
    sent_at = case when l.sent then p_now end, given_up_at = case when not l.sent and l."nextAttemptAt" is null then p_now end
  from jsonb_to_recordset(p_lines) as l(id bigint, sent boolean, error text, "nextAttemptAt" timestamptz, "isHeld" boolean)
  where o.id = l.id and o.sent_at is null;
  get diagnostics n = row_count;
  delete from public.outbox where coalesce(sent_at, given_up_at) < p_now - interval '90 days';
  delete from public.notice_tellings t where t.at < p_now - interval '90 days';
  return n;
end $$;

-- How many notices of the last thirty days were given up, and for how many members: { notices, members }. Notices of a category that
-- the member has switched off are not counted.
create or replace function public.count_unreachable(p_now timestamptz) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('notices', count(*), 'members', count(distinct o.user_id))
  from public.outbox o where o.given_up_at > p_now - interval '30 days' and o.last_error is distinct from 'muted'
$$;

-- Begins or continues the erasure of a member. As soon as the member to be erased has no live prebooking, the notices to that member that wait for
-- the end of quiet hours become due.
create or replace function public.begin_erasure(p_user_id uuid, p_tell_ms bigint, p_now timestamptz) returns jsonb
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
  -- Notices that wait until quiet hours have ended are sent without delay: at the end of quiet hours, the erased member's channels would already be
  -- deleted.
  update public.outbox x set next_attempt_at = null
  where x.user_id = p_user_id and x.sent_at is null and x.given_up_at is null and x.attempts = 0 and x.next_attempt_at is not null;
  -- The erasure waits until the member's notices of the last p_tell_ms are delivered or given up: they tell how armed prebookings ended.
  select * into o from public.outbox x where x.user_id = p_user_id and x.sent_at is null and x.given_up_at is null
    and x.created_at > p_now - p_tell_ms * interval '1 millisecond' limit 1;
  return jsonb_build_object('state', case when o.id is null then 'ready' else 'telling' end, 'live', 0);
end $$;

-- ── the feed ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
alter table public.outbox add column read_at timestamptz;
create index outbox_of_a_member on public.outbox (user_id, id);

-- A member's notices after the id p_after, the oldest first; without p_after, the newest p_limit. `state` is told (a channel delivered the notice),
-- waiting, untold (no channel delivered it) or muted (the member has switched off its category).
create function public.read_notices(p_user_id uuid, p_after bigint, p_limit integer) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select public.notice_card(o) || jsonb_build_object('readAt', o.read_at, 'state', case
    when o.sent_at is not null then 'told' when o.given_up_at is not null then case when o.last_error = 'muted' then 'muted' else 'untold' end else 'waiting' end)
  from (select * from public.outbox x where x.user_id = p_user_id and (p_after is null or x.id > p_after)
    order by case when p_after is null then -x.id else x.id end limit p_limit) o
  order by o.id
$$;

create function public.mark_notices_read(p_user_id uuid, p_up_to bigint, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.outbox o set read_at = p_now where o.user_id = p_user_id and o.id <= p_up_to and o.read_at is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Returns { unread, untold }: how many notices the member has not read in the app, and how many of those puntual gave up delivering. A notice of a
-- kind that the member has switched off (`muted`) counts as unread, not as untold.
create function public.count_unread(p_user_id uuid) returns jsonb language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('unread', count(*), 'untold', count(*) filter (where o.given_up_at is not null and o.last_error is distinct from 'muted'))
  from public.outbox o where o.user_id = p_user_id and o.read_at is null
$$;

-- ── notices at a set time ──────────────────────────────────────────────────────────────────────────────────────────────────────
-- Warns members whose race cannot run, from p_within_ms before the race's opening on, in time to book by hand. Returns how many warnings about races
-- that cannot run were posted.
create function public.post_rescues(p_within_ms integer, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare p record; n integer := 0;
begin
  for p in
    select w.id, w.user_id, case when s.status is null or s.status in ('needs-login', 'revoked') or s.quarantined_at is not null then 'no-session'
      else w.readiness -> 'findings' -> 0 ->> 'kind' end as finding
    from public.prebookings w left join public.auth_sessions s on s.user_id = w.user_id and s.session_type = 'background' and s.status <> 'revoked'
    where w.is_live and w.status in ('scheduling', 'scheduled', 'claimed') and w.opens_at > p_now
      and w.opens_at <= p_now + p_within_ms * interval '1 millisecond'
      and (s.status is null or s.status in ('needs-login', 'revoked') or s.quarantined_at is not null or w.readiness ->> 'level' = 'red')
  loop
    if public.post_notice(p.user_id, 'prebooking-rescue', 'rescue:' || p.id, jsonb_build_object('prebookingId', p.id, 'finding', p.finding), p_now) is not null
      then n := n + 1; end if;
  end loop;
  return n;
end $$;

-- On the evening before a class, at six by the box's clock, posts reminders of places that were won through puntual. No reminder is posted of a place
-- that was won at six on that evening or later. Returns how many reminders of booked classes were posted.
create function public.post_reminders(p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare p record; n integer := 0;
begin
  for p in
    select w.id, w.user_id from public.prebookings w join public.boxes b on b.id = w.box_id,
      lateral (select ((w.starts_at at time zone b.time_zone)::date - 1 + time '18:00') at time zone b.time_zone as evening) e
    where w.status = 'booked' and w.starts_at > p_now + interval '2 hours' and w.starts_at < p_now + interval '31 hours'
      and e.evening <= p_now and w.settled_at < e.evening
      and not exists (select 1 from public.outbox o where o.dedupe_key = 'reminder:' || w.id)
  loop
    if public.post_notice(p.user_id, 'class-reminder', 'reminder:' || p.id, jsonb_build_object('prebookingId', p.id), p_now) is not null
      then n := n + 1; end if;
  end loop;
  return n;
end $$;

revoke all on function public.channel_card, public.forget_tellings, public.begin_erasure, public.sealed_channel_card, public.notice_card, public.keep_notice_channel, public.read_notice_channels,
  public.remove_own_channel, public.read_channel_of_code, public.confirm_channel, public.is_chat_of, public.note_channel, public.begin_telling,
  public.end_telling, public.lease_notices, public.settle_notices, public.count_unreachable, public.read_notices, public.mark_notices_read,
  public.count_unread, public.post_rescues, public.post_reminders from public, anon, authenticated, service_role;
grant execute on function public.begin_erasure, public.keep_notice_channel, public.read_notice_channels, public.remove_own_channel, public.read_channel_of_code,
  public.confirm_channel, public.is_chat_of, public.note_channel, public.begin_telling, public.end_telling, public.lease_notices,
  public.settle_notices, public.count_unreachable, public.read_notices, public.mark_notices_read, public.count_unread, public.post_rescues,
  public.post_reminders to service_role;
