-- A request under a key writes down that it is about to send. From then on nothing is sent again under that key: what may have
-- arrived at the gym is looked for, however often the client asks, and also when the process that sent it died.

alter table public.idempotency_keys add column sent_at timestamptz;

-- As before, and says since when something may have been sent under the key.
create or replace function public.begin_request(p_user_id uuid, p_key text, p_request_hash text, p_owner uuid, p_running_ms integer, p_now timestamptz) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare r public.idempotency_keys; until timestamptz := pg_catalog.clock_timestamp() + p_running_ms * interval '1 millisecond';
begin
  -- Kept for two days: at least the promised one.
  delete from public.idempotency_keys where created_at < p_now - interval '2 days';
  insert into public.idempotency_keys (user_id, key, request_hash, owner, running_until, created_at)
  values (p_user_id, p_key, p_request_hash, p_owner, until, p_now) on conflict (user_id, key) do nothing;
  select * into strict r from public.idempotency_keys where user_id = p_user_id and key = p_key for update;
  if r.request_hash <> p_request_hash then return jsonb_build_object('state', 'mismatch'); end if;
  if r.status is not null then return jsonb_build_object('state', 'done', 'status', r.status, 'answer', r.answer); end if;
  if r.owner <> p_owner and r.running_until > pg_catalog.clock_timestamp() then return jsonb_build_object('state', 'running'); end if;
  update public.idempotency_keys set owner = p_owner, running_until = until where user_id = p_user_id and key = p_key;
  return jsonb_build_object('state', 'begun', 'sentAt', r.sent_at);
end $$;

-- Before a byte leaves. Answers how many rows it touched: 0 when somebody else has taken the request over, and then nothing is sent.
create function public.note_request_sent(p_user_id uuid, p_key text, p_owner uuid, p_now timestamptz) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  update public.idempotency_keys set sent_at = p_now where user_id = p_user_id and key = p_key and owner = p_owner and status is null;
  get diagnostics n = row_count;
  return n;
end $$;

-- Keeps the answer. Without one the key is free again if nothing was sent, and else remembers that something may have been.
-- Answers how many rows it touched.
drop function public.end_request;
create function public.end_request(p_user_id uuid, p_key text, p_owner uuid, p_status integer, p_answer jsonb, p_sent boolean) returns integer
language plpgsql security definer set search_path = '' as $$
declare n integer;
begin
  if p_status is null and not p_sent then
    delete from public.idempotency_keys where user_id = p_user_id and key = p_key and owner = p_owner and status is null;
  else
    update public.idempotency_keys set status = p_status, answer = p_answer, running_until = null
    where user_id = p_user_id and key = p_key and owner = p_owner;
  end if;
  get diagnostics n = row_count;
  return n;
end $$;

revoke all on function public.note_request_sent, public.end_request from public, anon, authenticated;
grant execute on function public.note_request_sent, public.end_request to service_role;
