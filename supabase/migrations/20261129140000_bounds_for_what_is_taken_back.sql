set check_function_bodies = off;

-- A wish or watch that a member makes and takes back stays in the database as a row, and so does a refresh token that was used. This migration limits
-- how many rows of wishes and of watches one member can add in an hour, and how many refresh tokens one puntual session can use in an hour.

-- Stores a wish, as in 20261128000400_prebookings.sql, but at most 240 wishes of one member an hour: three times the 80 live wishes that a member may
-- have. A prebooking that a watch made has the watch's own `created_at`, and does not count towards the member's limit of 240 wishes an hour. Raises
-- request/limited for a member's 241st wish within an hour.
create or replace function public.create_prebooking(
  p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_family_id text,
  p_waitlist boolean, p_alternatives jsonb, p_opens_at timestamptz, p_starts_at timestamptz, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare p public.prebookings; most_at_one_opening constant integer := 16; most_in_all constant integer := 80; most_an_hour constant integer := 240;
begin
  if not exists (select 1 from public.user_boxes where user_id = p_user_id and box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  select * into p from public.prebookings where id = p_id and user_id = p_user_id;
  if found then return public.prebooking_card(p); end if;
  -- A member's requests to create wishes run one after the other, so that a thousand requests at the same time cannot exceed the limits on live
  -- wishes.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('wishes ' || p_user_id, 0));
  insert into public.prebookings (id, user_id, box_id, day, class_id, time_id, class_name, family_id, waitlist, alternatives, opens_at,
    starts_at, created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_family_id, p_waitlist, p_alternatives, p_opens_at,
    p_starts_at, p_now, p_now) returning * into p;
  -- The limits on live wishes are checked after the insert, so that a repeated wish is reported as a duplicate and not as too many.
  if (select count(*) > most_in_all or count(*) filter (where m.box_id = p_box_id and m.opens_at = p_opens_at) > most_at_one_opening
      from public.prebookings m where m.user_id = p_user_id and m.is_live) then
    raise exception 'prebooking/too-many' using errcode = 'PT409';
  end if;
  if (select count(*) > most_an_hour from public.prebookings m where m.user_id = p_user_id and m.created_at > p_now - interval '1 hour'
      and not exists (select from public.watches w where w.user_id = m.user_id and w.created_at = m.created_at)) then
    raise exception 'request/limited' using errcode = 'PT429';
  end if;
  return public.prebooking_card(p);
exception when unique_violation then
  raise exception 'prebooking/duplicate' using errcode = 'PT409';
end $$;

-- Creates a watch, as in 20261128191000_watches.sql, but no more than 120 watches of one member an hour. Raises request/limited
-- for a member's 121st watch within an hour.
create or replace function public.create_watch(
  p_id uuid, p_user_id uuid, p_box_id uuid, p_day text, p_class_id text, p_time_id text, p_class_name text, p_kind text, p_not_after integer,
  p_starts_at timestamptz, p_ends_at timestamptz, p_instead jsonb, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare w public.watches; most constant integer := 40; most_an_hour constant integer := 120;
begin
  if not exists (select from public.user_boxes where user_id = p_user_id and box_id = p_box_id) then
    raise exception 'box/missing' using errcode = 'PT404';
  end if;
  if exists (select from public.members m where m.id = p_user_id and m.erasing_at is not null) then
    raise exception 'account/erasing' using errcode = 'PT409';
  end if;
  select * into w from public.watches where id = p_id and user_id = p_user_id;
  if found then return public.watch_card(w); end if;
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('watches ' || p_user_id, 0));
  insert into public.watches (id, user_id, box_id, day, class_id, time_id, class_name, kind, not_after, starts_at, ends_at, instead, created_at, updated_at)
  values (p_id, p_user_id, p_box_id, p_day, p_class_id, p_time_id, p_class_name, p_kind, p_not_after, p_starts_at, p_ends_at, p_instead, p_now, p_now)
  returning * into w;
  if (select count(*) > most from public.watches m where m.user_id = p_user_id and m.is_live and m.kind <> 'move-up') then
    raise exception 'watch/too-many' using errcode = 'PT409';
  end if;
  if (select count(*) > most_an_hour from public.watches m where m.user_id = p_user_id and m.kind <> 'move-up'
      and m.created_at > p_now - interval '1 hour') then
    raise exception 'request/limited' using errcode = 'PT429';
  end if;
  return public.watch_card(w);
exception when unique_violation then
  raise exception 'watch/duplicate' using errcode = 'PT409';
end $$;

-- Replaces one refresh token of a puntual session, as in 20261128000600_own_sessions.sql, but no more than 300 an hour for one session; a browser
-- needs six an hour. Raises request/limited for a puntual session's 301st refresh token within an hour.
create or replace function public.rotate_refresh_token(
  p_session_id uuid, p_counter integer, p_token_hash text, p_child_hash text, p_idle_ms bigint, p_now timestamptz
) returns jsonb language plpgsql security definer set search_path = '' as $$
declare s public.user_sessions; t public.refresh_tokens; child public.refresh_tokens; latest integer; most_an_hour constant integer := 300;
begin
  select * into s from public.user_sessions where id = p_session_id for update;
  if not found or s.revoked_at is not null or not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now) then
    return jsonb_build_object('verdict', 'refused');
  end if;
  select * into t from public.refresh_tokens where session_id = p_session_id and counter = p_counter and token_hash = p_token_hash;
  if not found or t.revoked_at is not null or least(t.expires_at, t.absolute_expires_at) <= p_now then
    return jsonb_build_object('verdict', 'refused');
  end if;
  select max(counter) into latest from public.refresh_tokens where session_id = p_session_id;
  if t.counter = latest then
    if exists (select from public.refresh_tokens o where o.session_id = p_session_id and o.counter = latest + 1 - most_an_hour
        and o.created_at > p_now - interval '1 hour') then
      raise exception 'request/limited' using errcode = 'PT429';
    end if;
    update public.refresh_tokens set rotated_at = p_now where id = t.id;
    insert into public.refresh_tokens (session_id, counter, token_hash, created_at, expires_at, absolute_expires_at)
    values (p_session_id, t.counter + 1, p_child_hash, p_now, least(p_now + p_idle_ms * interval '1 millisecond', t.absolute_expires_at), t.absolute_expires_at)
    returning * into child;
  elsif t.counter = latest - 1 then
    -- The token that was sent has been replaced, but its child (the token after it) is still unused: the answer that carried the child was lost, or
    -- many tabs asked at the same time. If the token after the one that was sent exists and is unused, the call returns that next token, never a
    -- second one. A token older than the parent of the latest token counts as reused, even if that parent was rotated only seconds ago.
    select * into strict child from public.refresh_tokens where session_id = p_session_id and counter = latest;
  else
    update public.user_sessions set revoked_at = p_now where id = p_session_id;
    update public.refresh_tokens set revoked_at = p_now where session_id = p_session_id and revoked_at is null;
    perform public.post_notice(s.user_id, 'session-reused', 'reused:' || p_session_id, '{}', p_now);
    return jsonb_build_object('verdict', 'reused', 'userId', s.user_id);
  end if;
  update public.user_sessions set last_seen_at = p_now where id = p_session_id and last_seen_at < p_now - interval '1 minute';
  return jsonb_build_object('verdict', case when child.counter = t.counter + 1 and t.counter = latest then 'rotated' else 'replayed' end,
    'userId', s.user_id, 'email', (select m.email from public.members m where m.id = s.user_id),
    'sessionId', s.id, 'deviceFingerprint', s.device_fingerprint, 'expiresAt', child.expires_at);
end $$;
