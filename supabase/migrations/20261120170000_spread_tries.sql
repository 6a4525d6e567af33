-- Still eight tries an hour; but after five of them a session whose process died in the last one rests for eight minutes before the next.
-- All eight could be gone within minutes, by processes that were killed again and again, and a session whose last answer was lost then
-- slept through the half hour in which a forgiving gym still takes the token before. Whoever has been answered need not wait.
create or replace function public.has_tries_left(p_id uuid, p_now timestamptz) returns boolean language sql stable security definer set search_path = '' as $$
  select count(*) < 8 and (count(*) filter (where a.state <> 'ok') < 5 or max(a.started_at) <= p_now - interval '8 minutes'
    or (array_agg(a.state = 'sent' or a.reason = 'owner lost' order by a.started_at desc))[1] is not true)
  from public.refresh_attempts a
  where a.session_id = p_id and a.started_at > p_now - interval '1 hour' and a.state not in ('released', 'turned-away', 'not-sent')
$$;
