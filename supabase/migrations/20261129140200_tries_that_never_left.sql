set check_function_bodies = off;

-- A troubled session (its last renewal failed or is in doubt) has a limited number of renewal attempts an hour. For a session in doubt (status
-- `uncertain` or `suspect`), an attempt whose process died between the lease and the request does not count towards the limit of attempts an hour,
-- because the gym received nothing. The holder of the lease of a session in doubt records, right before its request, that it is about to send. For a
-- session not in doubt nothing is recorded in advance, which saves a refresh one write for each session. An attempt of a session not in doubt counts
-- towards the limit even if its process died before the request.

-- False while it is certain that this attempt's request was not sent: the lease's holder has not yet recorded that it is about to send.
alter table public.refresh_attempts add column may_have_left boolean not null default true;

-- Records, right before an attempt's request is sent, that the request may have left. Returns 1, or 0 when the lease has passed to another process,
-- which has settled this attempt as one that never left. If `note_sending` returns 0, the caller must not send the request.
create function public.note_sending(p_renewal uuid) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.refresh_attempts set may_have_left = true where id = p_renewal and state = 'sent';
  get diagnostics n = row_count;
  return n;
end $$;

-- How many milliseconds the session p_id must wait for its next renewal attempt; replaces the function of the same name in
-- 20261128000300_renewals.sql. An attempt whose request is known not to have left does not count as one of the session's attempts of the last hour,
-- whether the attempt is settled or not.
create or replace function public.rest_of_tries(p_id uuid, p_now timestamptz) returns bigint language sql stable security definer set search_path = '' as $$
  with recent as (
    select a.state, a.started_at, a.state <> 'refused' as is_charged, a.state = 'sent' or a.reason is not distinct from 'owner lost' as died
    from public.refresh_attempts a
    where a.session_id = p_id and a.chain = (select s.chain from public.auth_sessions s where s.id = p_id)
      and a.started_at > p_now - interval '1 hour' and a.state not in ('released', 'turned-away', 'not-sent')
      and (a.state <> 'sent' or a.may_have_left))
  select coalesce(greatest(0, ceil(1000 * extract(epoch from greatest(
    (array_agg(r.started_at order by r.started_at desc) filter (where r.is_charged))[8] + interval '1 hour',
    (array_agg(r.started_at order by r.started_at desc))[16] + interval '1 hour',
    -- If five of a session's attempts in the last hour neither succeeded nor were refused, the session may have to wait until eight minutes after its
    -- last attempt began. Only two kinds of session wait so long: a session whose process died during its last attempt, and a device session whose
    -- last attempt was not refused. Every tap in the app may renew a device session. Without a wait, a session could use up its eight attempts of an
    -- hour within minutes, and have none left while a lenient gym still accepts the replaced token (half an hour).
    case when count(*) filter (where r.is_charged and r.state <> 'ok') >= 5
        and ((array_agg(r.died order by r.started_at desc))[1] or ((array_agg(r.is_charged order by r.started_at desc))[1]
          and (select s.session_type = 'device' from public.auth_sessions s where s.id = p_id)))
      then max(r.started_at) + interval '8 minutes' end
  ) - p_now))), 0)::bigint
  from recent r
$$;

-- Grants the lease of one session and writes the intent; replaces the function of the same name in 20261128000300_renewals.sql. `isNoted` in the
-- result is true for a session in doubt: the lease's holder must call `note_sending` right before it sends the renewal request. Until that call, the
-- renewal request of a session in doubt counts as not sent.
create or replace function public.grant_lease(p_id uuid, p_owner text, p_lease_ms integer, p_run_id uuid, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare s public.auth_sessions; c public.token_journal; a uuid := pg_catalog.gen_random_uuid(); before text; answer jsonb; next_generation integer;
begin
  select lease_owner into before from public.auth_sessions where id = p_id;
  update public.auth_sessions set lease_owner = p_owner, lease_epoch = lease_epoch + 1,
    lease_until = pg_catalog.clock_timestamp() + p_lease_ms * interval '1 millisecond'
  where id = p_id returning * into strict s;
  answer := public.session_with_secrets(s);
  if answer is null then
    perform public.quarantine_session(s.id, 'journal row or member key missing', p_now);
    return null;
  end if;
  -- If p_owner was the lease's owner already, the database's answer to p_owner's earlier call was lost. For the intent that the earlier call wrote,
  -- p_owner has sent no renewal.
  update public.refresh_attempts set state = 'released', settled_at = p_now
  where session_id = s.id and state = 'sent' and before = p_owner;
  -- An intent still in state `sent` is an earlier owner's: that owner died, or will find that it has lost the lease (`lease_epoch` has changed). If
  -- `may_have_left` is true, the gym may have received the renewal request that the earlier owner's intent announced. An attempt whose sending had to
  -- be recorded in advance, and was not recorded, sent nothing: it is settled as `not-sent`, and so does not count towards the session's limit of
  -- attempts an hour.
  update public.refresh_attempts set state = case when may_have_left then 'unknown' else 'not-sent' end, reason = 'owner lost', settled_at = p_now
  where session_id = s.id and state = 'sent';
  if found then
    -- Attempts that were not sent are deleted after an hour: the limit of attempts an hour does not count them, so there may be any number of them.
    delete from public.refresh_attempts where session_id = s.id and state = 'not-sent' and started_at < p_now - interval '1 hour';
    update public.auth_sessions set token_update_count = token_update_count + 1, last_attempt_at = p_now,
      last_token_update_error = 'owner lost', status = case when status = 'live' then 'uncertain' else status end
    where id = s.id returning * into s;
    answer := public.session_with_secrets(s);
  end if;
  -- Chooses the token with which to ask for a new one, for a session in doubt (uncertain or suspect). A session's tokens are tried in this order:
  -- those received after the one in force, newest first; the one in force; once that one was refused, all other candidates. If an older token were
  -- sent before a newer one, the gym could take the older one for a stolen token that is used again.
  if s.status in ('uncertain', 'suspect') then
    select * into c from public.token_journal j where j.session_id = s.id and j.chain = s.chain and j.state = 'candidate'
      and (j.generation > (answer ->> 'sealedGeneration')::integer or s.refused_digest is not distinct from s.token_digest)
    order by j.generation desc, j.received_at desc limit 1;
  end if;
  next_generation := greatest(s.generation, (answer ->> 'sealedGeneration')::integer, c.generation) + 1;
  if c.attempt_id is not null then
    answer := answer || jsonb_build_object('attemptId', c.attempt_id, 'tokenSealed', c.token_sealed, 'cookiesSealed', c.cookies_sealed,
      'sealedGeneration', c.generation);
  end if;
  insert into public.refresh_attempts (id, session_id, chain, lease_epoch, parent_digest, generation, run_id, started_at, may_have_left)
  values (a, s.id, s.chain, s.lease_epoch, coalesce(c.token_digest, s.token_digest), next_generation, p_run_id, p_now, s.status = 'live');
  return answer || jsonb_build_object('isNoted', s.status <> 'live', 'leaseEpoch', s.lease_epoch, 'renewalId', a, 'nextGeneration', next_generation,
    'boxes', (select coalesce(jsonb_agg(b.subdomain order by ub.joined_at, b.subdomain), '[]')
              from public.user_boxes ub join public.boxes b on b.id = ub.box_id where ub.user_id = s.user_id));
end $$;

revoke all on function public.note_sending from public, anon, authenticated, service_role;
grant execute on function public.note_sending to service_role;
