-- Notices are leased in turns: each member's oldest due notice, then each member's second, and so on. A member with many due notices at a slow
-- address does not delay the notices of other members.

-- Leases due notices; replaces the function of the same name in 20261128185000_channels.sql. The conditions on a notice are checked again when the
-- notice is locked, because another process may have leased or settled the notice meanwhile.
create or replace function public.lease_notices(p_limit integer, p_lease_ms integer, p_now timestamptz) returns setof jsonb
language sql security definer set search_path = '' as $$
  with waiting as (
    select o.id, row_number() over (partition by o.user_id order by o.id) as turn from public.outbox o
    where o.sent_at is null and o.given_up_at is null and (o.next_attempt_at is null or o.next_attempt_at <= p_now)
      and (o.lease_until is null or o.lease_until < pg_catalog.clock_timestamp())
  ), due as (
    select o.id from public.outbox o join waiting w on w.id = o.id
    where o.sent_at is null and o.given_up_at is null and (o.next_attempt_at is null or o.next_attempt_at <= p_now)
      and (o.lease_until is null or o.lease_until < pg_catalog.clock_timestamp())
    order by w.turn, o.id for update of o skip locked limit p_limit
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
