set check_function_bodies = off;

-- A member's calendar: a private address, of whose secret only a hash is stored, and entries that outlive the prebookings from which they were made.
-- A calendar entry's uid stands for a class and a person. A wish, the place that it wins and its withdrawal are one and the same calendar entry,
-- whose sequence number counts the changes.

create table public.calendars (
  user_id uuid primary key references public.members (id) on delete cascade,
  secret_hash text not null unique,
  created_at timestamptz not null,
  -- When the gym was last asked for the member's places (`asked_at`), and since when all such requests have failed (`stale_since`; null after one
  -- that succeeded).
  asked_at timestamptz,
  stale_since timestamptz
);
create table public.calendar_entries (
  user_id uuid not null references public.calendars (user_id) on delete cascade,
  uid text not null,
  box_id uuid not null references public.boxes (id),
  day text not null,
  time_id text not null,
  class_name text,
  -- The entry's state according to puntual's own prebooking: tentative, confirmed, waitlisted, cancelled.
  own_state text check (own_state in ('tentative', 'confirmed', 'waitlisted', 'cancelled')),
  -- The entry's state according to the last read of the gym's list; null if the list has not been read since the state that puntual's own prebooking
  -- gives (`own_state`) last changed.
  gym_state text check (gym_state in ('confirmed', 'waitlisted', 'cancelled')),
  readiness text,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  sequence integer not null default 0,
  changed_at timestamptz not null,
  primary key (user_id, uid)
);
create index calendar_entries_by_box on public.calendar_entries (box_id);
alter table public.calendars enable row level security;
alter table public.calendars force row level security;
alter table public.calendar_entries enable row level security;
alter table public.calendar_entries force row level security;
revoke all on public.calendars, public.calendar_entries from public, anon, authenticated, service_role;

-- Returns the calendar uid that stands for one class and one person. The uid is no secret: it only has to be the same each time it is computed for
-- the same class and person.
create function public.uid_of_class(p_user_id uuid, p_box_id uuid, p_day text, p_time_id text, p_class_name text, p_family_id text) returns text
language sql immutable set search_path = '' as $$
  select pg_catalog.md5(concat_ws('|', p_user_id, p_box_id, p_day, p_time_id, lower(btrim(coalesce(p_class_name, ''))), coalesce(p_family_id, '')))
$$;

