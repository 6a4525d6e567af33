set check_function_bodies = off;

-- What members connected over Socket.IO are told: changes of their prebookings, gym sessions and boxes, and the end of a puntual session. The
-- functions of this file write nothing. A process calls them every one to three seconds, and reads new events at once when Postgres notifies it.

-- Reads the events of prebookings after the event with the id p_after. An event's id is assigned before its row is visible, so a later id may be seen
-- first. `p_gaps` are ids that were missing in the caller's earlier reads; the events with these ids are returned, too. Without p_after the function
-- returns only the id after which the caller is to begin.
create function public.read_realtime_events(p_after bigint, p_gaps bigint[], p_limit integer) returns jsonb
language sql stable security definer set search_path = '' as $$
  with found as (
    (select e.* from public.prebooking_events e where e.id > p_after order by e.id limit p_limit)
    union all select e.* from public.prebooking_events e where p_after is not null and e.id = any (p_gaps)
  )
  select jsonb_build_object(
    'latest', case when p_after is null then coalesce((select max(e.id) from public.prebooking_events e), 0)
      else greatest(p_after, (select max(f.id) from found f)) end,
    'events', coalesce((select jsonb_agg(jsonb_build_object('id', f.id, 'userId', f.user_id, 'status', f.to_status, 'reason', f.reason, 'at', f.at,
        'prebookingId', p.id, 'boxId', p.box_id, 'day', p.day, 'timeId', p.time_id, 'className', p.class_name, 'opensAt', p.opens_at,
        'outcome', p.outcome, 'reservationId', p.reservation_id) order by f.id)
      from found f join public.prebookings p on p.id = f.prebooking_id), '[]'))
$$;

-- Which of puntual's own sessions in p_ids have ended: revoked, gone, or bridged from a Supabase session that ended.
create function public.read_ended_sessions(p_ids uuid[], p_now timestamptz) returns setof uuid
language sql stable security definer set search_path = '' as $$
  select i.id from unnest(p_ids) as i(id) left join public.user_sessions s on s.id = i.id
  where s.id is null or s.revoked_at is not null or not public.supabase_user_stands(s.user_id, s.supabase_session_id, p_now)
$$;

-- The state of the gym sessions of the members in p_user_ids, and the boxes to which these members belong. Nothing is returned beyond what row
-- security shows to each member.
create function public.read_realtime_members(p_user_ids uuid[]) returns setof jsonb
language sql stable security definer set search_path = '' as $$
  select jsonb_build_object('userId', u.id,
    'sessions', coalesce((select jsonb_agg(jsonb_build_object('id', s.id, 'sessionType', s.session_type, 'status', s.status,
        'tokenUpdateCount', s.token_update_count, 'lastTokenUpdateDate', s.last_token_update_date) order by s.session_type, s.created_at, s.id)
      from public.auth_sessions s where s.user_id = u.id), '[]'),
    'boxes', coalesce((select jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'timeZone', b.time_zone, 'openingRule', b.opening_rule,
        'openingRuleSource', b.opening_rule_source) order by b.name, b.id)
      from public.boxes b join public.user_boxes ub on ub.box_id = b.id where ub.user_id = u.id), '[]'))
  from unnest(p_user_ids) as u(id)
$$;

create function public.tell_realtime() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  -- The notification has no payload: listeners read from the tables what happened, and Postgres merges equal notifications of one transaction into
  -- one.
  perform pg_catalog.pg_notify('puntual_realtime', '');
  return null;
end $$;

create trigger tell_realtime after insert on public.prebooking_events for each statement execute function public.tell_realtime();

create trigger tell_realtime after update of revoked_at or delete on public.user_sessions for each statement execute function public.tell_realtime();