-- Stores the hash of the secret in the new private address of a member's calendar; returns the number of stored rows, always 1. The member's earlier
-- calendar address stops working.
create function public.keep_calendar(p_user_id uuid, p_secret_hash text, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
begin
  insert into public.calendars as c (user_id, secret_hash, created_at) values (p_user_id, p_secret_hash, p_now)
  on conflict (user_id) do update set secret_hash = excluded.secret_hash, created_at = p_now;
  perform public.refresh_calendars(p_now);
  return 1;
end $$;

create function public.remove_calendar(p_user_id uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  delete from public.calendars c where c.user_id = p_user_id;
  get diagnostics n = row_count;
  return n;
end $$;

-- Updates every member's calendar entries from the member's prebookings. Returns the number of calendar entries that are new or changed.
create function public.refresh_calendars(p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.calendar_entries as e (user_id, uid, box_id, day, time_id, class_name, own_state, readiness, starts_at, ends_at, changed_at)
  select distinct on (p.user_id, u.uid) p.user_id, u.uid, p.box_id, p.day, p.time_id, p.class_name,
    case when p.is_live then 'tentative' when p.status = 'booked' then 'confirmed' when p.status = 'waitlisted' then 'waitlisted' else 'cancelled' end,
    case when p.is_live then p.readiness ->> 'level' end, p.starts_at,
    p.starts_at + coalesce(nullif(substring(p.time_id from '_(\d{1,4})$'), '')::integer, 60) * interval '1 minute', p_now
  from public.calendars c join public.prebookings p on p.user_id = c.user_id,
    lateral (select public.uid_of_class(p.user_id, p.box_id, p.day, p.time_id, p.class_name, p.family_id) as uid) u
  where p.starts_at between p_now - interval '30 days' and p_now + interval '60 days'
  -- Of several wishes for one class, the calendar entry follows a booked or waitlisted one, else a live one, else the latest.
  order by p.user_id, u.uid, (p.status in ('booked', 'waitlisted')) desc, p.is_live desc, p.created_at desc
  on conflict (user_id, uid) do update set own_state = excluded.own_state, readiness = excluded.readiness, class_name = excluded.class_name,
    starts_at = excluded.starts_at, ends_at = excluded.ends_at, sequence = e.sequence + 1, changed_at = p_now,
    -- If puntual's own prebooking changes the entry's state (`own_state`), the last read of the gym's list is out of date: `gym_state` is null until
    -- the list is read again.
    gym_state = case when excluded.own_state is distinct from e.own_state then null else e.gym_state end
  where (e.own_state, e.readiness, e.class_name, e.starts_at, e.ends_at)
    is distinct from (excluded.own_state, excluded.readiness, excluded.class_name, excluded.starts_at, excluded.ends_at);
  get diagnostics n = row_count;
  return n;
end $$;

-- The calendars with a confirmed or waitlisted place ahead, if the gym was not asked for the member's places within the last p_every_ms. Each
-- calendar comes with the days whose lists are to be read at the gym, at most eight.
create function public.calendars_due(p_every_ms bigint, p_limit integer, p_now timestamptz) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('userId', c.user_id, 'days', d.days)
  from public.calendars c, lateral (select jsonb_agg(x.day) as days from (
    select distinct jsonb_build_object('day', e.day, 'box', public.box_card(b)) as day from public.calendar_entries e join public.boxes b on b.id = e.box_id
    where e.user_id = c.user_id and e.ends_at > p_now and coalesce(e.gym_state, e.own_state) in ('confirmed', 'waitlisted') limit 8) x) d
  where d.days is not null and (c.asked_at is null or c.asked_at <= p_now - p_every_ms * interval '1 millisecond')
  order by c.asked_at nulls first limit p_limit
$$;

-- Stores what the gym's list says about one member's places on one day: [{ timeId, className, state, startsAt, endsAt }]. A confirmed or waitlisted
-- calendar entry of the day p_day gets the state `cancelled` if the gym's list lacks it, unless its class is over.
create function public.note_calendar_day(p_user_id uuid, p_box_id uuid, p_day text, p_mine jsonb, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  insert into public.calendar_entries as e (user_id, uid, box_id, day, time_id, class_name, gym_state, starts_at, ends_at, changed_at)
  select p_user_id, coalesce(k.uid, public.uid_of_class(p_user_id, p_box_id, p_day, m."timeId", m."className", null)), p_box_id, p_day, m."timeId",
    m."className", m.state, m."startsAt", m."endsAt", p_now
  from jsonb_to_recordset(p_mine) as m("timeId" text, "className" text, state text, "startsAt" timestamptz, "endsAt" timestamptz)
  -- The calendar entry of a class in p_mine (the member's classes in the gym's list) is found by time and name. A calendar entry without a name
  -- matches every name; capitals, and spaces before and after a name, do not count.
  left join lateral (select x.uid from public.calendar_entries x where x.user_id = p_user_id and x.box_id = p_box_id and x.day = p_day
    and x.time_id = m."timeId" and lower(btrim(coalesce(x.class_name, m."className"))) = lower(btrim(m."className"))
    order by x.own_state nulls last limit 1) k on true
  on conflict (user_id, uid) do update set gym_state = excluded.gym_state,
    sequence = e.sequence + case when coalesce(e.gym_state, e.own_state) is distinct from excluded.gym_state then 1 else 0 end,
    changed_at = case when coalesce(e.gym_state, e.own_state) is distinct from excluded.gym_state then p_now else e.changed_at end;
  update public.calendar_entries e set gym_state = 'cancelled', sequence = e.sequence + 1, changed_at = p_now
  where e.user_id = p_user_id and e.box_id = p_box_id and e.day = p_day and e.ends_at > p_now
    and coalesce(e.gym_state, e.own_state) in ('confirmed', 'waitlisted')
    and not exists (select 1 from jsonb_to_recordset(p_mine) as m("timeId" text, "className" text) where m."timeId" = e.time_id
      and lower(btrim(coalesce(e.class_name, m."className"))) = lower(btrim(m."className")));
  get diagnostics n = row_count;
  return n;
end $$;

create function public.note_calendar_asked(p_user_id uuid, p_heard boolean, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.calendars c set asked_at = p_now, stale_since = case when p_heard then null else coalesce(c.stale_since, p_now) end where c.user_id = p_user_id;
  get diagnostics n = row_count;
  return n;
end $$;

-- The calendar that a secret address opens, or null: entries from thirty days back to sixty days ahead. Reading the calendar changes nothing.
create function public.read_calendar(p_secret_hash text, p_now timestamptz) returns jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('language', m.language, 'staleSince', c.stale_since, 'entries', coalesce((
    select jsonb_agg(jsonb_build_object('uid', e.uid, 'className', e.class_name, 'timeId', e.time_id, 'state', coalesce(e.gym_state, e.own_state), 'readiness', e.readiness,
      'startsAt', e.starts_at, 'endsAt', e.ends_at, 'sequence', e.sequence, 'changedAt', e.changed_at, 'boxName', b.name, 'zone', b.time_zone) order by e.starts_at, e.uid)
    from public.calendar_entries e join public.boxes b on b.id = e.box_id
    where e.user_id = c.user_id and e.starts_at between p_now - interval '30 days' and p_now + interval '60 days'), '[]'))
  from public.calendars c join public.members m on m.id = c.user_id where c.secret_hash = p_secret_hash
$$;

-- ── functions replaced here ────────────────────────────────────────────────────────────────────────────────────────────────────
-- Everything of one member as JSON, with the calendar (without its secret) and the time at which a notice was seen.
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
    'notices', coalesce((select jsonb_agg(jsonb_build_object('kind', o.kind, 'payload', o.payload, 'createdAt', o.created_at, 'sentAt', o.sent_at, 'readAt', o.read_at) order by o.id)
      from public.outbox o where o.user_id = m.id), '[]'),
    'channels', coalesce((select jsonb_agg(public.channel_card(c) || jsonb_build_object('createdAt', c.created_at) order by c.created_at)
      from public.notice_channels c where c.user_id = m.id), '[]'),
    'calendar', (select jsonb_build_object('createdAt', c.created_at, 'askedAt', c.asked_at, 'staleSince', c.stale_since, 'entries', coalesce((
        select jsonb_agg(to_jsonb(e) - 'user_id' order by e.starts_at, e.uid) from public.calendar_entries e where e.user_id = c.user_id), '[]'))
      from public.calendars c where c.user_id = m.id))
  from public.members m where m.id = p_user_id
$$;

-- For a refused member: withdraws the waiting prebookings, ends the puntual and gym sessions, and deletes the kept login and the calendar's private
-- address. While a prebooking of the member is armed or `unknown`, `show_out` does not end the gym sessions and returns false.
create or replace function public.show_out(p_user_id uuid, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = '' as $$
begin
  -- The kept login is deleted before the sessions: `revoke_user_sessions` would otherwise delete it, and notify the member that a new login is
  -- needed.
  delete from public.kept_logins k where k.user_id = p_user_id;
  delete from public.calendars c where c.user_id = p_user_id;
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

revoke all on function public.read_export, public.show_out from public, anon, authenticated, service_role;
grant execute on function public.read_export to service_role;
revoke all on function public.uid_of_class, public.keep_calendar, public.remove_calendar, public.refresh_calendars, public.calendars_due,
  public.note_calendar_day, public.note_calendar_asked, public.read_calendar from public, anon, authenticated, service_role;
grant execute on function public.keep_calendar, public.remove_calendar, public.refresh_calendars, public.calendars_due, public.note_calendar_day,
  public.note_calendar_asked, public.read_calendar to service_role;
